package backtest

import (
	"cmp"
	"slices"

	"prewarm/shared/trace"
)

// Sample returns a trace with a part of the functions, such that it has at most minutes
// function-minutes from the first call of each function on, which is what forecasts cost. It takes
// functions at equal distances in the order of their calls, at least one, so that busy and
// rare ones are in it in the same shares as in t. Functions without a call cost nothing, and
// all of them are in it. It returns t itself if that is small enough.
func Sample(t *trace.Trace, minutes int) *trace.Trace {
	var called, silent []int
	total := 0
	for i, f := range t.Functions {
		if first := slices.IndexFunc(f.Counts, func(n int32) bool { return n > 0 }); first >= 0 {
			called, total = append(called, i), total+len(f.Counts)-first
		} else {
			silent = append(silent, i)
		}
	}
	if total <= minutes {
		return t
	}
	slices.SortStableFunc(called, func(a, b int) int {
		return cmp.Compare(t.Functions[b].Calls(), t.Functions[a].Calls())
	})
	n := max(1, int(float64(len(called))*float64(minutes)/float64(total)))
	chosen := silent
	for k := range n {
		chosen = append(chosen, called[(2*k+1)*len(called)/(2*n)])
	}
	slices.Sort(chosen)
	out := *t
	out.Functions = nil
	for _, i := range chosen {
		out.Functions = append(out.Functions, t.Functions[i])
	}
	return &out
}
