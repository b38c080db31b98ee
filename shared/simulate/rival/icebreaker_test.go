package rival_test

import (
	"math"
	"testing"

	"prewarm/shared/simulate/rival"
)

// Two oscillations with 3 and 5 periods in the hour, 100 +- 60 calls: the forecast follows them,
// with a mean error of 11.3 and a largest of 21, those of the released code on this signal. It
// is not exact, because the trend takes a part of a sine for a slope.
func TestIceBreakerContinuesTwoSinusoids(t *testing.T) {
	signal := func(m int) float64 {
		return 100 + 40*math.Cos(2*math.Pi*3*float64(m)/60) + 20*math.Cos(2*math.Pi*5*float64(m)/60)
	}
	calls := make([]int32, 240)
	for m := range calls {
		calls[m] = int32(math.Round(signal(m)))
	}
	w := callsOf(60, calls) // a call fills its minute: replicas are calls
	got := keptBy(t, w, rival.NewIceBreaker(), 0)
	sum, largest := 0.0, 0.0
	for m := 60; m < 240; m++ {
		miss := math.Abs(float64(got[m] - calls[m]))
		sum, largest = sum+miss, math.Max(largest, miss)
	}
	if mean := sum / 180; math.Abs(mean-11.3) > 0.05 || largest != 21 {
		t.Errorf("mean error %.2f, largest %g; want 11.3 and 21", mean, largest)
	}
}

// The forecast has a trend: calls that grow by one a minute are met.
func TestIceBreakerContinuesATrend(t *testing.T) {
	calls := make([]int32, 120)
	for m := range calls {
		calls[m] = int32(m)
	}
	w := callsOf(60, calls)
	got := keptBy(t, w, rival.NewIceBreaker(), 0)
	for m := 60; m < 120; m++ {
		if got[m] != int32(m) {
			t.Errorf("%d warm at %d", got[m], m)
		}
	}
}

// A timer whose period divides the hour is met if its calls outweigh the smoothing: ten
// harmonics of 60 minutes pass a single minute of n calls as about n/3.
func TestIceBreakerMeetsATimer(t *testing.T) {
	w := callsOf(1, timerOf(240, 10, 20, 6))
	got := keptBy(t, w, rival.NewIceBreaker(), 0)
	for m := 130; m < 230; m += 20 {
		if got[m] == 0 {
			t.Errorf("nothing warm at %d, when the timer fires", m)
		}
		if got[m+10] != 0 {
			t.Errorf("%d warm at %d, between two firings", got[m+10], m+10)
		}
	}
	if got[59] != 0 || got[30] != 0 {
		t.Error("warm before the first hour has passed")
	}
}

// A single call is smoothed to less than half a call, and rounded away: IceBreaker never
// warms a function that is called once in a while.
func TestIceBreakerRoundsARareCallAway(t *testing.T) {
	w := callsOf(1, timerOf(240, 10, 20, 1))
	for m, n := range keptBy(t, w, rival.NewIceBreaker(), 0) {
		if n != 0 {
			t.Errorf("%d warm at %d", n, m)
		}
	}
}
