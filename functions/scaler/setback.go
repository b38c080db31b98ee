package scaler

import (
	"slices"
	"strings"
	"time"

	"prewarm/shared/event"
	"prewarm/shared/openfaas"
	"prewarm/shared/policy"
	"prewarm/shared/series"
)

// verdict is what judge makes of a number that differs from the one applied last.
type verdict struct {
	found *event.SetBack // nil if nothing was set back
	// sure is true if the controller would set the same number back again: none is sent.
	sure bool
	// open is true if it is not known yet what prewarm wants, or whether a call or another
	// controller raised the number. The next decision judges it.
	open bool
}

// judge compares the present number with the one that prewarm applied last, and with the
// one that it wants at this decision.
//
//   - Fewer than applied, and fewer than wanted: set back, also if there are none.
//   - More than prewarm released to, and more than wanted: set back as well, unless a call may
//     have woken the function. In the step in which replicas appear the policy holds them, so
//     that these are judged a step later.
func (x *subject) judge(wanted int) verdict {
	applied, current := x.state.applied, x.fn.Replicas
	// The gateway never reported what it was asked for: it enforces a bound.
	clamped := x.state.observed == current
	called, known := calledSince(x.f, time.Unix(x.state.appliedStep, 0))
	switch {
	case !x.acts || applied < 0 || current == applied || !x.judges(applied, current):
	case current < applied && lastUnknown(x.f): // the policy holds what is there, whatever it would want
		return verdict{open: true}
	case current < applied && current < wanted:
		by := x.setBackBy(applied, current)
		sure := clamped || by == openfaas.Autoscaler || by == openfaas.Idler && x.idlerTakes()
		return verdict{found: &event.SetBack{By: by, From: applied, To: current}, sure: sure}
	case current < applied:
	case !x.state.lowered: // AlertManager raises first, and then goes back below what it found
		return verdict{open: true}
	case x.raised, holdsAll(x.f):
		return verdict{open: true}
	case applied == 0 && called:
	case applied == 0 && !known:
		return verdict{open: true}
	case current > wanted:
		return verdict{found: &event.SetBack{By: x.setBackBy(applied, current), From: applied, To: current}, sure: true}
	}
	return verdict{}
}

// judges reports whether a change of a number from one that prewarm has applied is up to
// prewarm. Of a delegated function only the steps to none and from none are, with
// ActuatorOpenFaaS. Any other number is its actuator's.
func (x *subject) judges(from, to int) bool {
	return !delegated(x.scaling) || x.scaling.Actuator == openfaas.ActuatorOpenFaaS && (from == 0 || to == 0)
}

// setBackBy names the controller that changed a number, as far as edition and labels tell.
// The autoscaler sets any number within the labels, AlertManager goes back to their least. A
// number that the gateway reported at once is a bound of the gateway.
func (x *subject) setBackBy(from, to int) string {
	labels := x.scaling.Labels
	switch {
	case x.state.observed == to:
		return openfaas.ControllerUnknown
	case to == 0 && x.scaling.Idle > 0:
		return openfaas.Idler
	case slices.Contains(x.others, openfaas.Autoscaler) && to >= labels.MinActive && to <= labels.Max:
		return openfaas.Autoscaler
	case slices.Contains(x.others, openfaas.AlertManager) && (to == labels.MinActive || from < to):
		return openfaas.AlertManager
	}
	return openfaas.ControllerUnknown
}

// idlerTakes reports whether the idler takes away any replica at its next look: no call
// came within its time. If no call lies in the window, the last one is before it.
func (x *subject) idlerTakes() bool {
	if !slices.Contains(x.others, openfaas.Idler) || x.f.InFlight > 0 {
		return false
	}
	for i, need := range slices.Backward(x.f.Recent) {
		ago := time.Duration((len(x.f.Recent)-1-i)*x.f.StepSeconds) * time.Second // since the end of the step
		if ago >= x.scaling.Idle {
			return true
		}
		if need != 0 { // unknown counts as a call
			return false
		}
	}
	earlier := x.f.Earlier
	return len(earlier) == 0 || time.Duration(earlier[len(earlier)-1].Ago*x.f.StepSeconds)*time.Second > x.scaling.Idle
}

// since returns the needs of the steps before the origin that end after a time, and whether
// all of these steps are known to the forecast.
func since(f *event.Forecast, at time.Time) (needs []int32, all bool) {
	steps := 0
	if f.StepSeconds > 0 {
		steps = max(0, int((f.Origin-at.Unix()+int64(f.StepSeconds)-1)/int64(f.StepSeconds)))
	}
	return f.Recent[max(0, len(f.Recent)-steps):], steps <= len(f.Recent)
}

// lastUnknown reports whether the last step has no data.
func lastUnknown(f *event.Forecast) bool {
	return len(f.Recent) == 0 || f.Recent[len(f.Recent)-1] == series.NoData
}

// holdsAll reports whether the policy takes no replica away, whatever it would want.
func holdsAll(f *event.Forecast) bool { return lastUnknown(f) || f.Provisional || f.InFlight < 0 }

// calledSince reports whether a call is known to have come since a time, and whether it is
// known what came.
func calledSince(f *event.Forecast, at time.Time) (called, known bool) {
	needs, all := since(f, at)
	called = f.InFlight > 0 || slices.ContainsFunc(needs, func(need int32) bool { return need > 0 })
	return called, all && !f.Provisional && f.InFlight >= 0 && !slices.Contains(needs, series.NoData)
}

// settle decides within the limits of other controllers. It returns them with what this
// decision adds, and the number that was found set back, if any.
func (s *Scaler) settle(x *subject, state policy.State) (policy.Decision, limits, verdict) {
	ask := func(l limits) policy.Decision {
		bounded := state
		l.to(&bounded, x.scaling.Idle)
		return s.askPolicy(x.now, x.f, x.scaling, bounded)
	}
	l := x.state.limits.current(x)
	p := ask(l)
	v := x.judge(p.Wanted)
	switch {
	case v.found == nil:
	case v.sure || !l.mayReverse(x.now):
		l.impose(*v.found, x.now)
		p = ask(l)
	default:
		l.reverse(x.now)
		p.Reason += "; " + undone(*v.found, x.scaling.Idle) + ": set again, once per hour"
	}
	return p, l, v
}

// short writes a duration without its zero parts.
func short(d time.Duration) string {
	text := d.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, zero) {
			text = text[:len(text)-2]
		}
	}
	return text
}
