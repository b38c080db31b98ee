package forecast

import (
	"math"
	"testing"

	"prewarm/shared/event"
	"prewarm/shared/forecast/feature"
	"prewarm/shared/series"
)

// curve has a probability of 1 at the given horizons and 0 elsewhere.
func curve(due ...int) []event.Prob {
	p := make([]event.Prob, feature.Horizons)
	for _, t := range due {
		p[t-1] = 1
	}
	return p
}

func TestExpectedColdCountsCallsAfterTheKeepAlive(t *testing.T) {
	quiet, warm := make([]int32, 30), make([]int32, 30)
	warm[29] = 4
	for _, c := range []struct {
		name   string
		p      []event.Prob
		recent []int32
		want   float64
	}{
		{"no call, no cold start", curve(), quiet, 0},
		{"a call after steps without calls is cold", curve(5), quiet, 1},
		{"one within ten steps of a call is warm", curve(5, 15), quiet, 1},
		{"one eleven steps after a call is cold", curve(5, 16), quiet, 2},
		{"ten steps after the last known call is warm", curve(10), warm, 0},
		{"eleven steps after it is cold", curve(11), warm, 1},
		{"a timer of 15 steps", curve(3, 18, 33, 48), quiet, 4},
	} {
		if got := ExpectedCold(c.p, c.recent); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

// Ten unknown steps before, activity of 1/2 throughout: each step is cold with
// probability 1/2·(1/2)^10, as the unknown count as active half the time.
func TestExpectedColdTakesUnknownStepsAsLikelyAsTheForecast(t *testing.T) {
	p, recent := curve(), make([]int32, 20)
	for i := range p {
		p[i] = 0.5
	}
	for i := range recent {
		recent[i] = series.NoData
	}
	want := feature.Horizons * math.Pow(0.5, 11)
	if got := ExpectedCold(p, recent); math.Abs(got-want) > 1e-9 {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := ExpectedCold(p, nil); math.Abs(got-want) > 1e-9 {
		t.Errorf("without recent steps: got %v, want %v", got, want)
	}
}

// calls is n steps with one call at each of the given ones.
func calls(n int, at ...int) []int32 {
	counts := make([]int32, n)
	for _, i := range at {
		counts[i] = 1
	}
	return counts
}

func TestColdStartsFollowUponAKeepAlive(t *testing.T) {
	for _, c := range []struct {
		name   string
		before []int32
		counts []int32
		want   int
	}{
		{"the first call after a keep-alive", calls(10), calls(60, 3), 1},
		{"the replica of the last call is still there", calls(10, 9), calls(60, 9), 0},
		{"and gone a step later", calls(10, 9), calls(60, 10), 1},
		{"each call renews the keep-alive", calls(10), calls(60, 5, 15, 25), 1},
		{"a timer of 15 steps is cold each time", calls(10), calls(60, 0, 15, 30, 45), 4},
	} {
		if got, ok := ColdStarts(c.before, c.counts); !ok || got != c.want {
			t.Errorf("%s: got %d, %v, want %d", c.name, got, ok, c.want)
		}
	}
}

func TestColdStartsOfUnknownStepsAreUnknown(t *testing.T) {
	hole := calls(60)
	hole[30] = series.NoData
	for name, c := range map[string][2][]int32{
		"a hole":        {calls(10), hole},
		"a hole before": {hole[25:35], calls(60)},
		"too few steps": {calls(9), calls(60)},
	} {
		if _, ok := ColdStarts(c[0], c[1]); ok {
			t.Errorf("%s: counted nevertheless", name)
		}
	}
}

func TestColdStartsPerHourNeedKnownSteps(t *testing.T) {
	threeHours := calls(190, 20, 50, 80, 110, 140, 170) // two an hour
	if got := coldPerHour(threeHours); math.Abs(float64(got)-2) > 1e-6 {
		t.Errorf("got %v an hour", got)
	}
	if got := coldPerHour(threeHours[:60]); got != -1 {
		t.Errorf("less than an hour and a keep-alive: got %v", got)
	}
	threeHours[100] = series.NoData
	if got := coldPerHour(threeHours); got != -1 {
		t.Errorf("with a hole: got %v", got)
	}
}

func TestAColdRowEndsWithItsOwnColumns(t *testing.T) {
	p := make([]float32, feature.Horizons)
	p[4] = 1
	x := coldRow(make([]float32, ColdColumns), make([]float32, feature.Columns), p, make([]float32, feature.Horizons), calls(190, 20, 50, 80))
	if own := x[feature.GapColumns:]; own[0] != 1 || own[1] != 0 || own[2] != 1 || own[3] <= 1 {
		t.Errorf("got %v", own)
	}
}

// A replica of which nothing is known is judged after the first call, or after a
// keep-alive without one; a step without data forgets both.
func TestAReplicaIsJudgedOnceItIsKnown(t *testing.T) {
	var r Replica
	for i := range KeepAlive {
		if cold, judged := r.Step(0); cold || judged {
			t.Fatalf("after %d steps: cold %v, judged %v", i, cold, judged)
		}
	}
	for _, c := range []struct {
		name         string
		count        int32
		cold, judged bool
	}{
		{"the first call after a keep-alive is cold", 3, true, true},
		{"the next one finds the replica", 1, false, true},
		{"a step without calls", 0, false, true},
		{"a step without data", series.NoData, false, false},
		{"of a call after it, nothing is known", 1, false, false},
		{"of the next one it is", 1, false, true},
	} {
		if cold, judged := r.Step(c.count); cold != c.cold || judged != c.judged {
			t.Errorf("%s: cold %v, judged %v", c.name, cold, judged)
		}
	}
}
