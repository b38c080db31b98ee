package backtest

import (
	"fmt"
	"io"
	"runtime"
	"testing"
	"time"

	"prewarm/models"
	"prewarm/shared/trace"
)

// trace12h returns a trace of twelve hours of functions that are called so many times in every
// 20th minute.
func trace12h(numbers ...int32) *trace.Trace {
	t := &trace.Trace{Minutes: 720}
	for i, n := range numbers {
		f := trace.Function{Name: fmt.Sprint(i), Counts: make([]int32, t.Minutes)}
		for m := 0; m < t.Minutes; m += 20 {
			f.Counts[m] = n
		}
		t.Functions = append(t.Functions, f)
	}
	return t
}

func TestEachBeginOfTheOrderIsASample(t *testing.T) {
	// In the order of their calls they are 1, 4, 6, 5, 7, 2, 0; function 3 has no calls.
	got := ""
	for _, f := range sampled(trace12h(1, 900, 2, 0, 800, 10, 90, 5)) {
		got += f.Name
	}
	// Positions 0, 4, 2, 6, 1, 5, 3: halves, quarters, eighths.
	if want := "1760425"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if none, one := sampled(trace12h(0, 0)), sampled(trace12h(7)); len(none) != 0 || len(one) != 1 {
		t.Errorf("got %d and %d functions", len(none), len(one))
	}
}

// Functions that are scored one after the other cost what they cost together, and a budget that is
// spent leaves the rest out.
func TestABudgetEndsTheScoring(t *testing.T) {
	tr := trace12h(1, 1, 0, 1, 1, 1, 1, 1, 1)
	o := Options{Model: models.Full, KeepAlives: []int{10}, CostRatios: []float64{0.05}, Concurrency: 1, Now: func() time.Time { return time.Time{} }}
	all, err := Compare(t.Context(), tr, o, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	// 27 calls after the history, each of which keep-alive misses.
	if all.Scored != 9 || len(all.Costs) != 2 || all.Costs[0].Cold != 8*27 || len(all.Costs[0].Functions) != 8 || all.Costs[1].Cold >= all.Costs[0].Cold {
		t.Errorf("got %+v", all)
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2)) // two functions at a time
	// A clock that goes on by a second with each look.
	seconds := 0
	o.Now = func() time.Time { seconds++; return time.Unix(int64(seconds), 0) }
	o.Budget = time.Second
	part, err := Compare(t.Context(), tr, o, io.Discard)
	if err != nil || part.Scored != 3 || part.Costs[0].Cold != int64(part.Scored-1)*27 {
		t.Errorf("scored %d, %+v, %v", part.Scored, part.Costs, err)
	}
}

func TestTheTailOfATraceHasItsHistory(t *testing.T) {
	tr := trace12h(1)
	tr.Start, tr.Begin = 100, time.Unix(6000, 0)
	tr.Functions[0].Counts[719] = 7
	tail := Tail(tr, time.Hour)
	if tail.Minutes != 240 || tail.Start != 580 || tail.Begin.Unix() != 6000+480*60 || len(tail.Functions[0].Counts) != 240 || tail.Functions[0].Counts[239] != 7 || tail.Functions[0].Counts[0] != 1 {
		t.Errorf("got %+v", tail)
	}
	if Tail(tr, 9*time.Hour) != tr || Tail(tr, 0) != tr || len(tr.Functions[0].Counts) != 720 {
		t.Error("a trace that is short enough stays as it is")
	}
}
