package measure

import (
	"prewarm/shared/policy"
	"prewarm/shared/simulate"
)

const minuteSeconds = 60

// MBPerGB is the number of megabytes in a gigabyte: 1000, as in the source of RUM. It is the
// gigabyte of the prices of the policy.
const MBPerGB = policy.Gigabyte >> 20

// Population is the functions of a workload, with what no policy changes. Meters of
// several policies share it.
type Population struct {
	workload     *simulate.Workload
	applications int
	application  []int     // of each function
	gigabytes    []float64 // of a replica of each function
	unused       float64   // GB·s of needed minutes in which no call ran
}

// NewPopulation returns the population of a workload.
func NewPopulation(w *simulate.Workload) *Population {
	p := &Population{workload: w}
	index := map[string]int{}
	for f, function := range w.Functions {
		at, known := index[function.Application]
		if !known {
			at = len(index)
			index[function.Application] = at
		}
		p.application = append(p.application, at)
		p.gigabytes = append(p.gigabytes, function.MemoryMB/MBPerGB)
		p.unused += p.gigabytes[f] * unusedSeconds(w, f)
	}
	p.applications = len(index)
	return p
}

// unusedSeconds returns the replica-seconds of needed minutes in which no call of f ran:
// the sum of 60 * max(0, need - load).
func unusedSeconds(w *simulate.Workload, f int) float64 {
	sum := 0.0
	for m := simulate.WarmUpMinutes; m < w.Minutes; m++ {
		// A minute without need has no load either.
		if at := w.Observed(f, m); at.Known && at.Need > 0 {
			sum += minuteSeconds * max(0, float64(at.Need)-w.Load(f, m))
		}
	}
	return sum
}
