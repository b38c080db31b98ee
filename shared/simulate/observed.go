package simulate

import "prewarm/shared/series"

// Observed is what happened in one minute of a function. It is for scores: a policy sees
// the minutes before it alone, in History.
type Observed struct {
	Calls int32 // 0 without data
	Need  int32 // replicas that calls ran on
	Held  int32 // those of them on which calls of earlier minutes still ran
	Known bool  // the minute has data; without it, nothing is counted
}

// Observed returns minute m of function f.
func (w *Workload) Observed(f, m int) Observed {
	step, calls := w.step(f, m, 0), w.counts[f][m]
	return Observed{Calls: max(0, calls), Need: int32(step.Need), Held: int32(step.Held), Known: calls != series.NoData}
}

// Load returns the replicas of function f that were busy on average in minute m, without
// the rounding of a message.
func (w *Workload) Load(f, m int) float64 { return History{w, m + 1}.Load(f, m) }
