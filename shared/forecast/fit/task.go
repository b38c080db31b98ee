// Package fit trains the parts of a forecast: the network on windows of many
// functions, the refiner on what networks say of functions they have not seen,
// and the calibration on functions that neither has.
package fit

import (
	"fmt"
	"hash/fnv"
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

// span is the number of steps that one example takes: the past and the steps
// that are forecast.
const span = feature.Steps + feature.Horizons

// Group is the use that a function is put to. It depends on the owner's name
// alone, so that all functions of one owner are in one group, and a function
// is in the same group in every trace, program and run.
type Group int

// The groups. TestGroup is never trained on.
const (
	FoldA Group = iota
	FoldB
	Calibration
	TestGroup
)

// GroupOf returns the group of an owner: 20 % test, 10 % calibration, and the
// rest in two folds.
func GroupOf(owner string) Group {
	h := fnv.New64a()
	h.Write([]byte(owner))
	switch share := mix(h.Sum64()) % 100; {
	case share < 20:
		return TestGroup
	case share < 30:
		return Calibration
	case share < 65:
		return FoldA
	}
	return FoldB
}

// mix spreads the bits of x, as FNV leaves similar names with similar hashes.
// Source: the finaliser of SplitMix64, Steele, Lea, Flood, OOPSLA 2014.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// split sorts tasks into groups.
func split(tasks []Task) (groups [4][]Task) {
	for _, t := range tasks {
		g := GroupOf(t.Owner)
		groups[g] = append(groups[g], t)
	}
	return groups
}

func checkTasks(tasks []Task) error {
	groups := split(tasks)
	for _, g := range []Group{FoldA, FoldB, Calibration} {
		if len(groups[g]) == 0 {
			return fmt.Errorf("fit: group %d must have at least one of the %d functions", g, len(tasks))
		}
	}
	for _, t := range tasks {
		if len(t.Counts) < span {
			return fmt.Errorf("fit: function %q must have at least %d steps, had: %d", t.Name, span, len(t.Counts))
		}
	}
	return nil
}

// timer makes a function that is called once per period of 5 to 60 steps. One
// in three is late or early by a step now and then, one in three misses some
// calls. Real traces hold timers of few periods only; these fill the range.
func timer(rng *rand.Rand) Task {
	t := Task{Phase: rng.IntN(feature.PhaseSteps), Counts: make([]int32, span)}
	period, phase := 5+rng.IntN(56), rng.IntN(60)
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
	for at := phase % period; at < span; at += period {
		place := at
		if rng.Float64() < jitter {
			place += 2*rng.IntN(2) - 1
		}
		if place >= 0 && place < span && rng.Float64() >= miss {
			t.Counts[place] = calls
		}
	}
	return t
}

// example is a stretch of span steps of one task.
type example struct {
	counts []int32
	phase  int
}

// draw picks an example: any function with equal chance, any stretch of it
// with equal chance, or a made-up timer.
func draw(tasks []Task, timers float64, rng *rand.Rand) example {
	if rng.Float64() < timers {
		t := timer(rng)
		return example{counts: t.Counts, phase: t.Phase}
	}
	t := tasks[rng.IntN(len(tasks))]
	from := rng.IntN(len(t.Counts) - span + 1)
	return example{counts: t.Counts[from : from+span], phase: (t.Phase + from) % feature.PhaseSteps}
}

// spoil returns the example with a stretch of its past made unknown, as
// happens when a store does not answer. The example itself is not changed.
func (e example) spoil(rng *rand.Rand) example {
	counts := append([]int32(nil), e.counts...)
	from := rng.IntN(feature.Steps)
	for i := from; i < min(from+1+rng.IntN(10), feature.Steps); i++ {
		counts[i] = series.NoData
	}
	return example{counts: counts, phase: e.phase}
}
