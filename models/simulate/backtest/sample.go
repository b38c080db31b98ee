package backtest

import (
	"cmp"
	"math/bits"
	"slices"

	"prewarm/shared/trace"
)

// sampled returns the functions of t with calls in an order of which each begin is a sample: its
// functions are at about equal distances in the order of their calls, so that busy and rare ones
// are in it in the same shares as in t. The busiest function is the first.
//
// It is the order of the van der Corput sequence: the numbers from 0 on, with their bits reversed.
//
// Source: Niederreiter, "Random Number Generation and Quasi-Monte Carlo Methods", SIAM 1992,
// section 3.1.
func sampled(t *trace.Trace) []trace.Function {
	var called []trace.Function
	calls := map[string]int64{}
	for _, f := range t.Functions {
		if n := f.Calls(); n > 0 {
			called, calls[f.Name] = append(called, f), n
		}
	}
	slices.SortStableFunc(called, func(a, b trace.Function) int { return cmp.Compare(calls[b.Name], calls[a.Name]) })
	width := bits.Len(uint(max(0, len(called)-1)))
	out := make([]trace.Function, 0, len(called))
	for k := range uint64(1) << width {
		if at := int(bits.Reverse64(k) >> (64 - width)); at < len(called) {
			out = append(out, called[at])
		}
	}
	return out
}
