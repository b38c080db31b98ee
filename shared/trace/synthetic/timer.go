package synthetic

import "math/rand/v2"

// timer calls a function once per period: a run of one or more calls.
type timer struct {
	period, phase int     // minutes; a run is due at phase, and then every period
	jitter        float64 // share of runs that are one or two minutes late
	missed        float64 // share of runs that are missing
	again         float64 // probability of each further call in a run
}

// drawTimer draws a timer. Its period follows from popular, the share of less popular
// timers among the rare ones or among the others: the most popular ones have the
// shortest periods. Those of rare timers are some days.
func drawTimer(m *model, popular float64, isRare bool, rng *rand.Rand) timer {
	if isRare {
		periods := rarePeriods()
		// Rare timers run exactly on time: a jitter of minutes does not matter at a
		// period of days.
		t := timer{period: periods[min(int((1-popular)*float64(len(periods))), len(periods)-1)]}
		t.phase = rng.IntN(t.period)
		return t
	}
	t := timer{period: timerPeriod(m.timers, 1-popular)}
	t.phase = rng.IntN(t.period)
	if rng.Float64() < m.onHour {
		// Rounded down to an hour, which keeps the phase below the period.
		t.phase = 60 * (t.phase / 60)
	}
	// A late run of a shorter timer would collide with the next one. With a longer
	// period, some minutes hardly matter.
	if t.period >= 5 && t.period <= 60 {
		t.addFaults(rng)
	}
	return t
}

// timerPeriod returns the period that the given share of all timers undercut: the
// shortest one at 0. weights are the shares of the periods.
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
func (t *timer) addFaults(rng *rand.Rand) {
	if rng.Float64() < 0.4 {
		t.jitter = 0.3 * rng.Float64()
	}
	if rng.Float64() < 0.3 {
		t.missed = 0.1 * rng.Float64()
	}
	if rng.Float64() < 0.3 {
		t.again = 0.7 * rng.Float64()
	}
}

// fill adds the calls of all runs to counts, whose first element is minute o.Start.
// With o.ColdStarts it adds one per run, since a run comes after the keep-alive of the
// run before it has ended.
func (t timer) fill(counts []int32, o Options, rng *rand.Rand) {
	// Go's remainder has the sign of the dividend; adding the period once more makes
	// it positive.
	first := ((t.phase-o.Start)%t.period + t.period) % t.period
	for run := first; run < len(counts); run += t.period {
		if rng.Float64() < t.missed {
			continue
		}
		m := run
		if rng.Float64() < t.jitter {
			m += 1 + rng.IntN(2)
		}
		calls := int32(1)
		for rng.Float64() < t.again {
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
