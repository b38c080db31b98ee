package policy

import (
	"math"

	"prewarm/shared/event"
)

// bounded says that a bound changed the number of replicas to the one given.
type bounded struct {
	by       bound
	replicas int
}

// bound is what may keep a decision from its number.
type bound int

const (
	boundInFlight bound = iota
	boundRaised
	boundInFlightUnknown
	boundUp
	boundDown
	boundMin
	boundMax
)

// bound applies the load of now, the rate limits and the function's limits, in
// this order.
func (ch *choice) bound(f *event.Forecast, s State, c Config) {
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

func (ch *choice) atLeast(n int, by bound) {
	if ch.wanted < n {
		ch.set(n, by)
	}
}

func (ch *choice) atMost(n int, by bound) {
	if ch.wanted > n {
		ch.set(n, by)
	}
}

func (ch *choice) set(n int, by bound) {
	ch.wanted = n
	ch.bounds[ch.boundsLen] = bounded{by, n}
	ch.boundsLen++
}
