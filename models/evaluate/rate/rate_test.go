package rate

import (
	"slices"
	"testing"

	"prewarm/shared/series"
)

// active returns a day with n active minutes.
func active(n int) []int32 { return append(slices.Repeat([]int32{3}, n), make([]int32, 1440-n)...) }

func TestClassesAreByActiveMinutesADay(t *testing.T) {
	for n, want := range map[int]Class{0: 0, 9: 0, 10: 1, 99: 1, 100: 2, 999: 2, 1000: 3, 1440: 3} {
		if got := ClassOf(active(n)); got != want {
			t.Errorf("%d active minutes: class %q, want %q", n, got, want)
		}
	}
	if got := ClassOf([]int32{1, 0, series.NoData, series.NoData}); got != 2 {
		t.Errorf("half of what is known: class %q", got)
	}
}

func TestDenseIsEveryFifthMinute(t *testing.T) {
	if Dense(active(287)) || !Dense(active(288)) {
		t.Error("the bound is not at a fifth")
	}
	if Dense(slices.Repeat([]int32{series.NoData}, 5)) || Dense(nil) {
		t.Error("what is unknown is dense")
	}
}
