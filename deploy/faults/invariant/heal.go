package invariant

import (
	"time"

	"prewarm/shared/series"
)

// Healed reports whether each function has a decision for the newest step that has ended, which
// was stored after the faults ended, and knows the step.
func (l *Log) Healed(ended, now time.Time) bool {
	newest := now.Truncate(l.Step).Unix()
	healed := map[string]bool{}
	for i := len(l.Decisions) - 1; i >= 0; i-- {
		d := &l.Decisions[i]
		if d.OfStep() && d.Step == newest && !d.At.Before(ended) && d.Inputs.RecentNeed != series.NoData {
			healed[d.Function] = true
		}
	}
	for _, f := range l.Functions {
		if !healed[f] {
			return false
		}
	}
	return true
}

// Steps returns how many steps passed between two times.
func (l *Log) Steps(from, to time.Time) float64 { return to.Sub(from).Seconds() / l.Step.Seconds() }
