package metric

import (
	"math"
	"math/rand/v2"
	"testing"
)

func near(a, b float64) bool { return math.Abs(a-b) < 1e-9 }

// ranked returns the ranking of predictions about one function.
func ranked(p []float32, active ...bool) Ranking {
	return Rank(p, &Cases{active, make([]int32, len(active))}, nil)
}

// scikit-learn 1.2.1 gives these values: average_precision_score(active, p) is
// 0.8333333333333333 and, for the tied predictions, 0.6944444444444444;
// brier_score_loss(active, p) is 0.1796875.
func TestScoresEqualScikitLearn(t *testing.T) {
	precision, brier := ranked([]float32{0.125, 0.5, 0.375, 0.75}, false, false, true, true).Scores(nil)
	if !near(precision, 0.8333333333333333) || !near(brier, 0.1796875) {
		t.Errorf("average precision %v, Brier %v", precision, brier)
	}
	if precision, _ := ranked([]float32{0.5, 0.5, 0.5, 0.25}, true, false, true, true).Scores(nil); !near(precision, 0.6944444444444444) {
		t.Errorf("average precision of ties %v", precision)
	}
}

// A constant does not rank the minutes, so that its precision
// is the base rate, here 1/4.
func TestAveragePrecisionOfAConstantIsTheBaseRate(t *testing.T) {
	if precision, _ := ranked(make([]float32, 8), true, false, false, false, true, false, false, false).Scores(nil); !near(precision, 0.25) {
		t.Errorf("got %v", precision)
	}
	if precision, _ := ranked([]float32{0.3}, false).Scores(nil); precision != 0 {
		t.Errorf("no active case: got %v", precision)
	}
}

// Of four cases with probability 0.5 one is active: 0.25 too high. Cases with
// probability 1 that are all active have no error.
func TestCalibrationErrorIsPredictedMinusObserved(t *testing.T) {
	if got := ranked([]float32{0.5, 0.5, 0.5, 0.5}, true, false, false, false).CalibrationError(); !near(got, 0.25) {
		t.Errorf("got %v", got)
	}
	mixed := ranked([]float32{0.5, 0.5, 0.5, 0.5, 1, 1, 1, 1}, true, false, false, false, true, true, true, true)
	if got := mixed.CalibrationError(); !near(got, 0.125) {
		t.Errorf("with four correct predictions: got %v", got)
	}
	used := mixed.Reliability()
	if len(used) != 2 || used[0] != (Bin{0.5, 0.25, 4}) || used[1] != (Bin{1, 1, 4}) {
		t.Errorf("bins %+v", used)
	}
}

// The curve ends at recall 1, at the threshold at which every case is predicted active.
func TestCurveEndsAtFullRecall(t *testing.T) {
	curve := ranked([]float32{0.9, 0.8, 0.8, 0.1}, true, true, false, true).Curve()
	want := []CurvePoint{{1.0 / 3, 1}, {2.0 / 3, 2.0 / 3}, {1, 0.75}}
	if len(curve) != len(want) {
		t.Fatalf("got %v", curve)
	}
	for i, p := range curve {
		if !near(p.Recall, want[i].Recall) || !near(p.Precision, want[i].Precision) {
			t.Errorf("point %d: got %v, want %v", i, p, want[i])
		}
	}
}

// Property: summing the curve as average precision is defined gives the average
// precision, as long as the curve has too few points to be thinned.
func TestCurveSumsToAveragePrecision(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		p, c := make([]float32, 60), &Cases{}
		for i := range p {
			p[i] = float32(rng.IntN(12)) / 12
			c.Add(0, rng.IntN(3) == 0)
		}
		r := Rank(p, c, nil)
		precision, _ := r.Scores(nil)
		area, before := 0.0, 0.0
		for _, point := range r.Curve() {
			area += (point.Recall - before) * point.Precision
			before = point.Recall
		}
		if !near(area, precision) {
			t.Fatalf("area %v, average precision %v", area, precision)
		}
	}
}

// keep selects functions for the ranking and for the base rate.
func TestRankTakesOnlyKeptFunctions(t *testing.T) {
	c := &Cases{}
	c.Add(0, true)
	c.Add(1, false)
	c.Add(1, true)
	second := func(f int) bool { return f == 1 }
	r := Rank([]float32{0.1, 0.2, 0.3}, c, second)
	if len(r.p) != 2 || c.BaseRate(nil) != 2.0/3 || c.BaseRate(second) != 0.5 {
		t.Errorf("%d cases, base rates %v and %v", len(r.p), c.BaseRate(nil), c.BaseRate(second))
	}
	if none := (&Cases{}).BaseRate(nil); none != 0 {
		t.Errorf("base rate of no case: %v", none)
	}
	if precision, brier := r.Scores(nil); precision != 1 || math.Abs(brier-0.265) > 1e-6 {
		t.Errorf("average precision %v, Brier %v", precision, brier)
	}
}
