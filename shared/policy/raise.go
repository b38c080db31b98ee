package policy

import (
	"fmt"
	"math"

	"prewarm/shared/event"
)

// Raise returns the replicas for the calls that are there between two steps. It never returns
// fewer than the current ones. f is the last forecast of the function, whose InFlight (-1 if
// unknown) and Queued are those of now; of the rest, only what a replica carries counts.
//
//	wanted = max(current, ceil(in flight / concurrency) + ceil(left / concurrency))
//
// where left is the calls in the queue, without those that the ready replicas work off before a
// further one could be ready. While no replica is ready, all queued calls count.
//
// In contrast to Decide, calls in flight count beyond the current replicas. At the begin of a
// step the forecast knows how many calls to expect; between two steps, more calls in flight
// than the replicas serve are the only sign of a burst. At any usual cost ratio a replica that
// idles until the next decision costs less than the calls that would wait.
//
// The rate of change, the limits of the function and what other controllers impose apply as in
// Decide.
func Raise(f *event.Forecast, s State, c Config) Decision {
	s = s.observed(f)
	ch := choice{rule: ruleCalls, demanded: true}
	ch.wanted = max(s.Current, s.neededBy(f))
	ch.byRule = ch.wanted
	before := s.Before
	if before == 0 {
		before = s.Current
	}
	ch.atMost(int(math.Ceil(float64(max(before, 1))*c.MaxUp)), boundUp)
	ch.applyLimits(s)
	ch.wanted = max(ch.wanted, s.Current)
	in := ch.inputs(f, s, c)
	in.ExpectedCold, in.ExpectedColdLeft = 0, 0 // of the decision of the step
	return Decision{Wanted: ch.wanted, Reason: ch.reason(f, s, c), Inputs: in}
}

// NeededBy returns the replicas for the calls of Raise, without limits.
func NeededBy(f *event.Forecast, s State) int { return s.observed(f).neededBy(f) }

// neededBy returns the replicas for the calls in flight and in the queue.
func (s State) neededBy(f *event.Forecast) int {
	inFlight := float64(max(0, f.InFlight))
	if s.Available == 0 {
		return s.replicasFor(inFlight + float64(f.Queued))
	}
	return s.replicasFor(inFlight) + s.replicasFor(s.left(f))
}

// callsReason states the calls that are there, and the replicas that they need.
func (ch *choice) callsReason(f *event.Forecast, s State) string {
	queued := ""
	if f.Queued > 0 {
		queued = fmt.Sprintf(" and %d queued", f.Queued)
	}
	text := fmt.Sprintf("%d %s in flight%s, %d %s, %d ready: %d needed", max(0, f.InFlight), ifOne(f.InFlight, "call", "calls"), queued,
		s.Current, ifOne(s.Current, "replica", "replicas"), s.Available, ch.byRule)
	if f.CarriesBy != "" {
		return fmt.Sprintf("%s; each serves %.3g at a time by %s", text, s.Concurrency, f.CarriesBy)
	}
	return fmt.Sprintf("%s; each serves %.3g at a time", text, s.Concurrency)
}
