package metric

import "math"

// Accuracy is how far predicted numbers are from the observed ones.
type Accuracy struct {
	RMSE   float64 `json:"rmse"`
	R2     float64 `json:"r2"`          // share of the variance that is explained; 0 if the observed numbers are all equal
	Within float64 `json:"within_half"` // share of predictions that are off by 0.5 at most
}

// ErrorSums are the sums that an Accuracy is computed from. Sums of several
// functions can be added, so that a bootstrap needs one pass over the functions
// and not over their hours. The zero value is the sum of nothing.
type ErrorSums struct {
	N               float64 // predictions
	Squares         float64 // squared errors
	Observed        float64
	ObservedSquares float64
	Near            float64 // predictions that are off by 0.5 at most
}

// Add adds one prediction and what was observed.
func (e *ErrorSums) Add(predicted, observed float64) {
	d := predicted - observed
	e.Join(ErrorSums{1, d * d, observed, observed * observed, Indicator(math.Abs(d) <= 0.5)}, 1)
}

// Join adds the sums of o the given number of times.
func (e *ErrorSums) Join(o ErrorSums, times float64) {
	e.N += times * o.N
	e.Squares += times * o.Squares
	e.Observed += times * o.Observed
	e.ObservedSquares += times * o.ObservedSquares
	e.Near += times * o.Near
}

// Sum adds up the errors of the given functions: of[f] holds those of function f,
// which counts times[f] times, once if times is nil.
func Sum(of []ErrorSums, functions []int, times []float64) (sum ErrorSums) {
	for _, f := range functions {
		n := 1.0
		if times != nil {
			n = times[f]
		}
		sum.Join(of[f], n)
	}
	return sum
}

// leastVariation is the sum of squared deviations below which the observed
// numbers count as equal: the difference of two large sums is not exactly 0.
const leastVariation = 1e-9

// Accuracy returns
//
//	RMSE = sqrt(Σ e²/N),  R2 = 1 - Σ e²/Σ (y - mean y)²
//
// with the errors e and the observed numbers y, and 0 for each of no prediction.
func (e ErrorSums) Accuracy() Accuracy {
	n := max(e.N, 1)
	a := Accuracy{RMSE: math.Sqrt(e.Squares / n), Within: e.Near / n}
	if variation := e.ObservedSquares - e.Observed*e.Observed/n; variation >= leastVariation {
		a.R2 = 1 - e.Squares/variation
	}
	return a
}
