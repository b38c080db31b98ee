package metric

import (
	"math/rand/v2"
	"testing"
)

// Function 0 is called in its first half, function 1 in none.
func twoFunctions(p func(function, i int) float32) Ranked {
	var claims []float32
	o := &Outcomes{}
	for f := range 2 {
		for i := range 20 {
			claims = append(claims, p(f, i))
			o.Add(f, f == 0 && i < 10)
		}
	}
	return Rank(claims, o, nil)
}

func bootstrap(seeds int) *Bootstrap {
	return NewBootstrap(2, seeds, 400, rand.New(rand.NewPCG(1, 2)))
}

func TestWeightsCountFunctionsAsOftenAsTheySay(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	claim := [40]float32{}
	for i := range claim {
		claim[i] = float32(rng.IntN(8)) / 8
	}
	at := func(f, i int) float32 { return claim[20*f+i] }
	r := twoFunctions(at)
	precision, brier := r.Scores(nil)
	if p, b := r.Scores([]float64{1, 1}); p != precision || b != brier {
		t.Errorf("once each: got %v and %v, want %v and %v", p, b, precision, brier)
	}
	o, claims := &Outcomes{}, []float32{}
	for _, f := range []int{0, 0, 1} {
		for i := range 20 {
			claims = append(claims, at(f, i))
			o.Add(f, f == 0 && i < 10)
		}
	}
	precision, brier = Rank(claims, o, nil).Scores(nil)
	if p, b := r.Scores([]float64{2, 1}); !near(p, precision) || !near(b, brier) {
		t.Errorf("function 0 twice: got %v and %v, want %v and %v", p, b, precision, brier)
	}
}

func TestTheIntervalLiesAroundTheDifference(t *testing.T) {
	b := bootstrap(1)
	of := func(r Ranked) (Statistic, Statistic) {
		return b.Pair(1, func(times []float64, _ int) (float64, float64) { return r.Scores(times) })
	}
	goodP, goodB := of(twoFunctions(func(f, i int) float32 { return float32(number(f == 0 && i < 10)) }))
	badP, badB := of(twoFunctions(func(int, int) float32 { return 0.25 }))
	precision, brier := goodP.Above(badP), badB.Above(goodB)
	if !near(precision.Difference, 0.75) || precision.Low > 0.75 || precision.High < 0.75 {
		t.Errorf("average precision %+v", precision)
	}
	if brier.Difference <= 0 || brier.Low > brier.Difference || brier.High < brier.Difference {
		t.Errorf("Brier %+v", brier)
	}
	if itself := goodP.Above(goodP); itself != (Interval{}) {
		t.Errorf("against itself: %+v", itself)
	}
}

// Seeds whose scores differ widen the interval; a method without seeds is the
// same in all.
func TestSeedsArePartOfTheSample(t *testing.T) {
	b := bootstrap(5)
	seeded, _ := b.Pair(5, func(_ []float64, seed int) (float64, float64) { return float64(seed), 0 })
	fixed, _ := b.Pair(1, func([]float64, int) (float64, float64) { return 1, 0 })
	v := seeded.Above(fixed)
	if !near(v.Difference, 1) || v.Low > 0 || v.High < 2 {
		t.Errorf("got %+v, want about 1 ± 1.2", v)
	}
	for i, x := range fixed {
		if x != 1 {
			t.Fatalf("sample %d of a method without seeds: %v", i, x)
		}
	}
}
