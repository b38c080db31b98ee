package rival

import (
	"cmp"
	"maps"
	"slices"

	"gonum.org/v1/gonum/stat"

	"prewarm/shared/score"
)

// spesModesOf returns the values among waiting times, the commonest first and the shorter
// one first among equals.
func spesModesOf(waits []float64) []spesMode {
	counts := map[float64]int{}
	for _, w := range waits {
		counts[w]++
	}
	modes := make([]spesMode, 0, len(counts))
	for _, w := range slices.Sorted(maps.Keys(counts)) {
		modes = append(modes, spesMode{w, counts[w]})
	}
	slices.SortStableFunc(modes, func(a, b spesMode) int { return cmp.Compare(b.count, a.count) })
	return modes
}

// spesRepeatedOf returns the modes that occurred twice or more, the five commonest at most.
func spesRepeatedOf(modes []spesMode) []spesMode {
	n := 0
	for n < min(spesRepeated, len(modes)) && modes[n].count > 1 {
		n++
	}
	return modes[:n]
}

// spesRange returns the range of the waiting times of at least one mode.
func spesRange(modes []spesMode) spesWait {
	w := spesWait{modes[0].wait, modes[0].wait}
	for _, m := range modes {
		w.shortest, w.longest = min(w.shortest, m.wait), max(w.longest, m.wait)
	}
	return w
}

// spesRanges returns one range if the modes lie close together, otherwise each for itself.
func spesRanges(modes []spesMode) []spesWait {
	if len(modes) == 0 {
		return nil
	}
	if w := spesRange(modes); w.longest-w.shortest <= spesContinuous {
		return []spesWait{w}
	}
	var waits []spesWait
	for _, m := range modes {
		waits = append(waits, spesWait{m.wait, m.wait})
	}
	return waits
}

// spesIsRegular reports whether waiting times are nearly constant.
func spesIsRegular(waits []float64) bool {
	if score.Percentile(waits, 0.95)-score.Percentile(waits, 0.05) < spesRegularRange {
		return true
	}
	mean, std := stat.PopMeanStdDev(waits, nil)
	return std <= spesRegularCV*mean
}

// Bounds of spesMerge, from the public implementation (merge).
const (
	spesMergeFrom  = 500  // least minutes of the commonest waiting time
	spesMergeShort = 0.25 // share of it up to which a waiting time is a fragment
	spesMergeLong  = 0.75 // share from which one is complete: fragments beyond it are not its own
	spesMergeMost  = 0.3  // share of fragments among all up to which they are merged
)

// spesMerge joins fragments of long waiting times, which a few calls at odd times have cut:
// fragments are added to the nearest waiting time that is none, first those before it, as
// long as the sum is at most the commonest waiting time. waits are unchanged if the
// commonest is short, if it occurred less than half as often as there are different ones,
// or if there are many fragments.
func spesMerge(waits []float64, modes []spesMode) []float64 {
	common := modes[0].wait
	if common < spesMergeFrom || 2*modes[0].count < len(modes) {
		return waits
	}
	used, fragments := make([]bool, len(waits)), 0
	var merged []float64
	for i, sum := range waits {
		if sum <= spesMergeShort*common {
			continue
		}
		for _, direction := range []int{-1, 1} {
			for k := i + direction; k >= 0 && k < len(waits) && waits[k] < spesMergeLong*common; k += direction {
				if !used[k] && waits[k] <= spesMergeShort*common && sum+waits[k] <= common {
					used[k], sum = true, sum+waits[k]
					fragments++
				}
			}
		}
		merged = append(merged, sum)
	}
	if float64(fragments) > spesMergeMost*float64(len(waits)) {
		return waits
	}
	return merged
}
