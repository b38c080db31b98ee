package audit

import (
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat"
)

// Errors are those of forecasts against what came.
type Errors struct {
	RMSE   float64 `json:"rmse"`
	R2     float64 `json:"r2"`          // 1 - squared error/variance of what came; 0 where that does not vary
	Within float64 `json:"within_half"` // share of forecasts that are off by 0.5 at most
}

// errorsOf panics if the lengths differ.
func errorsOf(said, came []float64) Errors {
	if len(said) != len(came) {
		panic("audit: length mismatch")
	}
	mean, squares, within := stat.Mean(came, nil), 0.0, 0.0
	variance := 0.0
	for i, v := range came {
		d := said[i] - v
		squares += d * d
		variance += (v - mean) * (v - mean)
		if math.Abs(d) <= 0.5 {
			within++
		}
	}
	n := float64(len(came))
	e := Errors{RMSE: math.Sqrt(squares / n), Within: within / n}
	if variance > 0 {
		e.R2 = 1 - squares/variance
	}
	return e
}

// FewPoints is what a score over a few points may turn out to be: quantiles
// of R2 over random draws of so many points without replacement.
type FewPoints struct {
	Low    float64 `json:"r2_5_percent"`
	Median float64 `json:"r2_median"`
	High   float64 `json:"r2_95_percent"`
	Reach  float64 `json:"reaches_claim"` // share of draws with R2 and share within 0.5 at least as claimed
}

const fewDraws = 10_000

// drawFew scores random draws of ClaimedPoints. Draws in which nothing varies
// have no R2 and are drawn again, up to fewDraws times in all; there must be
// one that does.
func drawFew(said, came []float64, rng *rand.Rand) FewPoints {
	if len(came) < ClaimedPoints {
		return FewPoints{}
	}
	var r2 []float64
	reached := 0.0
	a, b := make([]float64, ClaimedPoints), make([]float64, ClaimedPoints)
	for range fewDraws {
		for i, at := range few(len(came), rng) {
			a[i], b[i] = said[at], came[at]
		}
		if slices.Min(b) == slices.Max(b) {
			continue
		}
		e := errorsOf(a, b)
		r2 = append(r2, e.R2)
		if e.R2 >= ClaimedR2 && e.Within >= ClaimedWithin {
			reached++
		}
	}
	if len(r2) == 0 {
		return FewPoints{}
	}
	slices.Sort(r2)
	at := func(p float64) float64 { return stat.Quantile(p, stat.Empirical, r2, nil) }
	return FewPoints{Low: at(0.05), Median: at(0.5), High: at(0.95), Reach: reached / float64(len(r2))}
}

// few returns ClaimedPoints different indices below n.
func few(n int, rng *rand.Rand) [ClaimedPoints]int {
	var drawn [ClaimedPoints]int
	for i := range drawn {
		for {
			drawn[i] = rng.IntN(n)
			if !slices.Contains(drawn[:i], drawn[i]) {
				break
			}
		}
	}
	return drawn
}

// claimedDeviation returns the standard deviation of the points behind the
// published figures, which they imply:
//
//	R2 = 1 - RMSE²/deviation²
func claimedDeviation() float64 { return ClaimedRMSE / math.Sqrt(1-ClaimedR2) }
