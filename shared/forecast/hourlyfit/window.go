package hourlyfit

import (
	"math/rand/v2"
	"sync"

	"prewarm/shared/forecast/feature"
	"prewarm/shared/forecast/fit"
	"prewarm/shared/forecast/hourly"
)

// window is a past of MinHours to MaxHours hours, and the hour that followed.
type window struct {
	counts []int32
	phase  int // feature.Phase of the first step
}

func (w window) origin() int   { return len(w.counts) - hourly.Hour }
func (w window) past() []int32 { return w.counts[:w.origin():w.origin()] }

// windows returns pasts of all tasks, one every Stride minutes, of lengths drawn
// with equal chance, and made-up timers, without those of which it is not known
// what came; Examples of them at most.
func (o Options) windows(tasks []fit.Task, rng *rand.Rand) []window {
	var all []window
	for _, t := range tasks {
		for end := hourly.MinHours*hourly.Hour + rng.IntN(o.Stride); end+hourly.Hour <= len(t.Counts); end += o.Stride {
			hours := hourly.MinHours + rng.IntN(hourly.MaxHours-hourly.MinHours+1)
			from := max(0, end-hours*hourly.Hour)
			w := window{counts: t.Counts[from : end+hourly.Hour], phase: (t.Phase + from) % feature.PhaseSteps}
			all = append(all, w)
		}
	}
	for range int(o.Timers / (1 - o.Timers) * float64(len(all))) {
		all = append(all, timer(rng))
	}
	rng.Shuffle(len(all), func(i, k int) { all[i], all[k] = all[k], all[i] })
	all = all[:min(len(all), o.Examples)]
	kept := all[:0]
	var targets [hourly.MaxHours]float32
	for _, w := range all {
		if hourly.Targets(targets[:], w.counts, w.origin()) {
			kept = append(kept, w)
		}
	}
	return kept
}

// timer makes a window of a function that is called once per period: mostly of
// 5 to 60 steps, one in four of up to three hours; every other one is late or
// early by up to two steps now and then. Real traces hold timers of few periods
// only; these fill the range.
func timer(rng *rand.Rand) window {
	hours := hourly.MinHours + rng.IntN(hourly.MaxHours-hourly.MinHours+1)
	w := window{counts: make([]int32, (hours+1)*hourly.Hour), phase: rng.IntN(feature.PhaseSteps)}
	period := 5 + rng.IntN(56)
	if rng.IntN(4) == 0 {
		period = 61 + rng.IntN(120)
	}
	jitter := 0.0
	if rng.IntN(2) == 0 {
		jitter = 0.5 * rng.Float64()
	}
	for at := rng.IntN(period); at < len(w.counts); at += period {
		place := at
		if rng.Float64() < jitter {
			place += rng.IntN(5) - 2
		}
		if place >= 0 && place < len(w.counts) {
			w.counts[place] = 1
		}
	}
	return w
}

// parallel calls work for parts of n items, each with a reader of its own.
func parallel(m *hourly.Model, n int, work func(r *hourly.Reader, i int)) {
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
