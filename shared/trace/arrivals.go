package trace

import (
	"math"
	"math/rand/v2"
)

// schedule is a timer: a run each period, the first at phase.
type schedule struct {
	period, phase int     // minutes
	jitter        float64 // share of runs that come up to two minutes late
	missed        float64 // share of runs that do not come
	again         float64 // chance of each further call in a run
}

// drawTimer draws a timer. Those on the hour are as many as the region's rate
// at minute :00 asks for, given that timers make 30 % of all starts.
func drawTimer(rng *rand.Rand, r region) schedule {
	periods := []int{5, 10, 15, 20, 30, 60}
	s := schedule{period: periods[pick(rng, []float64{0.20, 0.15, 0.20, 0.05, 0.20, 0.20})]}
	if rng.Float64() > min(0.9, r.onTheHour/6) {
		s.phase = rng.IntN(s.period)
	}
	if rng.Float64() < 0.4 {
		s.jitter = 0.3 * rng.Float64()
	}
	if rng.Float64() < 0.3 {
		s.missed = 0.1 * rng.Float64()
	}
	if rng.Float64() < 0.3 {
		s.again = 0.7 * rng.Float64()
	}
	return s
}

// fill adds the runs to counts, whose first element is minute start.
func (s schedule) fill(counts []int32, start int, rng *rand.Rand) {
	for m := range counts {
		if (start+m)%s.period != s.phase || rng.Float64() < s.missed {
			continue
		}
		if rng.Float64() < s.jitter {
			m += 1 + rng.IntN(2)
		}
		if m >= len(counts) {
			return
		}
		counts[m]++
		for rng.Float64() < s.again {
			counts[m]++
		}
	}
}

// fillPoisson adds independent calls: rate a minute on average, in the shape
// of the region.
func fillPoisson(counts []int32, start int, r region, rate float64, rng *rand.Rand) {
	for m := range counts {
		counts[m] += poisson(rng, rate*r.shape(start+m))
	}
}

// fillBursts adds bursts: silence for 1 to 12 hours on average, then 2 to 20
// minutes on average of 1 to 30 calls a minute. Silence is shorter at the peak
// of the day.
func fillBursts(counts []int32, start int, r region, rng *rand.Rand) {
	silence, length := logUniform(rng, 60, 720), logUniform(rng, 2, 20)
	rate := logUniform(rng, 1, 30)
	on := rng.Float64() < length/(length+silence)
	for m := range counts {
		if on {
			counts[m] += poisson(rng, rate)
			on = rng.Float64() >= 1/length
			continue
		}
		on = rng.Float64() < r.shape(start+m)/silence
	}
}

// fillDense adds a load that varies slowly: the logarithm of the rate is a
// first-order autoregression with a time constant of 30 minutes.
func fillDense(counts []int32, start int, r region, rng *rand.Rand) {
	const keep = 1 - 1.0/30
	rate, spread := logUniform(rng, 1, 300), 0.1+0.5*rng.Float64()
	level := rng.NormFloat64() * spread
	for m := range counts {
		level = keep*level + math.Sqrt(1-keep*keep)*spread*rng.NormFloat64()
		counts[m] += poisson(rng, rate*r.shape(start+m)*math.Exp(level-spread*spread/2))
	}
}

// poisson draws a Poisson number by multiplication of uniform ones (Knuth,
// "The Art of Computer Programming" 2, 3.4.1), above 30 by the normal
// approximation with continuity correction.
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

// logUniform draws from low to high, every factor equally likely.
func logUniform(rng *rand.Rand, low, high float64) float64 {
	return low * math.Exp(rng.Float64()*math.Log(high/low))
}

// logNormal draws exp(N(mu, sigma²)).
func logNormal(rng *rand.Rand, mu, sigma float64) float64 {
	return math.Exp(mu + sigma*rng.NormFloat64())
}

// pick draws an index with the given weights.
func pick(rng *rand.Rand, weights []float64) int {
	sum := 0.0
	for _, w := range weights {
		sum += w
	}
	x := rng.Float64() * sum
	for i, w := range weights {
		if x -= w; x < 0 {
			return i
		}
	}
	return len(weights) - 1
}
