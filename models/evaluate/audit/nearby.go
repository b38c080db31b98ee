package audit

import (
	"math"

	"gonum.org/v1/gonum/stat"

	"prewarm/models/evaluate/metric"
	"prewarm/shared/capacity"
	"prewarm/shared/loadtest"
)

// nearbyRows is the distance in the file up to which two rows count as the same
// series of load tests.
const nearbyRows = 20

// nearbyShare returns the share of rows whose most similar other row, by the
// distance of the standardised features, is nearby in the file. Random folds put
// many of these pairs on both sides of a split, which is why they overstate the
// accuracy on a load test of another series.
func nearbyShare(samples []loadtest.Sample) float64 {
	x := standardised(samples)
	found := 0.0
	for i := range x {
		nearest, least := i, math.Inf(1)
		for j := range x {
			d := 0.0
			for f := range x[i] {
				d += (x[i][f] - x[j][f]) * (x[i][f] - x[j][f])
			}
			// Of equal distances the first row counts. The search is quadratic in
			// the rows of one file.
			if j != i && d < least {
				nearest, least = j, d
			}
		}
		found += metric.Indicator(max(i-nearest, nearest-i) <= nearbyRows)
	}
	return found / float64(len(x))
}

// standardised returns the features with mean 0 and standard deviation 1. A
// feature that is the same in all rows becomes 0.
func standardised(samples []loadtest.Sample) []capacity.Vector {
	x := make([]capacity.Vector, len(samples))
	column := make([]float64, len(samples))
	for f := range capacity.Features {
		for i, s := range samples {
			column[i] = s.X[f]
		}
		mean, deviation := stat.PopMeanStdDev(column, nil)
		for i, v := range column {
			if deviation > 0 {
				x[i][f] = stat.StdScore(v, mean, deviation)
			}
		}
	}
	return x
}
