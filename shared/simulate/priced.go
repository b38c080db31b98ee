package simulate

import (
	"time"

	"prewarm/shared/policy"
)

// gigabyteMB is a gigabyte in the megabytes of a trace.
const gigabyteMB = 1000

// NewPricedPrewarm is NewPrewarm with a cost ratio for each function by policy.Costs, in place of
// that of c: from its memory by the workload, the wait price of c, and the time that a start
// takes, which is the same for all functions since no trace tells it. The memory of a function
// does not change with its calls, so that no decision rests on later ones.
func NewPricedPrewarm(o *Outlook, c policy.Config, start time.Duration, reactive bool) *Prewarm {
	p := NewPrewarm(o, c, reactive)
	p.ratios = make([]float64, len(o.workload.Functions))
	for f, function := range o.workload.Functions {
		costs := policy.Costs{
			Memory: int64(function.MemoryMB / gigabyteMB * (1 << 30)), Step: stepSeconds * time.Second,
			Start: start, WaitPrice: c.WaitPrice,
		}
		p.ratios[f] = costs.Ratio()
	}
	return p
}
