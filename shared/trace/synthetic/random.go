package synthetic

import (
	"math"
	"math/rand/v2"
)

// poisson draws a Poisson number: by multiplication of uniform numbers (Knuth, "The
// Art of Computer Programming" 2, 3.4.1), and for a mean above 30 by the normal
// approximation with continuity correction. gonum's distuv.Poisson draws other numbers
// from the same seed, which would change every generated trace.
func poisson(rng *rand.Rand, mean float64) int32 {
	if mean > 30 {
		return int32(math.Max(0, math.Min(math.MaxInt32, math.Floor(mean+math.Sqrt(mean)*rng.NormFloat64()+0.5))))
	}
	limit, product := math.Exp(-mean), rng.Float64()
	var n int32
	for product > limit {
		product *= rng.Float64()
		n++
	}
	return n
}

// logNormal draws exp(N(mu, sigma²)), from one normal number of rng so that seeds keep
// their traces.
func logNormal(rng *rand.Rand, mu, sigma float64) float64 {
	return math.Exp(mu + sigma*rng.NormFloat64())
}
