package hourly

import (
	"math/rand/v2"
	"testing"

	"prewarm/shared/forecast"
	"prewarm/shared/series"
)

// Without unknown steps, cold starts are counted as in package forecast.
func TestColdStartsAreThoseOfPackageForecast(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		counts := make([]int32, 200)
		for i := range counts {
			if rng.IntN(1+rng.IntN(30)) == 0 {
				counts[i] = 1
			}
		}
		from := forecast.KeepAlive + rng.IntN(100)
		to := from + rng.IntN(200-from)
		want, _ := forecast.ColdStarts(counts[:from], counts[from:to])
		if got := summarise(counts, from, to); got.cold != want || got.judged != to-from || got.known != to-from {
			t.Fatalf("got %+v, want %d cold starts of %d steps", got, want, to-from)
		}
	}
}

// Of the first ten minutes of a window it is not known whether a call finds a
// replica kept alive.
func TestTheFirstCallOfAWindowIsNoColdStart(t *testing.T) {
	counts := make([]int32, Hour)
	counts[4], counts[20] = 1, 1
	if got := summarise(counts, 0, Hour); got.cold != 1 || got.judged != Hour-5 || got.active != 2 {
		t.Errorf("got %+v", got)
	}
}

// After a missing step it is not known either, until a keep-alive has passed or
// a call was seen.
func TestMissingStepsAreNotRest(t *testing.T) {
	counts := make([]int32, Hour)
	for i := 10; i < 20; i++ {
		counts[i] = series.NoData
	}
	counts[22], counts[40] = 1, 1
	got := summarise(counts, 0, Hour)
	if got.cold != 1 || got.known != 50 || got.judged != 50-10-3 {
		t.Errorf("got %+v", got)
	}
	if per := got.perHour(); per < 1.6 || per > 1.65 {
		t.Errorf("%v cold starts per known hour", per)
	}
	if (summary{}).perHour() != 0 {
		t.Error("an empty summary has cold starts")
	}
}

// The steps of a history beyond a multiple of an hour belong to the first hour.
func TestHoursEndAtTheOrigin(t *testing.T) {
	for steps, want := range map[int][2]int{180: {3, 0}, 239: {3, 59}, 240: {4, 0}, 400: {6, 40}} {
		if h, first := hoursOf(make([]int32, steps)); h != want[0] || first != want[1] {
			t.Errorf("%d steps: %d hours after %d", steps, h, first)
		}
	}
}

// Targets are the cold starts after each hour, and unknown if a step is.
func TestTargetsAreTheColdStartsAfterEachHour(t *testing.T) {
	counts := everySteps(30, 300)
	var dst [MaxHours]float32
	if !Targets(dst[:], counts, 240) || dst != [MaxHours]float32{2, 2, 2, 2} {
		t.Errorf("got %v", dst)
	}
	counts[270] = series.NoData
	if Targets(dst[:], counts, 240) {
		t.Error("an hour with a missing step has no target")
	}
}
