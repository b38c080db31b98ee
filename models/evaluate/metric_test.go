package main

import (
	"math"
	"testing"
)

func near(a, b float64) bool { return math.Abs(a-b) < 1e-9 }

// The values are those of scikit-learn 1.2.1: average_precision_score(active,
// p) gives 0.8333333333333333 and, for the tied claims, 0.6944444444444444;
// brier_score_loss(active, p) gives 0.1796875.
func TestScoresEqualScikitLearn(t *testing.T) {
	c := claims{p: []float32{0.125, 0.5, 0.375, 0.75}, active: []bool{false, false, true, true}}
	if got := c.averagePrecision(); !near(got, 0.8333333333333333) {
		t.Errorf("average precision %v", got)
	}
	if got := c.brier(); !near(got, 0.1796875) {
		t.Errorf("Brier %v", got)
	}
	tied := claims{p: []float32{0.5, 0.5, 0.5, 0.25}, active: []bool{true, false, true, true}}
	if got := tied.averagePrecision(); !near(got, 0.6944444444444444) {
		t.Errorf("average precision of ties %v", got)
	}
}

func TestAConstantClaimHasThePrecisionOfTheBaseRate(t *testing.T) {
	c := claims{p: make([]float32, 8), active: []bool{true, false, false, false, true, false, false, false}}
	if got := c.averagePrecision(); !near(got, 0.25) {
		t.Errorf("got %v", got)
	}
	if got := (&claims{p: []float32{0.3}, active: []bool{false}}).averagePrecision(); got != 0 {
		t.Errorf("without an active case: got %v", got)
	}
}

// Four claims of 0.5 of which one comes true: 0.25 too high. Claims of 1 that
// come true: no error.
func TestCalibrationErrorIsTheGapOfClaimAndShare(t *testing.T) {
	c := claims{p: []float32{0.5, 0.5, 0.5, 0.5}, active: []bool{true, false, false, false}}
	if got := c.calibrationError(); !near(got, 0.25) {
		t.Errorf("got %v", got)
	}
	for range 4 {
		c.add(0, 1, true)
	}
	if got := c.calibrationError(); !near(got, 0.125) {
		t.Errorf("diluted by four right claims: got %v", got)
	}
}

func TestErrorsOfAmounts(t *testing.T) {
	var a amounts
	a.add(1, 1)
	a.add(2, 4)
	a.add(3.5, 4)
	rmse, r2, within := a.errors()
	if !near(rmse, math.Sqrt(4.25/3)) || !near(r2, 1-4.25/6) || !near(within, 2.0/3) {
		t.Errorf("got %v, %v, %v", rmse, r2, within)
	}
	flat := amounts{said: []float64{1}, came: []float64{2}}
	if _, r2, _ := flat.errors(); r2 != 0 {
		t.Errorf("R2 of what does not vary: %v", r2)
	}
}
