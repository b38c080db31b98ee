package simulate_test

import (
	"testing"
	"time"

	"prewarm/shared/policy"
	"prewarm/shared/series"
	"prewarm/shared/simulate"
	"prewarm/shared/trace"
)

// Three functions have the same calls, with no gap twice, so that each minute has a small chance
// of a call. The small one is kept, the large one is not, unless it takes long to start: an idle
// minute is then the same part of a cold start, 0.12 / 29.9 = 240 / 59814 GB·s. At this ratio the
// forecast's quantile is 3.6, so four replicas, and each call of the history needed one: the mean,
// rounded down, is two.
func TestPricesKeepTheSmallFunctionAndNotTheLargeOne(t *testing.T) {
	counts := make([]int32, 400)
	for m, gap := 0, 5; m < len(counts); m, gap = m+gap, gap+1 {
		counts[m] = 1
	}
	tr := &trace.Trace{Minutes: len(counts), Functions: []trace.Function{
		{Name: "small", App: "a", MemoryMB: 2, Counts: counts}, {Name: "large", App: "b", MemoryMB: 4000, Counts: counts},
		{Name: "slow", App: "c", MemoryMB: 4000, Counts: counts},
	}}
	w := simulate.NewWorkload(tr, 1)
	o := newOutlook(t, w, gaps{})
	fast := decisions(t, w, simulate.NewPricedPrewarm(o, policy.DefaultConfig(), 300*time.Millisecond, false))
	slow := decisions(t, w, simulate.NewPricedPrewarm(o, policy.DefaultConfig(), 10*time.Minute, false))
	for m := simulate.WarmUpMinutes; m < len(counts); m++ {
		if small, large := fast.of(0)[m], fast.of(1)[m]; small != 2 || large != 0 {
			t.Fatalf("minute %d: %d small and %d large ones are warm, want 2 and 0", m, small, large)
		}
		if large := slow.of(2)[m]; large != 2 {
			t.Fatalf("minute %d: %d of the large function that takes ten minutes to start are warm, want 2", m, large)
		}
	}
}

// 170 MB are 10.2 GB·s a minute, and a start of 0.808 s is 80.55 GB·s: 0.1266.
func TestPricedDecisionsAreThoseOfTheRatio(t *testing.T) {
	counts := make([]int32, 300)
	for m := range counts {
		counts[m] = series.NoData
		if m%7 == 0 || m%11 == 3 {
			counts[m] = int32(m % 3)
		}
	}
	w := simulate.NewWorkload(&trace.Trace{Minutes: len(counts), Functions: []trace.Function{{Name: "a", MemoryMB: 170, Counts: counts}}}, 1)
	o := newOutlook(t, w, gaps{})
	priced := simulate.NewPricedPrewarm(o, policy.DefaultConfig(), 808*time.Millisecond, true)
	if priced.Name() != "prewarm+reactive-auto" {
		t.Errorf("name is %s", priced.Name())
	}
	got, want := decisions(t, w, priced), decisions(t, w, simulate.NewPrewarm(o, ratio(10.2/(0.808*99.69)), true))
	for m, n := range got.of(0) {
		if n != want.of(0)[m] {
			t.Errorf("minute %d: %d warm, want %d", m, n, want.of(0)[m])
		}
	}
}
