package seconds

import "math"

// Bins of a histogram: equal widths on a logarithmic axis, 1 % each.
const (
	shortest  = 0.001 // seconds; shorter waits are in the first bin
	binWidth  = 0.01  // of the natural logarithm
	waitBins  = 2073  // up to shortest * exp(20.73): 11 days
	binMiddle = 0.5
)

// histogram counts waits by their length. A quantile of it is exact within half a bin,
// and its memory does not grow with the calls.
type histogram struct{ bins [waitBins]int64 }

// add adds a wait in seconds.
func (h *histogram) add(wait float64) {
	bin := 0
	if wait > shortest {
		bin = int(math.Log(wait/shortest) / binWidth)
	}
	h.bins[min(bin, waitBins-1)]++
}

// merge adds the waits of other.
func (h *histogram) merge(other *histogram) {
	for i, n := range other.bins {
		h.bins[i] += n
	}
}

// quantile returns the wait of rank ceil(p calls) of all calls, of which those that are
// not in h have not waited.
func (h *histogram) quantile(p float64, calls int64) float64 {
	// From the longest wait down: the calls above the rank.
	above := calls - int64(math.Ceil(p*float64(calls)))
	for i := waitBins - 1; i >= 0; i-- {
		if above -= h.bins[i]; above < 0 {
			return shortest * math.Exp((float64(i)+binMiddle)*binWidth)
		}
	}
	return 0
}
