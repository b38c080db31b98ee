package policy

import (
	"math"

	"prewarm/shared/event"
)

// bound names a limit that is applied after a rule has chosen the replicas.
type bound int

const (
	boundInFlight        bound = iota // replicas that serve calls in flight stay
	boundWaiting                      // calls in flight and in the queue wait while no replica is ready
	boundQueued                       // calls in the queue need more than the ready replicas
	boundPeak                         // replicas that served the peak of the last step stay
	boundCalled                       // replicas that were added for calls since the last step began stay
	boundRaised                       // replicas that a call or another controller added since the last step stay
	boundInFlightUnknown              // no scale-in while the calls in flight are unknown
	boundProvisional                  // no scale-in while the need of the last step is a lower bound
	boundUp                           // Config.MaxUp
	boundDown                         // Config.MaxDown
	boundScheduleMost                 // Scheduled.AtMost
	boundScheduleLeast                // Scheduled.AtLeast
	boundMin                          // State.Min and State.MinActive
	boundMax                          // State.Max
	boundIdler                        // State.IdlerTakes
	boundAtMost                       // State.AtMost
	boundAtLeast                      // State.AtLeast
)

// appliedBound is a bound that changed the number of replicas, and the new number.
type appliedBound struct {
	bound    bound
	replicas int
	calls    int // of boundWaiting and boundQueued
}

// applyBounds applies the calls in progress and in the queue, the rates of change and the
// limits of the function. Their order matters: a later bound overrides an earlier one, so the
// function's own limits always hold.
func (ch *choice) applyBounds(f *event.Forecast, s State, c Config) {
	ch.atLeast(s.serving(f.InFlight), boundInFlight)
	// The peak counts beside the load: that is an average over the step, and lower. The calls
	// may have ended since the scrape, but the next ones like them need the replicas again.
	ch.atLeast(s.serving(f.Peak), boundPeak)
	ch.atLeast(min(s.Called, s.Current), boundCalled)
	ch.applyDemand(f, s)
	if s.Raised {
		ch.atLeast(s.Current, boundRaised)
	}
	if f.InFlight < 0 {
		ch.atLeast(s.Current, boundInFlightUnknown)
	}
	if f.Provisional {
		ch.atLeast(s.Current, boundProvisional)
	}
	ch.atMost(int(math.Ceil(float64(max(s.Current, 1))*c.MaxUp)), boundUp)
	ch.atLeast(int(float64(s.Current)/c.MaxDown), boundDown)
	ch.applyLimits(s)
}

// applyLimits applies the schedule, the limits of the function, and what other controllers
// impose.
func (ch *choice) applyLimits(s State) {
	ch.applySchedule(s)
	low := s.Min
	if ch.wanted > 0 {
		low = max(low, s.MinActive)
	}
	ch.atLeast(low, boundMin)
	ch.atMost(s.Max, boundMax)
	ch.applyOthers(s)
}

// applyOthers applies what other controllers impose. It comes last: they override the
// function's own limits.
func (ch *choice) applyOthers(s State) {
	if s.IdlerTakes && ch.rule != ruleWarm && !ch.demanded {
		ch.atMost(s.Current, boundIdler)
	}
	if s.AtMost != nil {
		ch.atMost(s.AtMost.Replicas, boundAtMost)
	}
	if s.AtLeast != nil {
		ch.atLeast(s.AtLeast.Replicas, boundAtLeast)
	}
}

func (ch *choice) atLeast(n int, b bound) { ch.set(max(ch.wanted, n), b) }

func (ch *choice) atMost(n int, b bound) { ch.set(min(ch.wanted, n), b) }

// set notes the bound if it changes the number of replicas.
func (ch *choice) set(n int, b bound) {
	if n != ch.wanted {
		ch.wanted = n
		ch.bounds = append(ch.bounds, appliedBound{bound: b, replicas: n})
	}
}
