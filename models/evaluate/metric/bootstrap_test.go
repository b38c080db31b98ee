package metric

import (
	"math/rand/v2"
	"testing"
)

// twoFunctions ranks the predictions p for 20 minutes of two functions. Function
// 0 is active in the first ten minutes, function 1 never.
func twoFunctions(p func(function, i int) float32) Ranking {
	var predictions []float32
	c := &Cases{}
	for f := range 2 {
		for i := range 20 {
			predictions = append(predictions, p(f, i))
			c.Add(f, f == 0 && i < 10)
		}
	}
	return Rank(predictions, c, nil)
}

func bootstrap(seeds int) *Bootstrap {
	return NewBootstrap(2, seeds, rand.New(rand.NewPCG(1, 2)))
}

// A function that counts twice gives the scores of a ranking in which its cases
// are there twice.
func TestScoresCountFunctionsAsOftenAsTimesSays(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	probability := [40]float32{}
	for i := range probability {
		probability[i] = float32(rng.IntN(8)) / 8
	}
	at := func(f, i int) float32 { return probability[20*f+i] }
	r := twoFunctions(at)
	precision, brier := r.Scores(nil)
	if p, b := r.Scores([]float64{1, 1}); p != precision || b != brier {
		t.Errorf("once each: got %v and %v, want %v and %v", p, b, precision, brier)
	}
	c, predictions := &Cases{}, []float32{}
	for _, f := range []int{0, 0, 1} {
		for i := range 20 {
			predictions = append(predictions, at(f, i))
			c.Add(f, f == 0 && i < 10)
		}
	}
	precision, brier = Rank(predictions, c, nil).Scores(nil)
	if p, b := r.Scores([]float64{2, 1}); !near(p, precision) || !near(b, brier) {
		t.Errorf("function 0 twice: got %v and %v, want %v and %v", p, b, precision, brier)
	}
}

// The perfect method has AP 1, the constant one AP 1/4: the difference 3/4 lies
// within its interval, and a method does not differ from itself.
func TestIntervalContainsTheDifference(t *testing.T) {
	b := bootstrap(1)
	of := func(r Ranking) (Statistic, Statistic) {
		return b.Pair(1, func(times []float64, _ int) (float64, float64) { return r.Scores(times) })
	}
	goodP, goodB := of(twoFunctions(func(f, i int) float32 { return float32(Indicator(f == 0 && i < 10)) }))
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

// Seeds whose scores differ widen the interval. A method without training has the
// same score in every sample.
func TestSeedsAreSampled(t *testing.T) {
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
