package synthetic

import (
	"math"
	"math/rand/v2"
)

// addCalls turns counts of cold starts into counts of calls, perStart of them for each
// cold start on average: one at once, the others in its minute and those after it. No
// minute between them is without a call, since the call after a gap would be another
// cold start.
func addCalls(counts []int32, perStart float64, rng *rand.Rand) {
	// The minutes with further calls: geometrically distributed, with this mean.
	length := math.Min(120, perStart-1)
	// A slice of their own: the loop must not take the calls that it adds for cold
	// starts.
	later := make([]int32, len(counts))
	for m, starts := range counts {
		if starts == 0 || length <= 0 {
			continue
		}
		rate := float64(starts) * (perStart - 1) / (1 + length)
		later[m] += poisson(rng, rate)
		for next := m + 1; next < len(counts) && rng.Float64() < length/(1+length); next++ {
			later[next] += 1 + poisson(rng, math.Max(0, rate-1))
		}
	}
	for m := range counts {
		counts[m] += later[m]
	}
}

// fillDense adds rate calls a minute on average. The rate follows the shape of the
// region and varies slowly: its logarithm is a first-order autoregression with a time
// constant of 30 minutes.
func fillDense(counts []int32, rate float64, s shape, start int, rng *rand.Rand) {
	const keep = 1 - 1.0/30
	spread := 0.1 + 0.5*rng.Float64()
	level := rng.NormFloat64() * spread
	for m := range counts {
		level = keep*level + math.Sqrt(1-keep*keep)*spread*rng.NormFloat64()
		counts[m] += poisson(rng, rate*s.rate(start+m)*math.Exp(level-spread*spread/2))
	}
}
