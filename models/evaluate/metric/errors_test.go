package metric

import (
	"math"
	"testing"
)

// The sum of squared errors is 4.25 and that of squared deviations 6.
func TestAccuracyOfAKnownCase(t *testing.T) {
	var e ErrorSums
	e.Add(1, 1)
	e.Add(2, 4)
	e.Add(3.5, 4)
	a := e.Accuracy()
	if !near(a.RMSE, math.Sqrt(4.25/3)) || !near(a.R2, 1-4.25/6) || !near(a.Within, 2.0/3) {
		t.Errorf("got %+v", a)
	}
}

// R2 divides by the variation of the observed numbers: with none it is 0.
func TestR2IsZeroWithoutVariation(t *testing.T) {
	var constant, none ErrorSums
	constant.Add(1, 2)
	if a := constant.Accuracy(); a != (Accuracy{RMSE: 1}) {
		t.Errorf("one prediction that is 1 off: %+v", a)
	}
	if a := none.Accuracy(); a != (Accuracy{}) {
		t.Errorf("no prediction: %+v", a)
	}
}

// Property: sums that are joined n times equal sums of predictions that are
// added n times. A bootstrap relies on it.
func TestJoinCountsAsOftenAsItSays(t *testing.T) {
	var once, twice, weighted ErrorSums
	once.Add(1, 2)
	twice.Add(1, 2)
	twice.Add(1, 2)
	if weighted.Join(once, 2); weighted != twice {
		t.Errorf("joined twice %+v, added twice %+v", weighted, twice)
	}
	if weighted.Join(once, 0); weighted != twice {
		t.Errorf("joined zero times, the sums are %+v, before %+v", weighted, twice)
	}
}

// A function that a sample draws twice counts twice, and functions outside of the
// group do not count.
func TestSumWeighsFunctions(t *testing.T) {
	of := make([]ErrorSums, 3)
	of[0].Add(1, 3)
	of[1].Add(5, 5)
	of[2].Add(0, 9)
	if got := Sum(of, []int{0, 1}, []float64{2, 0, 1}); got != (ErrorSums{N: 2, Squares: 8, Observed: 6, ObservedSquares: 18}) {
		t.Errorf("got %+v", got)
	}
	if got := Sum(of, []int{1}, nil); got != of[1] {
		t.Errorf("got %+v, want %+v", got, of[1])
	}
}
