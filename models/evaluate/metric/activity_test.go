package metric

import (
	"math"
	"math/rand/v2"
	"testing"
)

func near(a, b float64) bool { return math.Abs(a-b) < 1e-9 }

// ranked are claims about one function.
func ranked(p []float32, active ...bool) Ranked {
	return Rank(p, &Outcomes{active, make([]int32, len(active))}, nil)
}

// The values are those of scikit-learn 1.2.1: average_precision_score(active,
// p) gives 0.8333333333333333 and, for the tied claims, 0.6944444444444444;
// brier_score_loss(active, p) gives 0.1796875.
func TestScoresEqualScikitLearn(t *testing.T) {
	precision, brier := ranked([]float32{0.125, 0.5, 0.375, 0.75}, false, false, true, true).Scores(nil)
	if !near(precision, 0.8333333333333333) || !near(brier, 0.1796875) {
		t.Errorf("average precision %v, Brier %v", precision, brier)
	}
	if precision, _ := ranked([]float32{0.5, 0.5, 0.5, 0.25}, true, false, true, true).Scores(nil); !near(precision, 0.6944444444444444) {
		t.Errorf("average precision of ties %v", precision)
	}
}

func TestAConstantClaimHasThePrecisionOfTheBaseRate(t *testing.T) {
	if precision, _ := ranked(make([]float32, 8), true, false, false, false, true, false, false, false).Scores(nil); !near(precision, 0.25) {
		t.Errorf("got %v", precision)
	}
	if precision, _ := ranked([]float32{0.3}, false).Scores(nil); precision != 0 {
		t.Errorf("without an active case: got %v", precision)
	}
}

// Four claims of 0.5 of which one comes true: 0.25 too high. Claims of 1 that
// come true: no error.
func TestCalibrationErrorIsTheGapOfClaimAndShare(t *testing.T) {
	if got := ranked([]float32{0.5, 0.5, 0.5, 0.5}, true, false, false, false).CalibrationError(); !near(got, 0.25) {
		t.Errorf("got %v", got)
	}
	diluted := ranked([]float32{0.5, 0.5, 0.5, 0.5, 1, 1, 1, 1}, true, false, false, false, true, true, true, true)
	if got := diluted.CalibrationError(); !near(got, 0.125) {
		t.Errorf("diluted by four right claims: got %v", got)
	}
	used := diluted.Reliability()
	if len(used) != 2 || used[0] != (Bin{0.5, 0.25, 4}) || used[1] != (Bin{1, 1, 4}) {
		t.Errorf("bins %+v", used)
	}
}

func TestTheCurveEndsWithAllThatIsActive(t *testing.T) {
	curve := ranked([]float32{0.9, 0.8, 0.8, 0.1}, true, true, false, true).Curve()
	want := []Point{{1.0 / 3, 1}, {2.0 / 3, 2.0 / 3}, {1, 0.75}}
	if len(curve) != len(want) {
		t.Fatalf("got %v", curve)
	}
	for i, p := range curve {
		if !near(p.Recall, want[i].Recall) || !near(p.Precision, want[i].Precision) {
			t.Errorf("point %d: got %v, want %v", i, p, want[i])
		}
	}
}

// Property: the area under the curve, summed as average precision does, is the
// average precision wherever the curve is not thinned.
func TestTheCurveHasTheAveragePrecision(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		p, o := make([]float32, 60), &Outcomes{}
		for i := range p {
			p[i] = float32(rng.IntN(12)) / 12
			o.Add(0, rng.IntN(3) == 0)
		}
		r := Rank(p, o, nil)
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

func TestOnlyTheFunctionsAskedForAreRanked(t *testing.T) {
	o := &Outcomes{}
	o.Add(0, true)
	o.Add(1, false)
	o.Add(1, true)
	r := Rank([]float32{0.1, 0.2, 0.3}, o, func(f int) bool { return f == 1 })
	kept := o.Of(func(f int) bool { return f == 1 })
	if r.Len() != 2 || o.BaseRate() != 2.0/3 || len(kept.Active) != 2 || kept.BaseRate() != 0.5 {
		t.Errorf("%d claims, base rates %v and %v", r.Len(), o.BaseRate(), kept.BaseRate())
	}
	if precision, brier := r.Scores(nil); precision != 1 || math.Abs(brier-0.265) > 1e-6 {
		t.Errorf("average precision %v, Brier %v", precision, brier)
	}
}
