// Package policy decides how many replicas of a function should be warm.
//
// It weighs the probabilities and quantiles of a forecast against two costs: that
// of a cold start and that of an idle replica-step. A decision depends on its
// arguments alone, so scaler and simulator get the same one.
//
// Decide works in this order: restated (capacity.go) converts the forecast to the
// replicas of a load test, choose (choose.go) picks the rule that applies and its
// number of replicas, applyBounds (bound.go) limits that number, and reason
// (reason.go) states all of it in words.
package policy

import (
	"time"

	"prewarm/shared/event"
)

// State is what the caller knows of the function besides its forecast.
type State struct {
	Current   int // replicas desired now
	Available int // replicas ready now; calls in flight wait while it is 0
	Min       int // fewest replicas allowed, 0 if the function may scale to zero
	MinActive int // fewest replicas allowed if there are any (label com.openfaas.scale.min)
	Max       int // most replicas allowed
	// Raised is true if Current went up since the last decision by other hands: by
	// a call that woke the function, or by another controller.
	Raised bool
	// Called is how many replicas the calls in flight have needed since the begin of the last
	// step, by Raise; 0 for no raise. The scrapes, and so Observation.Peak, may have missed
	// these calls.
	Called int
	// Before is the number of replicas before the decision of the step, for Raise: the rate of
	// change counts from there. 0 if it is unknown.
	Before int
	// IdlerTakes is true if another controller takes away each replica that no call has
	// used: then a likely call raises, and the keep-alive does not.
	IdlerTakes  bool
	Schedule    *Scheduled    // bounds of a schedule, nil for none
	AtMost      *Limit        // because of another controller, nil for none
	AtLeast     *Limit        // the same; stronger than AtMost
	Concurrency float64       // calls that one replica serves at a time, if the observation does not tell
	Readiness   time.Duration // readiness time: P90 of the time from a scale-up to ready
}

// Limit is a bound that another controller imposes. It is stronger than Min and Max.
type Limit struct {
	Replicas int
	Why      string // for the reason of the decision
}

// Decision is the number of replicas to keep warm, and why.
type Decision struct {
	Wanted int
	Reason string
	Inputs event.Inputs
}

// Direction names the move from current to Wanted: up, down or hold.
func (d Decision) Direction(current int) string {
	switch {
	case d.Wanted > current:
		return "up"
	case d.Wanted < current:
		return "down"
	}
	return "hold"
}

// Decide returns the wanted replicas. Without a likely call they are 0: the probability of
// one, before a later decision could take effect, is below the cost ratio. With one they are
// the smallest number k for which the probability that more are needed is below it:
//
//	P(need > k) < cost ratio
//
// With one replica fewer, the expected cost of a cold start would be at least that of
// keeping the replica idle (Config.CostRatio). Two estimates of k, from the forecast and
// from the function's own history, are averaged; see setLevel in level.go.
//
// The rules of choose.go decide in the other cases: unknown data, no forecast, no call in
// the whole window. The bounds of bound.go then limit the result. A now before the origin
// of the forecast counts as the origin.
//
// What one replica carries comes from a load test (event.Capacity) if there is one,
// otherwise from Little's law.
//
// Between two steps, Raise adds replicas for calls that are there.
//
// Scale-in waits: while the last step is unknown or provisional, while the calls in
// flight are unknown, in the step in which others raised the replicas, below the
// replicas that serve the calls in flight or served the peak of the last step, below those that
// calls have needed since it began (State.Called), and if a released replica would be needed again before it could be ready.
func Decide(now time.Time, f *event.Forecast, s State, c Config) Decision {
	f, s = restated(f), s.observed(f)
	ch := choose(now, f, s, c)
	return Decision{Wanted: ch.wanted, Reason: ch.reason(f, s, c), Inputs: ch.inputs(f, s, c)}
}

// Wanted returns the number of replicas of Decide without its reason, which saves
// a simulation of many decisions most of the time.
func Wanted(now time.Time, f *event.Forecast, s State, c Config) int {
	return choose(now, restated(f), s.observed(f), c).wanted
}

// observed returns s with the concurrency that the forecast rests on.
func (s State) observed(f *event.Forecast) State {
	if f.Concurrency > 0 {
		s.Concurrency = f.Concurrency
	}
	return s
}
