package scaler

import "slices"

// decidedSteps are the last steps for which a function was decided, in Unix seconds.
// They are in the order of the decisions, which is not always the order of time: if the
// clock was ahead for a while, its steps lie in the future and imply nothing about those
// before.
type decidedSteps []int64

// maxSteps bounds the steps that are kept. It is above the greatest max_age_steps, so
// that a forgotten step is too old to be decided again, even after the clock was wrong.
const maxSteps = 64

// covers reports whether step needs no decision: it was decided, or a later step was.
// Steps after latest, the last one that can have begun, do not count as later ones:
// they come from a wrong clock.
func (s decidedSteps) covers(step, latest int64) bool {
	return slices.ContainsFunc(s, func(decided int64) bool { return decided == step || step < decided && decided <= latest })
}

// add returns s with step, unless it is there already. If s is full, the earliest
// decision for a step before now is dropped. Steps ahead of now are kept as long as
// possible: their forecasts can still be delivered again, and must not be decided twice.
func (s decidedSteps) add(step, now int64) decidedSteps {
	if slices.Contains(s, step) {
		return s
	}
	if len(s) >= maxSteps {
		oldest := max(0, slices.IndexFunc(s, func(decided int64) bool { return decided <= now }))
		s = slices.Delete(s, oldest, oldest+1)
	}
	return append(s, step)
}

// anySince reports whether a step at or after begin was decided.
func (s decidedSteps) anySince(begin int64) bool {
	return slices.ContainsFunc(s, func(decided int64) bool { return decided >= begin })
}
