package backtest

import (
	"fmt"
	"testing"

	"prewarm/shared/trace"
)

// calls returns a trace of 100 minutes with functions that have so many calls, all in the minute
// 20.
func calls(numbers ...int32) *trace.Trace {
	t := &trace.Trace{Minutes: 100}
	for i, n := range numbers {
		f := trace.Function{Name: fmt.Sprint(i), Counts: make([]int32, 100)}
		f.Counts[20] = n
		t.Functions = append(t.Functions, f)
	}
	return t
}

// names returns the names of the functions of a sample.
func names(t *trace.Trace, minutes int) (all string) {
	for _, f := range Sample(t, minutes).Functions {
		all += f.Name
	}
	return all
}

func TestASampleHasBusyAndRareFunctionsAlike(t *testing.T) {
	// Each function costs the 80 minutes from its first call on; function 3 has none. In the order
	// of their calls they are 1, 4, 5, 2, 0.
	tr := calls(1, 900, 2, 0, 800, 10)
	for minutes, want := range map[int]string{
		400: "012345", // all of them
		399: "01234",  // four of five: the first, second, fourth and fifth
		160: "234",    // two of five: the second and the fourth
		1:   "35",     // at least one, in the middle
	} {
		if got := names(tr, minutes); got != want {
			t.Errorf("%d minutes: got %s, want %s", minutes, got, want)
		}
	}
	if len(tr.Functions) != 6 {
		t.Error("the trace itself has changed")
	}
}
