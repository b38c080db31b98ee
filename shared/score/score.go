// Package score measures a scaling policy: how many replicas started cold, and
// how many stood idle.
//
// It works on numbers alone, so that the simulator, which replays traces, and
// the dashboard, which adds up decisions as they arrive, count in the same way:
//
//	cold = max(0, need - max(warm - not ready, held))
//	idle = max(0, warm - need), in replica-steps
//
// where need is the number of replicas that calls run on in a step, warm the number that
// a policy has in the step, not ready the number of those that were not ready when the step
// began, and held the number on which calls of earlier steps still run, which no policy can
// take away. The package also has the policy
// keep-alive, with which both compare, and the statistics of reports.
package score

import "slices"

// Step is one step of one function.
type Step struct {
	Need int // replicas that calls run on in the step
	Warm int // replicas that the policy has in the step
	// NotReady is how many of Warm were not ready when the step began, 0 in a simulation,
	// whose replicas start at once.
	NotReady int
	Held     int // replicas on which calls of earlier steps still run, at most Need
}

// Cold returns the cold starts: the replicas that were needed, and neither ready when the
// step began nor held.
func (s Step) Cold() int { return max(0, s.Need-max(s.Warm-s.NotReady, s.Held)) }

// Idle returns the idle time in replica-steps: the replicas that were warm and
// not needed, whether they were ready or still starting: both are paid for. Held replicas
// are needed, so that none of them is idle.
func (s Step) Idle() int { return max(0, s.Warm-s.Need) }

// Saved returns how much less idle time s has than reference in the same step, at
// least 0. reference.Saved(s) is the extra idle time of s. Sum the two separately: a
// sum of differences would hide that a policy saves on one function what it adds on
// another.
func (s Step) Saved(reference Step) int { return max(0, reference.Idle()-s.Idle()) }

// Total is the sum of steps of one or of many functions. The zero value is
// empty and ready to use. JSON is written by the simulator only, whose step is a
// minute.
type Total struct {
	Cold int64 `json:"cold_starts"`
	Need int64 `json:"need"`                 // replica-steps
	Idle int64 `json:"idle_replica_minutes"` // replica-steps
}

// Add adds one step.
func (t *Total) Add(s Step) {
	t.Cold += int64(s.Cold())
	t.Need += int64(s.Need)
	t.Idle += int64(s.Idle())
}

// AddTotal adds the steps of o.
func (t *Total) AddTotal(o Total) {
	t.Cold += o.Cold
	t.Need += o.Need
	t.Idle += o.Idle
}

// Rate returns the cold-start rate, Cold / Need. It is 0 if nothing was needed.
func (t Total) Rate() float64 {
	if t.Need == 0 {
		return 0
	}
	return float64(t.Cold) / float64(t.Need)
}

// KeepAlive returns the replicas that keep-alive of k steps has ready for the
// next step, given the needs of the steps before it, oldest first:
//
//	warm[m] = max(need[m-k], ..., need[m-1])
//
// With fewer than k steps it takes those that there are, and it is 0 without
// any. KeepAlive panics if k is negative.
func KeepAlive[T ~int | ~int32](needs []T, k int) T {
	if k < 0 {
		panic("score: negative keep-alive")
	}
	recent := needs[max(0, len(needs)-k):]
	if len(recent) == 0 {
		return 0
	}
	return slices.Max(recent)
}
