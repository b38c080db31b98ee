package metric

import (
	"slices"
	"testing"

	"prewarm/shared/series"
)

// active returns the counts of a day with n active minutes.
func active(n int) []int32 { return append(slices.Repeat([]int32{3}, n), make([]int32, 1440-n)...) }

// Each class begins at its lower bound. A trace of which four minutes are given,
// two of them known, is scaled to a day.
func TestRateClassesByActiveMinutesADay(t *testing.T) {
	for n, want := range map[int]RateClass{0: 0, 9: 0, 10: 1, 99: 1, 100: 2, 999: 2, 1000: 3, 1440: 3} {
		if got := RateClassOf(active(n)); got != want {
			t.Errorf("%d active minutes: class %q, want %q", n, got, want)
		}
	}
	if got := RateClassOf([]int32{1, 0, series.NoData, series.NoData}); got != 2 {
		t.Errorf("one of two known minutes is active: class %q", got)
	}
}

// 288 minutes are a fifth of a day. Unknown minutes are not active.
func TestDenseFromEveryFifthMinute(t *testing.T) {
	if Dense(active(287)) || !Dense(active(288)) {
		t.Error("the bound between sparse and dense is not at 288 of 1440 minutes")
	}
	if Dense(slices.Repeat([]int32{series.NoData}, 5)) || Dense(nil) {
		t.Error("a function without a known minute is dense")
	}
}
