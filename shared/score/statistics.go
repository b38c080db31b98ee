package score

import (
	"math"
	"slices"
)

// Mean returns the arithmetic mean of x. It is NaN if x is empty.
//
// The terms are added in their order. gonum's stat.Mean adds them in several
// lanes, which changes the last digit of published figures.
func Mean(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}

// Percentile returns the p-quantile of x, 0 <= p <= 1, by linear interpolation
// between order statistics. With x sorted, and h = p (n-1) counted from 0:
//
//	x[floor(h)] + (h - floor(h)) (x[floor(h)+1] - x[floor(h)])
//
// This is the default of NumPy and R. gonum's stat.Quantile has another
// definition: its LinInterp is type 4 of the source. Percentile does not change
// x, and panics if x is empty or p is out of range.
//
// Source: Hyndman, Fan, "Sample Quantiles in Statistical Packages", The American
// Statistician 50(4), 1996, definition 7.
func Percentile(x []float64, p float64) float64 {
	if len(x) == 0 || !(0 <= p && p <= 1) {
		panic("score: percentile of nothing, or a share that is not within 0 and 1")
	}
	sorted := slices.Sorted(slices.Values(x))
	at := p * float64(len(sorted)-1)
	low := int(math.Floor(at))
	if low+1 >= len(sorted) {
		return sorted[low]
	}
	return sorted[low] + (at-float64(low))*(sorted[low+1]-sorted[low])
}
