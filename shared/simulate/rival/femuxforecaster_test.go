package rival

import (
	"math"
	"testing"
)

// The skew tent map has two regimes: x / 0.4 up to 0.4 and (1 - x) / 0.6 above. One
// autoregression cannot follow it, since the map is not linear; the threshold one is exact.
func TestTheThresholdAutoregressionFindsTwoRegimes(t *testing.T) {
	x := []float64{0.2371}
	for t := 1; t < 200; t++ {
		if before := x[t-1]; before <= 0.4 {
			x = append(x, before/0.4)
		} else {
			x = append(x, (1-before)/0.6)
		}
	}
	s, a := &setar{}, &autoregression{}
	var threshold, single float64
	for t := femuxWindow; t < len(x); t++ {
		threshold += math.Abs(s.forecast(x[t-femuxWindow:t], t == femuxWindow) - x[t])
		single += math.Abs(a.forecast(x[t-femuxWindow:t], true) - x[t])
	}
	if s.delay != 1 {
		t.Errorf("the delay is %d, want 1", s.delay)
	}
	if threshold > 0.01*single {
		t.Errorf("the error is %.3f, that of one autoregression %.3f", threshold, single)
	}
}

func TestFewDistinctLoadsHaveOneRegime(t *testing.T) {
	window := series504{"sparse"}.values()[:femuxWindow]
	s, want := &setar{}, new(autoregression).forecast(window, true)
	if got := s.forecast(window, true); s.delay != 0 || math.Abs(got-want) > 1e-12 {
		t.Errorf("predicts %v with delay %d, want that of the autoregression, %v", got, s.delay, want)
	}
}

// 0, 1, 2, 0, 1, 2, ...: each state has one successor, so that every draw is right.
func TestTheMarkovChainFollowsACycle(t *testing.T) {
	c := newMarkovChain(1)
	for m := range 60 {
		c.observe(float64(m % 3))
		if m < 3 {
			continue
		}
		if got := c.forecast(nil, false); got != float64((m+1)%3) {
			t.Errorf("after %d predicts %v", m%3, got)
		}
	}
	// A load never seen borrows from the nearest state: after 2 comes 0.
	c.observe(7)
	if got := c.forecast(nil, false); got != 0 {
		t.Errorf("after 7 predicts %v, want 0", got)
	}
}

func TestForecastsBecomeReplicas(t *testing.T) {
	for _, c := range []struct {
		why            string
		forecast, last float64
		want           int32
	}{
		{"nothing", 0, 0, 0},
		{"negative", -3, 0, 0},
		{"below the least load", 7e-6, 0, 0},
		{"any load", 1e-4, 0, 1},
		{"one, by the precision of a fit", 1.000001, 1, 1},
		{"rounded up", 1.2, 1, 2},
		{"growth is free up to 3000", 2999.5, 1, 3000},
		{"and bounded above", 9000, 1, 3000},
		{"by 500 more than the last load", 9000, 4000, 4500},
		{"no number", math.NaN(), 1, 0},
	} {
		if got := replicasOf(c.forecast, c.last); got != c.want {
			t.Errorf("%s: %d replicas of %v, want %d", c.why, got, c.forecast, c.want)
		}
	}
}
