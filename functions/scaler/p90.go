package scaler

import (
	"slices"
	"time"

	"gonum.org/v1/gonum/stat"

	"prewarm/shared/event"
)

// outlier is the factor above the median from which a sample does not count.
const outlier = 4

// p90 returns the readiness time of a function: the 90th percentile of its measured
// start times, else the one restored after a restart, else the configured assumption.
func (t *startTimes) p90(name string) (readiness time.Duration, measured bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	before, restored := t.restored[name]
	// The 90th percentile and not the mean: a decision that looks ahead by the mean
	// would be late half of the time.
	if usual := t.usual(t.samples[name], before); len(usual) > 0 {
		return time.Duration(stat.Quantile(0.9, stat.Empirical, usual, nil) * float64(time.Second)), true
	}
	if restored {
		return before, true
	}
	return t.cfg.Readiness, false
}

// usual returns the samples that count, in ascending order: those up to outlier times the
// median. A pod that waits for room on a node is not starting; a replica that becomes ready
// only once a node has been added says nothing about the next one. A start time that was
// restored counts in the median as one sample, and in an even number of them the lower one
// is the median: of two samples far apart, the larger does not count. Start times
// that really grow count as soon as most samples show it. Samples are no more exact than a
// poll, so that no start within outlier polls is unusual.
func (t *startTimes) usual(samples []float64, restored time.Duration) []float64 {
	all := slices.Clone(samples)
	if restored > 0 {
		all = append(all, restored.Seconds())
	}
	if len(all) == 0 {
		return nil
	}
	slices.Sort(all)
	most := outlier * max(all[(len(all)-1)/2], t.cfg.ReadinessPoll.Seconds())
	usual := slices.DeleteFunc(slices.Clone(samples), func(s float64) bool { return s > most })
	slices.Sort(usual)
	return usual
}

// restore takes over the readiness times of published decisions. An assumed one is
// ignored, because the configuration may have changed since, and so is one that no start takes.
func (t *startTimes) restore(decisions []event.Decision) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range decisions {
		in := &decisions[i].Inputs
		readiness := time.Duration(in.ReadinessSeconds * float64(time.Second))
		if in.ReadinessMeasured && readiness <= startTimeout {
			t.restored[decisions[i].Function] = readiness
		}
	}
}
