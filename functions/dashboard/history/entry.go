package history

import "prewarm/shared/score"

// entry is what is known of one step of one function. Its values are those of a block.
type entry struct {
	step   int64 // begin, Unix seconds
	values [width]int16
}

// newEntry returns the entry of a step of which nothing is known.
func newEntry(step int64) entry {
	e := entry{step: step}
	for of := range e.values {
		e.values[of] = blank(of)
	}
	return e
}

// get returns a value.
func (e *entry) get(of int) int16 { return e.values[of] }

// known reports whether the step has a need or a decision.
func (e *entry) known() bool { return e.get(need) >= 0 || e.get(wanted) >= 0 }

// warm returns the replicas that are there after the decision at the begin of
// the step, or unknown.
func (e *entry) warm() int16 {
	switch {
	case e.get(observed) >= 0:
		return e.get(observed)
	case e.get(applied) >= 0:
		return e.get(applied)
	}
	return e.get(current)
}

// cold returns the cold starts of the step, unknown until its need has settled. Needs
// above the limit of the function wait in line; they are not cold starts.
func (e *entry) cold() int16 {
	if e.get(settled) == 0 || e.warm() < 0 {
		return unknown
	}
	return int16(score.Step{Need: int(min(e.get(need), e.get(limit))), Warm: int(e.warm()), NotReady: int(e.get(notReady))}.Cold())
}
