package policy_test

import (
	"testing"
	"time"

	"prewarm/shared/event"
	"prewarm/shared/policy"
)

// waits returns a forecast that expects no call, with calls that are there all the same.
func waits(inFlight, queued int) *event.Forecast {
	f := quiet()
	f.InFlight, f.Queued = inFlight, queued
	return f
}

// A burst wakes a function that sleeps. The gateway starts one replica, which is not ready.
func TestCallsThatWaitForAReplicaAreServedAtOnce(t *testing.T) {
	s := state(1)
	s.Concurrency = 2
	d := policy.Decide(start, waits(5, 0), s, config())
	check(t, "none is ready", d, 3, "; but 5 calls wait for a replica: 3")
	check(t, "calls in the queue wait as well", policy.Decide(start, waits(5, 4), s, config()), 5, "; but 9 calls wait for a replica: 5")
	s.Current = 0
	check(t, "one call", policy.Decide(start, waits(1, 0), s, config()), 1, "; but 1 call waits for a replica: 1")
	check(t, "the calls in flight are unknown", policy.Decide(start, waits(-1, 0), s, config()), 0, "release")
	s.Current, s.Available = 1, 1
	check(t, "the replica is ready: the calls run", policy.Decide(start, waits(5, 0), s, config()), 1, "the calls in flight need 1")
}

func TestWhatWaitsKeepsToRatesAndLimits(t *testing.T) {
	s, c := state(1), config()
	c.MaxUp = 4
	check(t, "rate", policy.Decide(start, waits(100, 0), s, c), 4, "100 calls wait for a replica: 100; limited to 4 by the scale-up rate")
	c.MaxUp = 1000
	check(t, "limit", policy.Decide(start, waits(100, 0), s, c), 20, "at most 20 by the function's limits")
	check(t, "more than can be", policy.Decide(start, waits(1<<62, 0), s, c), 20, "at most 20 by the function's limits")
	s.IdlerTakes = true
	check(t, "the idler takes no replica that calls use", policy.Decide(start, waits(3, 0), s, c), 3, "3 calls wait for a replica: 3")
}

// Calls take two seconds, three at a time: 1.5 per second. A replica starts in four seconds.
func TestQueuedCallsComeBesideThoseInFlight(t *testing.T) {
	s := state(2)
	s.Available, s.Concurrency, s.Readiness = 2, 3, 4*time.Second
	queue := func(inFlight, queued int) *event.Forecast {
		f := waits(inFlight, queued)
		f.LoadRate = 1.5
		return f
	}
	check(t, "12 of 24 are worked off before a further replica is ready", policy.Decide(start, queue(6, 24), s, config()), 6, "; but 24 queued calls need 6")
	check(t, "all are worked off before", policy.Decide(start, queue(6, 12), s, config()), 2, "the calls in flight need 2")
	check(t, "the ready replicas have room", policy.Decide(start, queue(0, 15), s, config()), 1, "")
	s.Readiness = 0
	check(t, "a replica is ready at once", policy.Decide(start, queue(0, 12), s, config()), 4, "; but 12 queued calls need 4")
	f := queue(0, 12)
	f.LoadRate, s.Readiness = 0, time.Minute
	check(t, "the duration is unknown", policy.Decide(start, f, s, config()), 4, "; but 12 queued calls need 4")
	if got := policy.Decide(start, f, s, config()).Inputs.Queued; got != 12 {
		t.Errorf("the inputs have %d queued calls", got)
	}
}
