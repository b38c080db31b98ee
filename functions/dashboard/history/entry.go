package history

import (
	"math"

	"prewarm/shared/score"
)

// unknown stands for a value that no message has brought yet.
const unknown = -1

// entry holds what is known of one step of one function. It has narrow fields,
// since there are hundreds of entries for each of thousands of functions.
type entry struct {
	step      int64 // begin, Unix seconds
	need      int16 // replicas that the step needed, or an estimate until it has settled
	settled   bool  // need was measured, as a whole and for this step alone
	current   int16 // replicas desired before the decision at the begin of the step
	available int16 // replicas ready before that decision
	wanted    int16 // by the policy
	applied   int16 // sent to the gateway
	observed  int16 // read back from the gateway
	notReady  int16 // replicas after the decision that were not ready when the step began
	limit     int16 // the most replicas that the function may have
	setBack   uint8 // index of the controller that undid the decision before, 0 for none

	// Predictions for the step, by index of Leads.
	chance   [len(Leads)]float32 // probability of at least one call
	q50, q95 [len(Leads)]int16   // quantiles of the need
}

// newEntry returns an entry without any value. Its limit is the largest number that the
// field can store, as of a function without a limit.
func newEntry(step int64) entry {
	e := entry{
		step: step, need: unknown, current: unknown, available: unknown, wanted: unknown, applied: unknown, observed: unknown,
		limit: math.MaxInt16,
	}
	for i := range Leads {
		e.chance[i], e.q50[i], e.q95[i] = unknown, unknown, unknown
	}
	return e
}

// warm returns the replicas that are there after the decision at the begin of
// the step, or unknown.
func (e *entry) warm() int16 {
	switch {
	case e.observed >= 0:
		return e.observed
	case e.applied >= 0:
		return e.applied
	}
	return e.current
}

// cold returns the cold starts of the step, unknown until its need has settled. Needs
// above the limit of the function wait in line; they are not cold starts.
func (e *entry) cold() int16 {
	if !e.settled || e.warm() < 0 {
		return unknown
	}
	return int16(score.Step{Need: int(min(e.need, e.limit)), Warm: int(e.warm()), NotReady: int(e.notReady)}.Cold())
}

// clip converts a count to the width of an entry. Negative counts are unknown.
func clip(n int) int16 { return int16(min(max(n, unknown), math.MaxInt16)) }
