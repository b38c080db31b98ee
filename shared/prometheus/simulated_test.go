package prometheus_test

import (
	"math"
	"math/rand/v2"
	"testing"

	prom "prewarm/shared/prometheus"
)

// world is a real counter, and the samples that a store has of it.
type world struct {
	perStep []float64 // calls that a reader of the samples can know of
	step    int64
	samples []prom.Sample
	scrapes []int64
	hidden  bool // a restart left no trace: the value came back as high at once

	value     float64
	pending   []int64 // times of the calls since the last sample
	restarted bool
	gone      int64 // first scrape without the counter since the restart
}

// simulate runs n milliseconds of calls, restarts and scrapes at a random phase, some of
// which are missed.
func simulate(rng *rand.Rand, n, step int64) *world {
	w := &world{step: step, perStep: make([]float64, n/step+1)}
	interval := 1000 + rng.Int64N(20_000)
	phase, rate, missed := rng.Int64N(interval), rng.Float64()*0.01, rng.Float64()*0.5
	for now := int64(1); now <= n; now++ {
		if rng.Float64() < rate {
			w.value++
			w.pending = append(w.pending, now)
		}
		if rng.Float64() < 0.000006 {
			w.restart()
		}
		if now%interval == phase && rng.Float64() >= missed {
			w.scrape(now)
		}
	}
	return w
}

// restart removes the counter until the next call. The calls since the last scrape are
// in no sample and cannot be known.
func (w *world) restart() { w.value, w.pending, w.restarted, w.gone = 0, nil, true, 0 }

func (w *world) scrape(now int64) {
	w.scrapes = append(w.scrapes, now)
	if w.value == 0 {
		if w.gone == 0 {
			w.gone = now
		}
		return
	}
	if n := len(w.samples); w.restarted && n > 0 {
		absent := w.gone != 0 && now-w.gone >= prom.Reappear
		w.hidden = w.hidden || (w.value >= w.samples[n-1].V && !absent)
	}
	w.samples = append(w.samples, prom.Sample{T: now, V: w.value})
	for _, at := range w.pending {
		w.perStep[(at-1)/w.step]++
	}
	w.pending, w.restarted, w.gone = nil, false, 0
}

// The sum over all steps is the number of calls, and the sum up to any border is off by no
// more than the calls between the two samples about it.
func TestCountsAreAsGoodAsTheSamplesAllow(t *testing.T) {
	exact := 0
	for seed := range uint64(150) {
		rng := rand.New(rand.NewPCG(seed, 1))
		step := 1000 * (1 + rng.Int64N(60))
		w := simulate(rng, 300_000, step)
		g := prom.Grid{Start: 0, Step: step, Len: len(w.perStep)}
		got := read(g, prom.FromZero(0), w.samples, w.scrapes, true)
		if total, want := sum(got), sum(w.perStep); total > want || !w.hidden && total != want {
			t.Errorf("seed %d: got %v calls, want %v", seed, total, want)
		}
		if w.hidden {
			continue
		}
		exact++
		for i := range got {
			border := g.Begin(i + 1)
			if off, between := math.Abs(sum(got[:i+1])-sum(w.perStep[:i+1])), w.between(border); off > between {
				t.Errorf("seed %d: up to %d the count is off by %v, with %v calls between its samples", seed, border, off, between)
			}
		}
	}
	if exact < 100 {
		t.Errorf("only %d of 150 worlds have no hidden restart", exact)
	}
}

// between returns the increment between the samples before and after a border.
func (w *world) between(border int64) float64 {
	c := prom.FromZero(0)
	for _, s := range w.samples {
		if r := c.Add(s); s.T >= border {
			return max(r.By, s.V)
		}
	}
	return 0
}
