package score_test

import (
	"math"
	"slices"
	"testing"

	"prewarm/shared/score"
)

func TestColdStartsAndIdleTimeOfOneStep(t *testing.T) {
	for _, c := range []struct {
		why        string
		need, warm int
		held       int
		cold, idle int
	}{
		{"nothing needed, nothing warm", 0, 0, 0, 0, 0},
		{"just enough", 2, 2, 0, 0, 0},
		{"too few start cold", 5, 2, 0, 3, 0},
		{"too many are idle", 2, 5, 0, 0, 3},
		{"all are idle without a call", 0, 4, 0, 0, 4},
		{"a replica that a call still holds does not start cold", 5, 2, 4, 1, 0},
		{"a replica that is held and warm counts once", 5, 4, 2, 1, 0},
		{"held replicas are busy", 3, 0, 3, 0, 0},
	} {
		s := score.Step{Need: c.need, Warm: c.warm, Held: c.held}
		if s.Cold() != c.cold || s.Idle() != c.idle {
			t.Errorf("%s: %d cold, %d idle; want %d and %d", c.why, s.Cold(), s.Idle(), c.cold, c.idle)
		}
	}
}

// A cold start is not negative idle time: the savings compare idle replicas only.
func TestSavedComparesIdleTimeAlone(t *testing.T) {
	for _, c := range []struct {
		need, warm, reference int
		saved, added          int
	}{
		{1, 1, 3, 2, 0},
		{1, 3, 1, 0, 2},
		{4, 1, 2, 0, 0}, // both are short of replicas
		{2, 0, 3, 1, 0}, // the policy is short, the reference has one idle
	} {
		s, r := score.Step{Need: c.need, Warm: c.warm}, score.Step{Need: c.need, Warm: c.reference}
		if s.Saved(r) != c.saved || r.Saved(s) != c.added {
			t.Errorf("need %d, warm %d against %d: %d saved, %d added; want %d and %d",
				c.need, c.warm, c.reference, s.Saved(r), r.Saved(s), c.saved, c.added)
		}
	}
}

func TestTotalsAddUp(t *testing.T) {
	var first, second, both score.Total
	for i, s := range []score.Step{{Need: 2}, {Need: 1, Warm: 4}, {Need: 3, Warm: 2}, {Warm: 1}} {
		if i < 2 {
			first.Add(s)
		} else {
			second.Add(s)
		}
		both.Add(s)
	}
	if want := (score.Total{Cold: 3, Need: 6, Idle: 4}); both != want || both.Rate() != 0.5 {
		t.Errorf("total is %+v with rate %v; want %+v with 0.5", both, both.Rate(), want)
	}
	first.AddTotal(second)
	if first != both {
		t.Errorf("the sum of two totals is %+v; want %+v", first, both)
	}
}

func TestRateIsZeroIfNothingWasNeeded(t *testing.T) {
	if got := (score.Total{Idle: 9}).Rate(); got != 0 {
		t.Errorf("rate is %v; want 0", got)
	}
}

func TestKeepAliveTakesTheGreatestOfTheLastNeeds(t *testing.T) {
	needs := []int32{9, 0, 3, 1}
	for k, want := range map[int]int32{0: 0, 1: 1, 2: 3, 3: 3, 4: 9, 100: 9} {
		if got := score.KeepAlive(needs, k); got != want {
			t.Errorf("keep-alive-%d has %d warm; want %d", k, got, want)
		}
	}
	if got := score.KeepAlive([]int{}, 10); got != 0 {
		t.Errorf("%d are warm before the first step; want none", got)
	}
}

// The values are those of numpy.percentile.
func TestPercentileIsThatOfNumPy(t *testing.T) {
	for _, c := range []struct {
		x    []float64
		p    float64
		want float64
	}{
		{[]float64{7}, 0.75, 7},
		{[]float64{0, 0.5, 1}, 0.75, 0.75},
		{[]float64{1, 0, 1, 0.5}, 0.75, 1},
		{[]float64{4, 1, 3, 2}, 0.25, 1.75},
		{[]float64{3, 1, 2}, 0, 1},
		{[]float64{3, 1, 2}, 1, 3},
	} {
		if got := score.Percentile(c.x, c.p); got != c.want {
			t.Errorf("the %g-quantile of %v is %v; want %v", c.p, c.x, got, c.want)
		}
	}
}

func TestPercentileLeavesItsArgumentAlone(t *testing.T) {
	x := []float64{3, 1, 2}
	score.Percentile(x, 0.5)
	if !slices.Equal(x, []float64{3, 1, 2}) {
		t.Errorf("the argument became %v", x)
	}
}

func TestMean(t *testing.T) {
	if got := score.Mean([]float64{1, 2, 6}); got != 3 {
		t.Errorf("mean is %v; want 3", got)
	}
	if got := score.Mean(nil); !math.IsNaN(got) {
		t.Errorf("mean of nothing is %v; want NaN", got)
	}
}

func TestBugsOfTheCallerPanic(t *testing.T) {
	for why, call := range map[string]func(){
		"percentile of nothing":      func() { score.Percentile(nil, 0.5) },
		"share above 1":              func() { score.Percentile([]float64{1}, 1.01) },
		"share that is not a number": func() { score.Percentile([]float64{1}, math.NaN()) },
		"keep-alive of minus steps":  func() { score.KeepAlive([]int{1}, -1) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s does not panic", why)
				}
			}()
			call()
		}()
	}
}
