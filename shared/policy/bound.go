package policy

import (
	"math"

	"prewarm/shared/event"
)

// bound names a limit that is applied after a rule has chosen the replicas.
type bound int

const (
	boundInFlight        bound = iota // replicas that serve calls in flight stay
	boundRaised                       // replicas that another controller added since the last step stay
	boundInFlightUnknown              // no scale-in while the calls in flight are unknown
	boundUp                           // Config.MaxUp
	boundDown                         // Config.MaxDown
	boundMin                          // State.Min and State.MinActive
	boundMax                          // State.Max
)

// appliedBound is a bound that changed the number of replicas, and the new number.
type appliedBound struct {
	bound    bound
	replicas int
}

// applyBounds applies the calls in flight, the rates of change and the limits of
// the function. Their order matters: a later bound overrides an earlier one, so the
// function's own limits always hold.
func (ch *choice) applyBounds(f *event.Forecast, s State, c Config) {
	if f.InFlight > 0 {
		busy := int(math.Ceil(float64(f.InFlight) / s.Concurrency))
		ch.atLeast(min(busy, s.Current), boundInFlight)
	}
	if s.Raised {
		ch.atLeast(s.Current, boundRaised)
	}
	if f.InFlight < 0 {
		ch.atLeast(s.Current, boundInFlightUnknown)
	}
	ch.atMost(int(math.Ceil(float64(max(s.Current, 1))*c.MaxUp)), boundUp)
	ch.atLeast(int(float64(s.Current)/c.MaxDown), boundDown)
	low := s.Min
	if ch.wanted > 0 {
		low = max(low, s.MinActive)
	}
	ch.atLeast(low, boundMin)
	ch.atMost(s.Max, boundMax)
}

func (ch *choice) atLeast(n int, b bound) { ch.set(max(ch.wanted, n), b) }

func (ch *choice) atMost(n int, b bound) { ch.set(min(ch.wanted, n), b) }

// set notes the bound if it changes the number of replicas.
func (ch *choice) set(n int, b bound) {
	if n != ch.wanted {
		ch.wanted = n
		ch.bounds = append(ch.bounds, appliedBound{b, n})
	}
}
