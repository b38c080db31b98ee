package policy_test

import (
	"testing"
	"time"

	"prewarm/shared/policy"
)

// Three replicas serve one call at a time, and have no room for a burst.
func TestABurstBetweenTwoStepsRaises(t *testing.T) {
	s, c := state(3), config()
	s.Available = 3
	raise := func(inFlight, queued int) policy.Decision { return policy.Raise(waits(inFlight, queued), s, c) }
	check(t, "a burst", raise(12, 0), 12, "12 calls in flight, 3 replicas, 3 ready: 12 needed; each serves 1 at a time")
	check(t, "all replicas are busy", raise(3, 0), 3, "3 calls in flight")
	check(t, "calls that end lower nothing", raise(0, 0), 3, "")
	check(t, "unknown is not zero, and no raise", raise(-1, 0), 3, "")
	check(t, "the queue comes beside", raise(3, 4), 7, "3 calls in flight and 4 queued, 3 replicas, 3 ready: 7 needed")
	check(t, "more than can be", raise(1<<62, 0), 20, "at most 20 by the function's limits")
	s.Concurrency = 10
	check(t, "the replicas have room", raise(30, 0), 3, "")
	check(t, "one call too many", raise(31, 0), 4, "31 calls in flight, 3 replicas, 3 ready: 4 needed; each serves 10 at a time")
	f := waits(9, 0)
	f.Concurrency, f.CarriesBy = 2, "prewarm.concurrency"
	check(t, "the observation knows better", policy.Raise(f, s, c), 5, "each serves 2 at a time by prewarm.concurrency")
}

func TestARaiseKeepsToRatesAndLimits(t *testing.T) {
	s, c := state(8), config()
	s.Available, s.Before, c.MaxUp = 8, 2, 5
	check(t, "the rate counts from the begin of the step", policy.Raise(waits(50, 0), s, c), 10, "limited to 10 by the scale-up rate")
	s.Before, c.MaxUp = 0, 1000
	s.AtMost = &policy.Limit{Replicas: 9, Why: "another controller set 20 back to 9"}
	check(t, "another controller", policy.Raise(waits(50, 0), s, c), 9, "another controller set 20 back to 9")
	s.AtMost, s.Max = nil, 5
	check(t, "more than the limit are there", policy.Raise(waits(50, 0), s, c), 8, "")
	s = state(0)
	s.MinActive, s.IdlerTakes = 2, true
	check(t, "the first call needs the least", policy.Raise(waits(1, 0), s, c), 2, "at least 2 by the function's limits")
}

// Four queued calls are worked off by the ready replicas before another one could be ready.
func TestAQueueThatIsSoonEmptyRaisesNothing(t *testing.T) {
	s := state(2)
	s.Available, s.Readiness = 2, 2*time.Second
	f := waits(2, 4)
	f.LoadRate = 1
	check(t, "worked off", policy.Raise(f, s, config()), 2, "")
	s.Available = 0
	check(t, "none is ready", policy.Raise(f, s, config()), 6, "2 calls in flight and 4 queued, 2 replicas, 0 ready: 6 needed")
}

// What a burst has needed since the last step began stays for the next decision: its scrapes
// may lie beside the burst.
func TestTheNextDecisionKeepsWhatABurstNeeded(t *testing.T) {
	s := state(5)
	s.Available, s.Called = 5, 4
	check(t, "kept", policy.Decide(start, quiet(), s, config()), 4, "; but calls that no scrape shows needed 4 between two steps")
	s.Called = 9
	check(t, "no more than are there", policy.Decide(start, quiet(), s, config()), 5, "needed 5 between two steps")
	s.Called = 0
	check(t, "without a burst", policy.Decide(start, quiet(), s, config()), 2, "release; limited to 2 by the scale-down rate")
}
