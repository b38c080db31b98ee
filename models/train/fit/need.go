package fit

import (
	"math"
	"math/rand/v2"

	"prewarm/shared/forecast"
	"prewarm/shared/forecast/feature"
	"prewarm/shared/series"
)

// Thresholds per example. A busy function is called in most of the last 30 steps.
// There are few of these, but most replicas are theirs.
const (
	busyThresholds   = 15
	sparseThresholds = 3
)

// addNeed appends rows about whether the count at a knot exceeds a threshold. A
// history without calls gives no rows.
func (s *rowSet) addNeed(r *forecast.Reader, e example, rng *rand.Rand) {
	typical := r.TypicalCounts()
	if typical[0] == 0 {
		return
	}
	thresholds := sparseThresholds
	if r.Busy() {
		thresholds = busyThresholds
	}
	knots := forecast.Knots()
	for i := range thresholds {
		// Two of three rows are about the first horizon, the others about one of the
		// other knots.
		knot := knots[0]
		if i%3 == 2 {
			knot = knots[1+rng.IntN(len(knots)-1)]
		}
		count := e.future()[knot-1]
		if count == series.NoData {
			continue
		}
		threshold := drawThreshold(typical[:], rng)
		var row [feature.VolumeColumns]float32
		s.add(r.VolumeRow(row[:], threshold, knot), indicator(float64(count) > threshold))
	}
}

// drawThreshold draws a threshold log-normally around one of the typical counts of a
// history: most are neither sure to be exceeded nor sure not to be.
func drawThreshold(typical []float64, rng *rand.Rand) float64 {
	threshold := typical[rng.IntN(len(typical))] * math.Exp(0.3*rng.NormFloat64())
	// Counts are whole: below 20 a fraction of the threshold would only blur which
	// counts exceed it.
	if threshold < 20 {
		threshold = math.Floor(threshold)
	}
	return threshold
}
