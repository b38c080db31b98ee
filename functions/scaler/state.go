package scaler

import (
	"sync"
	"time"

	"prewarm/shared/event"
	"prewarm/shared/openfaas"
	"prewarm/shared/series"
)

// state is what the scaler knows between batches. A restart loses it without harm:
// the decided steps, the applied numbers and what other controllers made of them are read
// from the stream of decisions.
type state struct {
	mu        sync.Mutex // serialises batches, so that a function is decided once per step
	lastRead  uint64     // sequence number of the last message read from the stream of decisions
	functions map[string]*functionState
	outbox    []unpublished // oldest first
}

// functionState is what the scaler knows of one function.
type functionState struct {
	decided decidedSteps
	// applied is the last number of replicas sent to the gateway, -1 if there is none
	// or if another controller has changed it since.
	applied     int
	observed    int   // what the gateway reported right after that call, -1 if not read
	lowered     bool  // the call released replicas
	appliedStep int64 // step of the call, in Unix seconds
	// previous is the number of replicas after the last decision, -1 before the first.
	// More of them at the next decision are started replicas, see started.
	previous int
	// asked is the number of replicas that may appear because of the last decision: another
	// controller is to set them, or the scale call had no answer. 0 if there are none.
	asked    int
	limits   limits
	denials  denials
	timedOut bool // the last scale call had no answer in time
}

// newState returns a state that knows no function. The first batch reads the last
// hour of decisions into it.
func newState() *state {
	return &state{functions: map[string]*functionState{}}
}

// function returns the state of a function, which is created if there is none.
func (s *state) function(name string) *functionState {
	f, ok := s.functions[name]
	if !ok {
		f = &functionState{applied: -1, observed: -1, previous: -1}
		s.functions[name] = f
	}
	return f
}

// undecided returns the forecasts of a batch for which there is no decision yet.
func (s *state) undecided(batch []event.Forecast, now time.Time) []*event.Forecast {
	var out []*event.Forecast
	for i := range batch {
		// A decision for a step beyond the tolerance comes from a clock that was
		// ahead. It must not cover the steps of now.
		latest := now.Add(event.Ahead(batch[i].StepSeconds)).Unix()
		if f, ok := s.functions[batch[i].Function]; !ok || !f.decided.covers(batch[i].Origin, latest) {
			out = append(out, &batch[i])
		}
	}
	return out
}

// restore takes over a published decision, of this scaler or of another one.
func (s *state) restore(d event.Decision, now time.Time) {
	f := s.function(d.Function)
	// Only the latest step may set the counts: messages of two scalers need not be
	// in the order of their steps.
	if !f.decided.covers(d.Step, now.Unix()) {
		f.restoreSetBack(d)
		f.take(&d, d.Applied, f.leftOpen(&d))
		f.previous, f.asked = replicasAfter(&d)
	}
	f.decided = f.decided.add(d.Step, now.Unix())
}

// restoreSetBack takes over what a published decision made of a number that was set back.
func (f *functionState) restoreSetBack(d event.Decision) {
	switch {
	case d.SetBack == nil:
		f.limits.taken.see(d.Current)
	case d.SetBack.To < d.SetBack.From && d.Applied > d.SetBack.To:
		f.limits.reverse(d.Time)
	default:
		f.limits.impose(*d.SetBack, d.Time)
	}
}

// take notes the number that a decision has applied, -1 if none. Without one, the number
// applied before still counts if the function has it, or if it is open who changed it. A
// gateway that shows it has no bound below it, whatever it reported at first.
func (f *functionState) take(d *event.Decision, applied int, open bool) {
	switch {
	case applied >= 0:
		f.applied, f.observed, f.lowered, f.appliedStep = applied, d.Observed, applied < d.Current, d.Step
	case d.Current == f.applied:
		f.observed = f.applied
	case !open:
		f.applied = -1
	}
}

// leftOpen reports whether a published decision left it open who changed the number applied
// before, as judge does.
func (f *functionState) leftOpen(d *event.Decision) bool {
	in := &d.Inputs
	switch {
	case d.SetBack != nil || d.Mode != string(openfaas.ModeActive):
		return false
	case d.Current < f.applied:
		return in.RecentNeed == series.NoData
	}
	provisional := len(in.Settled) > 0 && in.Settled[len(in.Settled)-1] == series.NoData
	return !f.lowered || in.Started > 0 || provisional || in.InFlight < 0
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
func (f *functionState) started(current int) int {
	if f.previous < 0 {
		return -1
	}
	return max(0, current-max(f.previous, f.asked))
}

// raised reports whether a call or another controller has added replicas since the last
// decision.
func (f *functionState) raised(current int) bool { return f.previous >= 0 && current > f.previous }
