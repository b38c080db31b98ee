package scaler

import "slices"

// steps are the last steps that a function was decided for, in Unix seconds and
// in the order of the decisions. That need not be the order of time: a clock may
// have run ahead for a while, and its steps then say nothing of those before.
type steps []int64

// maxSteps is how many are kept: more than max_age_steps may be, so that a step
// that is forgotten is too old to be decided, whatever the clock said meanwhile.
const maxSteps = 64

// has reports whether step was decided, or passed over by a later one that is at
// most latest, the last step that can have come.
func (s steps) has(step, latest int64) bool {
	return slices.ContainsFunc(s, func(past int64) bool { return past == step || step < past && past <= latest })
}

// add returns s with step. Where there are too many, the first that lies behind
// now goes: one that lies ahead can still come, and must not be decided twice.
func (s steps) add(step, now int64) steps {
	if slices.Contains(s, step) {
		return s
	}
	if len(s) >= maxSteps {
		oldest := max(0, slices.IndexFunc(s, func(past int64) bool { return past <= now }))
		s = slices.Delete(s, oldest, oldest+1)
	}
	return append(s, step)
}

// since reports whether a step from begin on was decided.
func (s steps) since(begin int64) bool {
	return slices.ContainsFunc(s, func(past int64) bool { return past >= begin })
}
