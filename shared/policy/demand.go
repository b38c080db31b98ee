package policy

import (
	"math"

	"prewarm/shared/event"
)

// applyDemand adds the replicas for calls that are known to wait. No forecast is needed for
// them: they are there.
//
// While no replica is ready, all calls in flight and in the queue wait:
//
//	wanted >= ceil((in flight + queued) / concurrency)
//
// With ready replicas, the calls in flight run, and those in the queue come beside them,
// without what the ready replicas work off before a further one could be ready:
//
//	wanted >= replicas that serve the calls in flight + ceil((queued - ready * rate * readiness time) / concurrency)
//
// A queue that is empty by then is no reason to start a replica, which would idle. How many
// calls the workers of the queue make at a time is not known. If they are fewer, a replica
// idles for a step, and the next decision releases it: the calls are not in the queue then,
// or the rule of the calls in flight keeps fewer.
func (ch *choice) applyDemand(f *event.Forecast, s State) {
	calls, replicas, b := max(0, f.InFlight)+f.Queued, 0, boundWaiting
	if s.Available > 0 {
		calls, b = f.Queued, boundQueued
		if left := s.left(f); left > 0 {
			replicas = s.serving(f.InFlight) + s.replicasFor(left)
		}
	} else {
		replicas = s.replicasFor(float64(calls))
	}
	if replicas > ch.wanted {
		ch.demanded, ch.wanted = true, replicas
		ch.bounds = append(ch.bounds, appliedBound{b, replicas, calls})
	}
}

// left returns the queued calls without those that the ready replicas work off before a further
// one could be ready.
func (s State) left(f *event.Forecast) float64 {
	return max(0, float64(f.Queued)-float64(s.Available)*f.LoadRate*s.Readiness.Seconds())
}

// maxDemand bounds the replicas for calls that wait, so that their number stays exact.
const maxDemand = 1 << 30

// replicasFor returns the replicas that serve a number of calls at a time.
func (s State) replicasFor(calls float64) int {
	return int(min(math.Ceil(calls/s.Concurrency), maxDemand))
}

// serving returns how many of the current replicas serve the given number of calls at a
// time, 0 if that number is unknown (-1).
func (s State) serving(calls int) int {
	return min(s.replicasFor(float64(max(0, calls))), s.Current)
}
