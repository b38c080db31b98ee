// Package fit trains the parts of a forecast: the network on windows of many
// functions, the refiner on what networks say of functions they have not seen,
// and the calibration on functions that neither has.
package fit

import (
	"math/rand/v2"

	"prewarm/shared/forecast/feature"
	"prewarm/shared/series"
)

// Task is one function: its calls in steps of equal length.
type Task struct {
	Owner  string  // user that the function belongs to, or its own name
	Name   string  // unique
	Phase  int     // feature.Phase of the first step
	Counts []int32 // series.NoData where unknown
}

// span is the least number of steps that one example takes: the past and the
// steps that are forecast.
const span = feature.Steps + feature.Horizons

// timer makes a function that is called once per period: mostly of 5 to 60
// steps, one in four of up to half the longest past. One in three is late or
// early by a step now and then, one in three misses some calls. Real traces
// hold timers of few periods only; these fill the range.
func timer(rng *rand.Rand) Task {
	length := span + rng.IntN(feature.MaxHistory+feature.Horizons-span+1)
	t := Task{Phase: rng.IntN(feature.PhaseSteps), Counts: make([]int32, length)}
	period := 5 + rng.IntN(56)
	if rng.IntN(4) == 0 {
		period = 61 + rng.IntN(length/2-60)
	}
	first := rng.IntN(period)
	jitter, miss := 0.0, 0.0
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
	for at := first; at < length; at += period {
		place := at
		if rng.Float64() < jitter {
			place += 2*rng.IntN(2) - 1
		}
		if place >= 0 && place < length && rng.Float64() >= miss {
			t.Counts[place] = calls
		}
	}
	return t
}

// example is a past of at most Past steps and the Horizons that followed.
type example struct {
	counts []int32
	phase  int // of the first step
}

// origin returns the number of steps of the past.
func (e example) origin() int { return len(e.counts) - feature.Horizons }

func (e example) past() []int32   { return e.counts[:e.origin():e.origin()] }
func (e example) future() []int32 { return e.counts[e.origin():] }

// draw picks an example: any function with equal chance, any origin in it with
// equal chance, or the end of a made-up timer.
func draw(tasks []Task, timers float64, rng *rand.Rand) example {
	if rng.Float64() < timers {
		t := timer(rng)
		return t.at(len(t.Counts) - feature.Horizons)
	}
	t := tasks[rng.IntN(len(tasks))]
	return t.at(feature.Steps + rng.IntN(len(t.Counts)-span+1))
}

// at returns the example whose first future step is the given one.
func (t Task) at(origin int) example {
	from := max(0, origin-feature.MaxHistory)
	return example{counts: t.Counts[from : origin+feature.Horizons], phase: (t.Phase + from) % feature.PhaseSteps}
}

// tail returns the example with the last n steps of the past only.
func (e example) tail(n int) example {
	if cut := e.origin() - n; cut > 0 {
		e.counts, e.phase = e.counts[cut:], (e.phase+cut)%feature.PhaseSteps
	}
	return e
}

// shorten returns the example with a past as a collector might hold it: the
// whole, the last Steps steps, or any shorter one, as after a first call.
func (e example) shorten(rng *rand.Rand) example {
	switch rng.IntN(8) {
	case 0, 1:
		return e.tail(feature.Steps)
	case 2:
		return e.tail(minPast + rng.IntN(feature.Steps-minPast))
	}
	return e
}

// minPast is the shortest past that is trained on.
const minPast = 3

// spoil returns the example with a stretch of its last Steps made unknown, as
// happens when a store does not answer. The example itself is not changed.
func (e example) spoil(rng *rand.Rand) example {
	e.counts = append([]int32(nil), e.counts...)
	n := min(e.origin(), feature.Steps)
	from := e.origin() - n + rng.IntN(n)
	for i := from; i < min(from+1+rng.IntN(10), e.origin()); i++ {
		e.counts[i] = series.NoData
	}
	return e
}
