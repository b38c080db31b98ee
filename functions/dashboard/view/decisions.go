package view

import (
	"cmp"
	"iter"
	"math"
	"slices"

	"prewarm/shared/event"
)

// Decisions passes on the last decisions of a function, or of all if function is empty: newest
// first, those of one moment in the order of their functions, at most limit. Those of a step
// are read when they are asked for, so that a caller that writes them to a slow client holds
// those of one step at a time.
func (v *View) Decisions(function string, limit int) iter.Seq[*event.Decision] {
	return func(yield func(*event.Decision) bool) {
		for before := int64(math.MaxInt64); ; {
			list := v.decisionsBefore(function, before)
			if len(list) == 0 {
				return
			}
			for _, d := range list {
				if limit == 0 || !yield(d) {
					return
				}
				limit--
			}
			before = list[0].Step
		}
	}
}

// decisionsBefore returns the decisions of the newest step before a step, the last made first.
// The step comes from one clock, that of the collector; the time from the clock of the scaler,
// which may run ahead. They point into the lists of the states, which nobody writes to.
func (v *View) decisionsBefore(function string, step int64) []*event.Decision {
	out := v.before(function, step)
	slices.SortFunc(out, func(a, b *event.Decision) int {
		return cmp.Or(b.Time.Compare(a.Time), cmp.Compare(a.Function, b.Function))
	})
	return out
}

// before is decisionsBefore in any order.
func (v *View) before(function string, step int64) (out []*event.Decision) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for name, s := range v.states {
		if function != "" && function != name {
			continue
		}
		at, _ := slices.BinarySearchFunc(s.Decisions, step-1, func(d event.Decision, step int64) int { return cmp.Compare(step, d.Step) })
		if at == len(s.Decisions) || len(out) > 0 && s.Decisions[at].Step < out[0].Step {
			continue
		}
		if len(out) > 0 && s.Decisions[at].Step > out[0].Step {
			out = out[:0]
		}
		for first := at; at < len(s.Decisions) && s.Decisions[at].Step == s.Decisions[first].Step; at++ {
			out = append(out, &s.Decisions[at])
		}
	}
	return out
}
