package hourlyfit

import (
	"math/rand/v2"
	"sync"

	"prewarm/models/train/fit"
	"prewarm/shared/forecast/feature"
	"prewarm/shared/forecast/hourly"
)

// window is a history of MinHours to MaxHours hours and the hour that followed.
type window struct {
	counts []int32
	phase  int // feature.Phase of the first step
}

// origin returns the number of steps of the history.
func (w window) origin() int { return len(w.counts) - hourly.Hour }

// history returns the steps before the origin. Its capacity ends there, so that
// nothing that reads it can reach what followed.
func (w window) history() []int32 { return w.counts[:w.origin():w.origin()] }

// windows returns at most Examples windows of the tasks and of made-up timers, in
// random order. Windows whose cold starts are not known for each hour are left out.
func (o Options) windows(tasks []fit.Task, rng *rand.Rand) []window {
	all := o.cut(tasks, rng)
	// With n real windows, t = n·s/(1-s) timers make the share t/(n+t) equal s.
	for range int(o.Timers / (1 - o.Timers) * float64(len(all))) {
		all = append(all, timer(rng))
	}
	// Shuffled before the bound, so that it takes a random sample and not the first
	// functions.
	rng.Shuffle(len(all), func(i, k int) { all[i], all[k] = all[k], all[i] })
	all = all[:min(len(all), o.Examples)]
	// The array of all is reused. Windows are filtered after the bound, as deriving
	// targets costs more than drawing windows.
	kept := all[:0]
	var targets [hourly.MaxHours]float32
	for _, w := range all {
		if hourly.Targets(targets[:], w.counts, w.origin()) {
			kept = append(kept, w)
		}
	}
	return kept
}

// cut returns windows of each task, one every Stride minutes, with histories of lengths
// drawn with equal chance.
func (o Options) cut(tasks []fit.Task, rng *rand.Rand) (all []window) {
	for _, t := range tasks {
		// The random offset keeps the origins of different functions from falling on
		// the same minutes of the hour.
		for end := hourly.MinHours*hourly.Hour + rng.IntN(o.Stride); end+hourly.Hour <= len(t.Counts); end += o.Stride {
			hours := hourly.MinHours + rng.IntN(hourly.MaxHours-hourly.MinHours+1)
			// Near the begin of a trace the history is shorter than drawn, but never
			// below MinHours.
			from := max(0, end-hours*hourly.Hour)
			all = append(all, window{counts: t.Counts[from : end+hourly.Hour], phase: (t.Phase + from) % feature.PhaseSteps})
		}
	}
	return all
}

// timer makes up a window of a function that is called once per period, of up to
// maxPeriod steps. Every other one is late or early by up to two steps now and then.
func timer(rng *rand.Rand) window {
	hours := hourly.MinHours + rng.IntN(hourly.MaxHours-hourly.MinHours+1)
	// One hour more than the history: the hour that is predicted.
	w := window{counts: make([]int32, (hours+1)*hourly.Hour), phase: rng.IntN(feature.PhaseSteps)}
	period := fit.TimerPeriod(rng, maxPeriod)
	jitter := 0.0 // probability per call
	if rng.IntN(2) == 0 {
		jitter = 0.5 * rng.Float64()
	}
	for due := rng.IntN(period); due < len(w.counts); due += period {
		at := due
		if rng.Float64() < jitter {
			at += rng.IntN(5) - 2
		}
		// Jitter may move a call out of the window at either end.
		if at >= 0 && at < len(w.counts) {
			w.counts[at] = 1
		}
	}
	return w
}

// maxPeriod is the longest period of a made-up timer, in steps.
const maxPeriod = 3 * hourly.Hour

// parallel calls work for the items 0 to n-1, in parts that run in parallel with a
// reader of their own each. work must not share anything else.
func parallel(m *hourly.Model, n int, work func(r *hourly.Reader, i int)) {
	// A reader holds buffers and cannot be shared. The parts are contiguous and each
	// item is written by one goroutine, so results do not depend on the number of
	// processors.
	const parts = 8
	var wait sync.WaitGroup
	for k := range parts {
		wait.Go(func() {
			r := hourly.NewReader(m)
			for i := k * n / parts; i < (k+1)*n/parts; i++ {
				work(r, i)
			}
		})
	}
	wait.Wait()
}
