package fit

import (
	"math/rand/v2"
	"slices"

	"prewarm/shared/forecast/feature"
	"prewarm/shared/series"
)

// Task is one function to train on: its calls in steps of one minute. The word is
// that of learning over many tasks: each function is a forecasting task of its own.
type Task struct {
	Owner  string  // user that the function belongs to, or its own name
	Name   string  // unique
	Phase  int     // feature.Phase of the first step
	Counts []int32 // series.NoData for unknown steps
}

// span is the least number of steps that one example takes: the steps that the
// network reads and those that are forecast.
const span = feature.Steps + feature.Horizons

// PooledGaps returns the distribution of the gaps between calls over all tasks.
func PooledGaps(tasks []Task) feature.GapDistribution {
	var k feature.KaplanMeier
	for _, t := range tasks {
		k.Add(t.Counts)
	}
	return k.Distribution()
}

// TimerPeriod draws the period of a made-up timer in steps: mostly of 5 to 60,
// one in four of 61 to longest.
func TimerPeriod(rng *rand.Rand, longest int) int {
	period := 5 + rng.IntN(56)
	if rng.IntN(4) == 0 {
		period = 61 + rng.IntN(longest-60)
	}
	return period
}

// timer makes up a function that is called once per period, of up to half its
// length. One in three is late or early by a step now and then, one in three
// misses some calls. Real traces hold timers of few periods only; these fill the
// range.
func timer(rng *rand.Rand) Task {
	length := span + rng.IntN(feature.MaxHistory+feature.Horizons-span+1)
	t := Task{Phase: rng.IntN(feature.PhaseSteps), Counts: make([]int32, length)}
	period := TimerPeriod(rng, length/2)
	first := rng.IntN(period)
	jitter, miss := 0.0, 0.0 // probabilities per call
	switch rng.IntN(3) {
	case 0:
		jitter = 0.3 * rng.Float64()
	case 1:
		miss = 0.1 * rng.Float64()
	}
	calls := int32(1)
	if rng.IntN(4) == 0 {
		calls += int32(rng.IntN(5))
	}
	for due := first; due < length; due += period {
		at := due
		if rng.Float64() < jitter {
			// One step early or one step late.
			at += 2*rng.IntN(2) - 1
		}
		if at >= 0 && at < length && rng.Float64() >= miss {
			t.Counts[at] = calls
		}
	}
	return t
}

// example is a history of at most feature.MaxHistory steps and the Horizons steps
// that followed.
type example struct {
	counts []int32
	phase  int // of the first step
}

// origin returns the number of steps of the history.
func (e example) origin() int { return len(e.counts) - feature.Horizons }

// history returns the steps before the origin. Its capacity ends there, so that
// nothing that reads it can reach what followed.
func (e example) history() []int32 { return e.counts[:e.origin():e.origin()] }

// future returns the observed counts of the horizons.
func (e example) future() []int32 { return e.counts[e.origin():] }

// draw picks an example: any task with equal chance, any origin in it with equal
// chance, or, with probability timers, the end of a made-up timer.
func draw(tasks []Task, timers float64, rng *rand.Rand) example {
	if rng.Float64() < timers {
		t := timer(rng)
		return t.at(len(t.Counts) - feature.Horizons)
	}
	t := tasks[rng.IntN(len(tasks))]
	// An origin has at least Steps steps before it and Horizons after it;
	// checkLengths makes sure that there is one.
	return t.at(feature.Steps + rng.IntN(len(t.Counts)-span+1))
}

// drawFaulty draws an example with a history as operation may have it: one in eight
// has unknown steps, of which real traces have few, and some are short.
func drawFaulty(tasks []Task, timers float64, rng *rand.Rand) example {
	e := draw(tasks, timers, rng)
	if rng.IntN(8) == 0 {
		e = e.spoil(rng)
	}
	return e.shorten(rng)
}

// at returns the example with the given origin.
func (t Task) at(origin int) example {
	from := max(0, origin-feature.MaxHistory)
	// The counts are those of the trace and shared by all examples: code that changes
	// them must clone them first.
	return example{counts: t.Counts[from : origin+feature.Horizons], phase: (t.Phase + from) % feature.PhaseSteps}
}

// tail returns the example with the last n steps of the history only.
func (e example) tail(n int) example {
	if cut := e.origin() - n; cut > 0 {
		e.counts, e.phase = e.counts[cut:], (e.phase+cut)%feature.PhaseSteps
	}
	return e
}

// shorten returns the example with a history as a collector might hold it: the
// whole, the last Steps steps in two of eight cases, and in one of eight any
// shorter one, as after the first call of a function.
func (e example) shorten(rng *rand.Rand) example {
	switch rng.IntN(8) {
	case 0, 1:
		return e.tail(feature.Steps)
	case 2:
		return e.tail(minHistory + rng.IntN(feature.Steps-minHistory))
	}
	return e
}

// minHistory is the shortest history in steps that is trained on.
const minHistory = 3

// spoil returns the example with up to ten of its last Steps steps made unknown,
// as if Prometheus had not answered. The example itself is not changed.
func (e example) spoil(rng *rand.Rand) example {
	e.counts = slices.Clone(e.counts)
	n := min(e.origin(), feature.Steps)
	from := e.origin() - n + rng.IntN(n)
	for i := from; i < min(from+1+rng.IntN(10), e.origin()); i++ {
		e.counts[i] = series.NoData
	}
	return e
}
