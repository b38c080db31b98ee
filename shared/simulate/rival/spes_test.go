package rival

import (
	"slices"
	"testing"

	"prewarm/shared/simulate"
	"prewarm/shared/trace"
)

// spesCalls returns counts with one call in each of the minutes.
func spesCalls(length int, minutes ...int) []int32 {
	counts := make([]int32, length)
	for _, m := range minutes {
		counts[m] = 1
	}
	return counts
}

// spesPeriod returns the minutes from first to length with a period.
func spesPeriod(first, period, length int) []int {
	var minutes []int
	for m := first; m < length; m += period {
		minutes = append(minutes, m)
	}
	return minutes
}

// spesAfter returns minutes after which the given waiting times pass, again and again.
func spesAfter(length int, waits ...int) []int {
	var minutes []int
	for m, i := 3, 0; m < length; i++ {
		minutes = append(minutes, m)
		m += 1 + waits[i%len(waits)]
	}
	return minutes
}

// spesDecisions returns the decisions on each function, by minute. All functions are of one
// application and have one trigger.
func spesDecisions(t *testing.T, counts ...[]int32) [][]int32 {
	t.Helper()
	tr := &trace.Trace{Minutes: len(counts[0])}
	for i, c := range counts {
		tr.Functions = append(tr.Functions, trace.Function{Name: string(rune('a' + i)), App: "shop", Trigger: "http", Counts: c})
	}
	w := simulate.NewWorkload(tr, 1)
	byFunction := make([][]int32, len(counts))
	for _, warm := range cacheDecisions(t, w, NewSPES(w)) {
		for f, n := range warm {
			byFunction[f] = append(byFunction[f], n)
		}
	}
	return byFunction
}

// spesWarmAfter returns for how long after a minute the decisions are warm, by minutes
// after it, up to a limit.
func spesWarmAfter(warm []int32, minute, limit int) []int {
	var after []int
	for k := 1; k <= limit; k++ {
		if warm[minute+k] > 0 {
			after = append(after, k)
		}
	}
	return after
}

// A function with a constant waiting time of 29 minutes is unloaded after one minute
// without a call, and loaded at the end of the second minute before the next call: it is
// ready for a whole minute when the call comes.
func TestSPESLoadsTwoMinutesBeforeARegularCall(t *testing.T) {
	calls := spesPeriod(5, 30, 720)
	warm := spesDecisions(t, spesCalls(720, calls...))[0]
	for _, m := range calls[6 : len(calls)-1] {
		if got := spesWarmAfter(warm, m, 30); !slices.Equal(got, []int{1, 29, 30}) {
			t.Errorf("after the call at %d warm in minutes %v; want 1, 29 and 30", m, got)
		}
	}
}

// If the call does not come, it is predicted a period later.
func TestSPESMovesAMissedCallByAPeriod(t *testing.T) {
	calls := spesPeriod(5, 30, 395)
	warm := spesDecisions(t, spesCalls(520, calls...))[0]
	if got := spesWarmAfter(warm, 365+30-30, 100); !slices.Equal(got, []int{1, 29, 30, 59, 60, 89, 90}) {
		t.Errorf("after the last call warm in minutes %v; want 1 and the two up to 30, 60, 90", got)
	}
}

// A dense function is kept through its waiting times, and given up some minutes after the
// longest: 4 minutes are predicted, 1 for the call and 2 of θ_prewarm.
func TestSPESKeepsADenseFunction(t *testing.T) {
	calls := spesAfter(600, 1, 2, 3, 4)
	warm := spesDecisions(t, spesCalls(720, calls...))[0]
	last := calls[len(calls)-1]
	for m := 120; m <= last; m++ {
		if warm[m] == 0 {
			t.Fatalf("not warm at %d", m)
		}
	}
	if got := spesWarmAfter(warm, last, 60); !slices.Equal(got, []int{1, 2, 3, 4, 5, 6, 7, 8}) {
		t.Errorf("after the last call warm in minutes %v; want 1 to 8", got)
	}
}

// A function that was called in each minute is never unloaded, until the next
// categorisation finds that it is no longer called.
func TestSPESNeverUnloadsAnAlwaysWarmFunction(t *testing.T) {
	warm := spesDecisions(t, spesCalls(400, spesPeriod(0, 1, 301)...))[0]
	for m := 1; m < 360; m++ {
		if warm[m] != 1 {
			t.Fatalf("not warm at %d", m)
		}
	}
	if warm[361] != 0 {
		t.Error("warm after an hour without calls")
	}
}

// b is called 4 minutes after a, which has no pattern of its own: from the third quarter
// on b is warm from the call of a to two minutes after its own, and not otherwise.
func TestSPESWarmsACorrelatedFunction(t *testing.T) {
	var a, b []int
	for m, step := 7, 31; m < 1430; m, step = m+step, step+3 {
		a, b = append(a, m), append(b, m+4)
	}
	warm := spesDecisions(t, spesCalls(1440, a...), spesCalls(1440, b...))
	for _, m := range a[len(a)-3:] {
		if got := spesWarmAfter(warm[1], m, 31); !slices.Equal(got, []int{1, 2, 3, 4, 5, 6, 7}) {
			t.Errorf("b is warm %v minutes after the call of a; want 1 to 7", got)
		}
	}
}

// Before its first call a function is loaded when one of its application with the same
// trigger is called, for which one is expected within a minute.
func TestSPESWarmsASiblingThatWasNeverCalled(t *testing.T) {
	warm := spesDecisions(t, spesCalls(60, 20), spesCalls(60))
	if got := spesWarmAfter(warm[1], 20, 30); !slices.Equal(got, []int{1, 2, 3, 4}) {
		t.Errorf("b is warm %v minutes after the call of a; want 1 to 4", got)
	}
}

// The link that goes less well with the calls is dropped: a and c announce b at first, but
// only a is called with it, and only a announces it from then on.
func TestSPESDropsTheWorseSibling(t *testing.T) {
	a, b, c := spesCalls(60, 10, 12, 20, 30), spesCalls(60, 10, 12, 20), spesCalls(60, 40)
	warm := spesDecisions(t, a, b, c)
	if got := spesWarmAfter(warm[1], 30, 10); !slices.Equal(got, []int{1, 2, 3, 4}) {
		t.Errorf("b is warm %v minutes after the call of a; want 1 to 4", got)
	}
	if got := spesWarmAfter(warm[1], 40, 10); got != nil {
		t.Errorf("b is warm %v minutes after the call of c; want not at all", got)
	}
}

// Within an hour five waiting times, some of which repeat, make an unknown function
// predictable: newly possible.
func TestSPESPredictsANewlyPossibleFunction(t *testing.T) {
	minutes := []int{60, 67, 69, 80, 87, 94} // waiting times 6, 1, 10, 6, 6
	warm := spesDecisions(t, spesCalls(119, minutes...))[0]
	if got := spesWarmAfter(warm, 94, 20); !slices.Equal(got, []int{1, 6, 7, 8, 9, 10}) {
		t.Errorf("after the sixth call warm in minutes %v; want 1 and 6 to 10", got)
	}
}

// Warm replicas are as many as the last minute with calls needed.
func TestSPESKeepsTheLevelOfTheLastCall(t *testing.T) {
	counts := spesCalls(200, spesPeriod(0, 1, 200)...)
	counts[150] = 179
	w := cacheWorkload(1, counts)
	got := cacheDecisions(t, w, NewSPES(w))
	if got[150][0] != 1 || got[151][0] != 3 || got[152][0] != 1 {
		t.Errorf("warm are %d, %d, %d; want 1, 3, 1", got[150][0], got[151][0], got[152][0])
	}
}
