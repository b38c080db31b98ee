package rival_test

import (
	"slices"
	"testing"

	"prewarm/shared/simulate"
	"prewarm/shared/trace"
)

// callsOf returns a workload of functions of 170 MB with these calls a minute, each of d seconds.
func callsOf(d float64, functions ...[]int32) *simulate.Workload {
	return workloadOf(d, 170, functions...)
}

// workloadOf is callsOf with another memory.
func workloadOf(d, mb float64, functions ...[]int32) *simulate.Workload {
	tr := &trace.Trace{Minutes: len(functions[0])}
	for i, calls := range functions {
		tr.Functions = append(tr.Functions, trace.Function{Name: string(rune('a' + i)), Duration: d, MemoryMB: mb, Counts: calls})
	}
	return simulate.NewWorkload(tr, 1)
}

// timerOf returns n minutes with calls in minute first and each period minutes after it.
func timerOf(n, first, period int, calls int32) []int32 {
	minutes := make([]int32, n)
	for m := first; m < n; m += period {
		minutes[m] = calls
	}
	return minutes
}

// recorder is a sink that keeps all decisions, by minute and function.
type recorder [][]int32

func (r *recorder) Minute(_ int, warm []int32) error {
	*r = append(*r, slices.Clone(warm))
	return nil
}

// decided returns the decisions of p on each minute of w, by function.
func decided(t *testing.T, w *simulate.Workload, p simulate.Policy) recorder {
	t.Helper()
	var r recorder
	if err := simulate.Run(t.Context(), w, p, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// keptBy returns what p keeps warm of function f in each minute of w.
func keptBy(t *testing.T, w *simulate.Workload, p simulate.Policy, f int) []int32 {
	t.Helper()
	var warm []int32
	for _, minute := range decided(t, w, p) {
		warm = append(warm, minute[f])
	}
	return warm
}
