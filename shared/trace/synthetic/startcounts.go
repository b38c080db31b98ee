package synthetic

import (
	"math"
	"math/rand/v2"
)

// exactUpTo divides the functions that no timer calls. Those with so many cold starts
// a month, or fewer, have exactly this number in each month. The others have a rate
// that varies from hour to hour by a factor exp(x - spread²/2), whose mean is 1 and
// where x is a first-order autoregression:
//
//	x' = keep x + sqrt(1 - keep²) spread z,  z ~ N(0, 1)
const (
	exactUpTo    = 200
	hourlySpread = 0.5       // standard deviation of x
	hourlyKeep   = 1 - 1.0/6 // time constant of 6 hours
	burstEnds    = 1.0 / 3   // probability that a burst has no further cold start
)

// hoursOf returns the expected number of hours of a month with a cold start, for n
// cold starts a month, on average. Up to exactUpTo, every hour has the same rate. Above
// it, the mean over x is by Gauss-Hermite quadrature with three nodes.
func hoursOf(n float64) float64 {
	rate := n / monthHours
	if n <= exactUpTo {
		return monthHours * -math.Expm1(-rate)
	}
	active := 0.0
	for _, node := range []struct{ x, weight float64 }{{-math.Sqrt(3), 1.0 / 6}, {0, 2.0 / 3}, {math.Sqrt(3), 1.0 / 6}} {
		active += node.weight * -math.Expm1(-rate*math.Exp(hourlySpread*node.x-hourlySpread*hourlySpread/2))
	}
	return monthHours * active
}

// fillStarts adds n cold starts a month to counts, whose first element is minute start.
func fillStarts(counts []int32, n float64, m *model, start int, rng *rand.Rand) {
	if n <= exactUpTo {
		fillExact(counts, int(n), m, start, rng)
		return
	}
	x := hourlySpread * rng.NormFloat64()
	// Whole hours from before the start on, so that the first hour may be cut;
	// fillHour drops what lies outside.
	for hour := start / 60 * 60; hour < start+len(counts); hour += 60 {
		rate := n / monthHours * m.shape.rate(hour) * math.Exp(x-hourlySpread*hourlySpread/2)
		fillHour(counts, int(poisson(rng, rate)), hour-start, m.crowd, rng)
		x = hourlyKeep*x + math.Sqrt(1-hourlyKeep*hourlyKeep)*hourlySpread*rng.NormFloat64()
	}
}

// fillExact places n cold starts in each month. Their minutes follow the shape of the
// region by rejection sampling.
func fillExact(counts []int32, n int, m *model, start int, rng *rand.Rand) {
	// The upper bound of the rate that rejection sampling needs. A holiday never raises
	// the rate.
	highest := (1 + m.shape.amplitude) / m.shape.mean * max(1, m.shape.weekend)
	// Whole months are filled. A trace of a day keeps the cold starts that happen to
	// fall on it.
	for month := start / monthMinutes * monthMinutes; month < start+len(counts); month += monthMinutes {
		for placed := 0; placed < n; {
			minute := month + rng.IntN(monthMinutes)
			if rng.Float64()*highest >= m.shape.rate(minute) {
				continue
			}
			placed++
			// The draw decides the hour only. The minute within it is drawn with the
			// crowd at :00.
			if at := minute/60*60 + minuteOf(m.crowd, rng) - start; at >= 0 && at < len(counts) {
				counts[at]++
			}
		}
	}
}

// fillHour places n cold starts in the hour at index first of counts, in bursts
// of three on average.
func fillHour(counts []int32, n, first int, crowd float64, rng *rand.Rand) {
	at := 0
	for k := range n {
		if k == 0 || rng.Float64() < burstEnds {
			at = first + minuteOf(crowd, rng)
		}
		if at >= 0 && at < len(counts) {
			counts[at]++
		}
	}
}

// minuteOf draws a minute of the hour: 0 with probability crowd, otherwise any.
func minuteOf(crowd float64, rng *rand.Rand) int {
	if rng.Float64() < crowd {
		return 0
	}
	return rng.IntN(60)
}
