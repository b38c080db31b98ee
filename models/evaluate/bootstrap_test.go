package main

import (
	"math/rand/v2"
	"testing"
)

// Function 0 is called in its first half, function 1 in none.
func twoFunctions(p func(function, i int) float32) claims {
	var c claims
	for f := range 2 {
		for i := range 20 {
			c.add(f, p(f, i), f == 0 && i < 10)
		}
	}
	return c
}

func TestWeightsOfOneGiveThePlainScores(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	c := twoFunctions(func(int, int) float32 { return float32(rng.IntN(8)) / 8 })
	precision, brier := c.sorted().weighted([]float64{1, 1})
	if !near(precision, c.averagePrecision()) || !near(brier, c.brier()) {
		t.Errorf("got %v and %v, want %v and %v", precision, brier, c.averagePrecision(), c.brier())
	}
	twice := c
	twice.p, twice.active = append(c.p, c.p[:20]...), append(c.active, c.active[:20]...)
	precision, brier = c.sorted().weighted([]float64{2, 1})
	if !near(precision, twice.averagePrecision()) || !near(brier, twice.brier()) {
		t.Errorf("function 0 twice: got %v and %v, want %v and %v", precision, brier, twice.averagePrecision(), twice.brier())
	}
}

func TestTheIntervalLiesAroundTheDifference(t *testing.T) {
	good := twoFunctions(func(f, i int) float32 { return float32(outcome(f == 0 && i < 10)) })
	bad := twoFunctions(func(int, int) float32 { return 0.25 })
	precision, brier := good.sorted().against(bad.sorted(), 2, rand.New(rand.NewPCG(1, 2)))
	if !near(precision.Difference, 0.75) || precision.Low > precision.Difference || precision.High < precision.Difference {
		t.Errorf("average precision %+v", precision)
	}
	if brier.Difference <= 0 || brier.Low > brier.Difference || brier.High < brier.Difference {
		t.Errorf("Brier %+v", brier)
	}
	precision, brier = good.sorted().against(good.sorted(), 2, rand.New(rand.NewPCG(1, 2)))
	if precision != (interval{}) || brier != (interval{}) {
		t.Errorf("against itself: %+v, %+v", precision, brier)
	}
}
