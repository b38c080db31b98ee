package scaler

import (
	"time"

	"prewarm/shared/event"
	"prewarm/shared/openfaas"
	"prewarm/shared/series"
)

// numbers are the replicas of a function as the decisions before left them.
type numbers struct {
	// applied is the last number of replicas sent to the gateway, -1 if there is none
	// or if another controller has changed it since.
	applied     int
	observed    int   // what the gateway reported right after that call, -1 if not read
	lowered     bool  // the call released replicas
	appliedStep int64 // step of the call, in Unix seconds; 0 if unknown
	// previous is the number of replicas after the last decision, -1 before the first.
	// More of them at the next decision are started replicas, see started.
	previous int
	// asked is the number of replicas that may appear because of the last decision: another
	// controller is to set them, or the scale call had no answer. 0 if there are none.
	asked int
	// before is the number of replicas before the decision of the step, 0 if unknown.
	before int
	// appeared is the number of started replicas between that decision and the last raise.
	appeared  int
	lastRaise lastRaise
}

// lastRaise is the last raise of a function between two steps.
type lastRaise struct {
	at       time.Time // zero for none
	replicas int
}

// since returns the replicas of the raise if it was made at a time or later, else 0.
func (r lastRaise) since(at time.Time) int {
	if r.at.IsZero() || r.at.Before(at) {
		return 0
	}
	return r.replicas
}

// noNumbers returns the numbers of a function of which nothing is known.
func noNumbers() numbers { return numbers{applied: -1, observed: -1, previous: -1} }

// take notes the number that a decision has applied, -1 if none. Without one, the number
// applied before still counts if the function has it, or if it is open who changed it. A
// gateway that shows it has no bound below it, whatever it reported at first.
func (n *numbers) take(d *event.Decision, applied int, open bool) {
	switch {
	case applied >= 0:
		n.applied, n.observed, n.lowered, n.appliedStep = applied, d.Observed, applied < d.Current, d.Step
	case d.Current == n.applied:
		n.observed = n.applied
	case !open:
		n.applied = -1
	}
	n.previous, n.asked = replicasAfter(d)
	if d.OfStep() {
		n.before, n.appeared = d.Current, 0
	}
}

// rewind replaces the step of the call if it lies ahead of now: it is not known then what
// came since the call.
func (n *numbers) rewind(now time.Time) {
	if n.appliedStep > now.Unix() {
		n.appliedStep = 0
	}
	if n.lastRaise.at.After(now) {
		n.lastRaise.at = now
	}
}

// leftOpen reports whether a published decision left it open who changed the number applied
// before, as judge does.
func (n *numbers) leftOpen(d *event.Decision) bool {
	in := &d.Inputs
	switch {
	case d.SetBack != nil || d.Mode != string(openfaas.ModeActive):
		return false
	case d.Current < n.applied:
		return in.RecentNeed == series.NoData
	}
	provisional := len(in.Settled) > 0 && in.Settled[len(in.Settled)-1] == series.NoData
	return !n.lowered || in.Started > 0 || provisional || in.InFlight < 0
}

// replicasAfter returns the replicas that are there after a decision, and those that
// another controller will set because of it, 0 if it sets none.
func replicasAfter(d *event.Decision) (present, asked int) {
	if d.Mode == string(openfaas.ModeActive) && d.Actuator != string(openfaas.ActuatorGateway) {
		asked = d.Wanted
	}
	if d.Applied < 0 {
		return d.Current, asked
	}
	return max(d.Applied, d.Observed), asked
}

// started returns the replicas that have appeared since the last decision without
// prewarm: by a call that woke the function, or by another controller on its own. It is
// -1 before the first decision. Replicas that came and went between two decisions are
// not seen.
func (n *numbers) started(current int) int {
	if n.previous < 0 {
		return -1
	}
	return n.appeared + max(0, current-max(n.previous, n.asked))
}

// raised reports whether a call or another controller has added replicas since the last
// decision.
func (n *numbers) raised(current int) bool { return n.previous >= 0 && current > n.previous }
