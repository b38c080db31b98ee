package scaler

import (
	"math"
	"slices"
)

// decidedStep is a step for which a function was decided. Times are Unix seconds.
type decidedStep struct {
	step  int64
	batch string // event.Decision.Batch
	made  int64  // when it was decided, by the clock at that time, or wrongClock
}

// wrongClock replaces the time of a decision that was made while the clock was ahead.
const wrongClock = math.MaxInt64

// decidedSteps are the last steps for which a function was decided. They are in the order of
// the decisions, which is not always the order of time: if the clock was ahead for a while,
// its steps lie ahead of the decisions after them.
type decidedSteps []decidedStep

// maxSteps bounds the steps that are kept. It is above the greatest max_age_steps, so
// that a forgotten step is too old to be decided again, even after the clock was wrong.
const maxSteps = 64

// covers reports whether step needs no decision from the forecasts of batch: it was decided
// from the same ones, or it or a later step was decided by a clock that was right. A step that
// was decided while the clock was ahead is decided again when its time comes.
func (s decidedSteps) covers(step int64, batch string) bool {
	return slices.ContainsFunc(s, func(d decidedStep) bool {
		return d.step == step && d.batch == batch && batch != "" || step <= d.step && d.made != wrongClock
	})
}

// rewind notes which decisions are dated ahead of now.
func (s decidedSteps) rewind(now int64) {
	for i := range s {
		if s[i].made > now+clockStep {
			s[i].made = wrongClock
		}
	}
}

// has reports whether the decision for a step from the forecasts of batch is known.
func (s decidedSteps) has(step int64, batch string) bool {
	return slices.ContainsFunc(s, func(d decidedStep) bool { return d.step == step && d.batch == batch })
}

// add returns s with d, unless it is there already. If s is full, the earliest decision for a
// step before now is dropped. Steps ahead of now are kept as long as possible: their forecasts
// can still be delivered again, and must not be decided twice.
func (s decidedSteps) add(d decidedStep, now int64) decidedSteps {
	if s.has(d.step, d.batch) {
		return s
	}
	if len(s) >= maxSteps {
		oldest := max(0, slices.IndexFunc(s, func(known decidedStep) bool { return known.step <= now }))
		s = slices.Delete(s, oldest, oldest+1)
	}
	return append(s, d)
}
