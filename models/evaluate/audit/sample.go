package audit

import (
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat"

	"prewarm/models/evaluate/metric"
)

// accuracyOf scores predictions with two passes. metric.ErrorSums needs one, but
// its R2 loses digits on a few scaled points. The lengths must be equal.
func accuracyOf(predicted, observed []float64) metric.Accuracy {
	squares, within := 0.0, 0.0
	for i, v := range observed {
		d := predicted[i] - v
		squares += d * d
		within += metric.Indicator(math.Abs(d) <= 0.5)
	}
	n := float64(len(observed))
	a := metric.Accuracy{RMSE: math.Sqrt(squares / n), Within: within / n}
	// Without variation R2 is 1 - x/0: minus infinity, or NaN if x is 0 as well.
	if r2 := stat.RSquaredFrom(predicted, observed, nil); r2 >= -math.MaxFloat64 {
		a.R2 = r2
	}
	return a
}

// SmallSample is the range of scores that are possible by chance on ClaimedPoints
// points: R2 over random draws of that many points without replacement.
type SmallSample struct {
	Low    float64 `json:"r2_5_percent"`
	Median float64 `json:"r2_median"`
	High   float64 `json:"r2_95_percent"`
	Reach  float64 `json:"reaches_claim"` // share of draws with at least the claimed R2 and share within 0.5
}

// sampleDraws is the number of draws behind a SmallSample.
const sampleDraws = 10_000

// scoreSamples scores random draws of ClaimedPoints points. A draw without
// variation has no R2 and is left out. The result is zero if there are too few
// points, or if no draw varies.
func scoreSamples(predicted, observed []float64, rng *rand.Rand) SmallSample {
	if len(observed) < ClaimedPoints {
		return SmallSample{}
	}
	var r2 []float64
	reached := 0.0
	a, b := make([]float64, ClaimedPoints), make([]float64, ClaimedPoints)
	for range sampleDraws {
		for i, at := range drawPoints(len(observed), rng) {
			a[i], b[i] = predicted[at], observed[at]
		}
		if slices.Min(b) == slices.Max(b) {
			continue
		}
		e := accuracyOf(a, b)
		r2 = append(r2, e.R2)
		reached += metric.Indicator(e.R2 >= ClaimedR2 && e.Within >= ClaimedWithin)
	}
	if len(r2) == 0 {
		return SmallSample{}
	}
	slices.Sort(r2)
	at := func(p float64) float64 { return stat.Quantile(p, stat.Empirical, r2, nil) }
	return SmallSample{Low: at(0.05), Median: at(0.5), High: at(0.95), Reach: reached / float64(len(r2))}
}

// drawPoints returns ClaimedPoints different indices below n, which must be at
// least ClaimedPoints.
func drawPoints(n int, rng *rand.Rand) [ClaimedPoints]int {
	var drawn [ClaimedPoints]int
	for i := range drawn {
		for {
			drawn[i] = rng.IntN(n)
			// Rejection is fast enough for few points among many.
			if !slices.Contains(drawn[:i], drawn[i]) {
				break
			}
		}
	}
	return drawn
}

// claimedDeviation returns the standard deviation of the points behind the
// published figures. It follows from them:
//
//	R2 = 1 - RMSE²/deviation²
func claimedDeviation() float64 { return ClaimedRMSE / math.Sqrt(1-ClaimedR2) }
