package synthetic

import (
	"math"
	"math/rand/v2"
)

// schedule is a timer: one run per period, the first at phase.
type schedule struct {
	period, phase int     // minutes
	jitter        float64 // share of runs that are one or two minutes late
	missed        float64 // share of runs that are missing
	again         float64 // probability of each further call in a run
}

// drawTimer draws a timer. The period of a rare one is some days. That of the others
// follows from popular, the share of less popular timers: the most popular ones have
// the shortest periods.
func drawTimer(m *model, popular float64, isRare bool, rng *rand.Rand) schedule {
	if isRare {
		periods := rarePeriods()
		// Rare timers run exactly on time: a jitter of minutes does not matter at a
		// period of days.
		s := schedule{period: periods[min(int((1-popular)*float64(len(periods))), len(periods)-1)]}
		s.phase = rng.IntN(s.period)
		return s
	}
	s := schedule{period: timerPeriod(m.timers, 1-popular)}
	s.phase = rng.IntN(s.period)
	if rng.Float64() < m.onHour {
		// Rounded down to an hour, which keeps the phase below the period.
		s.phase = 60 * (s.phase / 60)
	}
	// A late run of a shorter timer would collide with the next one; one of a longer
	// timer is within its statistics anyway.
	if s.period >= 5 && s.period <= 60 {
		s.addFaults(rng)
	}
	return s
}

// timerPeriod returns the quantile of the periods at the given share of all timers,
// the shortest at 0.
func timerPeriod(weights []float64, share float64) int {
	periods, _ := timerPeriods()
	for i, w := range weights {
		if share -= w; share < 0 {
			return periods[i]
		}
	}
	return periods[len(periods)-1]
}

// addFaults makes some timers run late, miss runs, or call several times in a run.
func (s *schedule) addFaults(rng *rand.Rand) {
	if rng.Float64() < 0.4 {
		s.jitter = 0.3 * rng.Float64()
	}
	if rng.Float64() < 0.3 {
		s.missed = 0.1 * rng.Float64()
	}
	if rng.Float64() < 0.3 {
		s.again = 0.7 * rng.Float64()
	}
}

// fill adds the calls of all runs to counts, whose first element is minute o.Start.
// With o.ColdStarts it adds one per run, since a run comes after the keep-alive of the
// run before it has ended.
func (s schedule) fill(counts []int32, o Options, rng *rand.Rand) {
	// Go's remainder has the sign of the dividend; adding the period once more makes
	// it positive.
	first := ((s.phase-o.Start)%s.period + s.period) % s.period
	for run := first; run < len(counts); run += s.period {
		if rng.Float64() < s.missed {
			continue
		}
		m := run
		if rng.Float64() < s.jitter {
			m += 1 + rng.IntN(2)
		}
		calls := int32(1)
		for rng.Float64() < s.again {
			calls++
		}
		if o.ColdStarts {
			calls = 1
		}
		if m < len(counts) {
			counts[m] += calls
		}
	}
}

// Rates of functions that no timer calls vary from hour to hour by a factor exp(x),
// where x is a first-order autoregression:
//
//	x' = keep x + sqrt(1 - keep²) spread z,  z ~ N(0, 1)
const (
	hourlySpread = 0.5       // standard deviation of x
	hourlyKeep   = 1 - 1.0/6 // time constant of 6 hours
	exactUpTo    = 200       // up to so many cold starts a month, each is placed alone
	burstEnds    = 1.0 / 3   // probability that a burst has no further cold start
)

// hoursOf returns the expected number of hours of a month with a cold start, for n
// cold starts a month. Up to exactUpTo they are even over the month. Above it they
// are Poisson in each hour with a rate that varies by exp(x - spread²/2); the mean
// over x is by Gauss-Hermite quadrature with three nodes.
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

// fillStarts adds n cold starts a month to counts.
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
	// An upper bound of the rate over the month, which rejection sampling needs. A
	// holiday never raises it.
	highest := (1 + m.shape.amplitude) / m.shape.mean * max(1, m.shape.weekend)
	// n is per month, so a trace of a day gets the starts of the month that happen
	// to fall on it.
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

// addCalls turns counts of cold starts into counts of calls, perStart of them for each
// cold start: one at once, and the others in the minutes after it, while the replica
// is kept alive. These minutes have no gap, since the call after a gap would be
// another cold start.
func addCalls(counts []int32, perStart float64, rng *rand.Rand) {
	// A geometric run of mean length, so that the calls are spread but end: two
	// hours at most on average.
	length := math.Min(120, perStart-1) // minutes on average
	// A second slice, since the loop must see cold starts only and not the calls
	// that it adds.
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
