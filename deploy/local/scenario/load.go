package scenario

import (
	"fmt"
	"math"
	"math/rand/v2"

	"prewarm/shared/trace"
)

// workSeconds is the duration of a call, in seconds of the trace.
// At the speed of 60, a minute in a second, a call takes 0.1 s on the clock.
const workSeconds = 6

// Loads of functions that OpenFaaS CE scales: 0.4 as large, so that the one replica which
// it leaves between peaks carries them on average. Calls of the first function are short. At
// a peak it has 6 calls per second, above the 5 of the edition's alert.
const (
	lightScale   = 0.4
	shortSeconds = 0.2
)

// shape is a load over time, in calls in progress.
type shape struct {
	name   string
	low    float64 // between peaks
	high   float64 // at a peak
	period float64 // minutes from one peak to the next; the mean if peaks are random
	length float64 // minutes of a peak; 0 for a load that rises and falls steadily
	random bool    // the times between peaks are exponential, as of a Poisson process
}

// shapes are loads as in load tests: peaks with the periods of timers, a load that rises
// and falls steadily, and one whose peaks cannot be predicted.
func shapes() []shape {
	return []shape{
		{name: "peaks-10", low: 0.3, high: 3, period: 10, length: 3},
		{name: "peaks-15", low: 0.3, high: 4, period: 15, length: 3},
		{name: "peaks-20", low: 0.3, high: 5, period: 20, length: 3},
		{name: "peaks-30", low: 0.3, high: 4, period: 30, length: 4},
		{name: "wave-40", low: 0.3, high: 4, period: 40},
		{name: "random", low: 0.3, high: 4, period: 25, length: 3, random: true},
	}
}

// Loads returns n synthetic functions, at most six, whose peaks need several
// replicas. The calls of a minute are Poisson distributed, with a rate that follows the
// shape. The seed determines the times of the peaks. Light loads are those for the community
// edition.
func Loads(n, minutes int, light bool, seed uint64) []trace.Function {
	// Stream 1 of the generator: Pick uses stream 0 of the same seed.
	rng := rand.New(rand.NewPCG(seed, 1))
	var loads []trace.Function
	for i, s := range shapes()[:n] {
		f := trace.Function{Name: s.name, Trigger: "http", Duration: workSeconds, Counts: make([]int32, minutes)}
		scale := 1.0
		if light {
			scale = lightScale
		}
		if light && i == 0 {
			f.Duration = shortSeconds
		}
		for m, level := range s.levels(minutes, rng) {
			// Little's law: load = rate · duration, with the rate in calls per second.
			f.Counts[m] = poisson(scale*level*60/f.Duration, rng)
		}
		loads = append(loads, f)
	}
	return loads
}

// levels returns the load of each minute. Peaks begin at a random phase.
func (s shape) levels(minutes int, rng *rand.Rand) []float64 {
	levels := make([]float64, minutes)
	// next is the begin of the next random peak, and the phase of all other shapes.
	next := rng.Float64() * s.period
	for m := range levels {
		t := float64(m)
		// The mean distance of two peaks is the period, of which the peak itself is a part.
		for s.random && t >= next+s.length {
			next += s.length + (s.period-s.length)*rng.ExpFloat64()
		}
		levels[m] = s.low
		switch {
		case s.length == 0: // a triangle
			phase := math.Mod(t+next, s.period) / s.period
			levels[m] += (s.high - s.low) * (1 - math.Abs(2*phase-1))
		case s.random && t >= next, !s.random && math.Mod(t+math.Floor(next), s.period) < s.length:
			levels[m] = s.high
		}
	}
	return levels
}

// poisson draws from a Poisson distribution: it counts exponential times between events
// until their sum reaches mean.
func poisson(mean float64, rng *rand.Rand) (n int32) {
	for t := rng.ExpFloat64(); t < mean; t += rng.ExpFloat64() {
		n++
	}
	return n
}

// LoadMix returns a scenario of synthetic loads and of sparse functions from the trace
// in dir, at a ratio of three to two, and describes its source.
func LoadMix(dir string, o Options) (*trace.Trace, string, error) {
	// Three fifths, rounded up, but always at least one sparse function.
	loads := min((3*o.Functions+4)/5, len(shapes()), o.Functions-1)
	sparse := o
	sparse.Functions, sparse.Mix = o.Functions-loads, SparseMix()
	t, source, err := Load(dir, sparse)
	if err != nil {
		return nil, "", err
	}
	t.Functions = append(Loads(loads, o.Minutes, o.LightLoads, o.Seed), t.Functions...)
	return t, fmt.Sprintf("%d synthetic loads; %d sparse functions, %s", loads, sparse.Functions, source), nil
}
