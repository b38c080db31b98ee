package simulate

import (
	"time"

	"prewarm/shared/policy"
)

// NewPricedPrewarm is NewPrewarm with a cost ratio for each function by policy.Costs, in place of
// that of c: from its memory by the workload, the wait price of c, and the time that a start
// takes, which is the same for all functions since no trace tells it. The memory of a function
// does not change with its calls, so that no decision rests on later ones.
func NewPricedPrewarm(o *Outlook, c policy.Config, start time.Duration, reactive bool) *Prewarm {
	p := NewPrewarm(o, c, reactive)
	p.ratios = PricedRatios(o.workload, c.WaitPrice, start)
	return p
}

// bytesPerMB is a megabyte of a trace in bytes. policy.Gigabyte has 1000 of them, as in measure.
const bytesPerMB = 1 << 20

// PricedRatios returns the cost ratio of each function of w, from its memory, a wait price in
// GB·s per second, and the time that a start takes.
func PricedRatios(w *Workload, waitPrice float64, start time.Duration) []float64 {
	ratios := make([]float64, len(w.Functions))
	for f, function := range w.Functions {
		costs := policy.Costs{
			Memory: int64(function.MemoryMB * bytesPerMB), Step: stepSeconds * time.Second,
			Start: start, WaitPrice: waitPrice,
		}
		ratios[f] = costs.Ratio()
	}
	return ratios
}
