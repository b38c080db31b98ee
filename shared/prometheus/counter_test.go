package prometheus_test

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	prom "prewarm/shared/prometheus"
)

func TestIncrease(t *testing.T) {
	grid := prom.Grid{Start: 60_000, Step: 60_000, Len: 3}
	s := func(pairs ...float64) (out []prom.Sample) {
		for i := 0; i < len(pairs); i += 2 {
			out = append(out, prom.Sample{T: int64(pairs[i] * 1000), V: pairs[i+1]})
		}
		return out
	}
	known := prom.Counter{}
	known.Add(prom.Sample{T: 50_000, V: 10})
	for _, c := range []struct {
		name    string
		counter prom.Counter
		samples []prom.Sample
		scrapes []int64
		want    []float64
	}{
		{"increments fall into the step of the later sample", known, s(70, 12, 130, 15, 239, 15), nil, []float64{2, 3, 0}},
		{"a sample at the end of a step belongs to it", known, s(120, 11, 180, 13, 240, 16), nil, []float64{1, 2, 3}},
		{"samples outside of the grid are ignored", known, s(55, 11, 60, 11, 61, 12, 241, 99), nil, []float64{2, 0, 0}},
		{"missing scrapes lose nothing", known, s(239, 17), nil, []float64{0, 0, 7}},
		{"after a restart the new value counts", known, s(70, 12, 130, 3), nil, []float64{2, 3, 0}},
		{"a new series counts from zero", prom.FromZero(), s(70, 5), nil, []float64{5, 0, 0}},
		{"without a known value the first sample adds nothing", prom.Counter{}, s(70, 5, 80, 6), nil, []float64{1, 0, 0}},
		{"without samples nothing is added", known, nil, nil, []float64{0, 0, 0}},
		{"a counter that was missing has restarted, though it did not fall", known, s(130, 10), []int64{65_000, 130_000}, []float64{0, 10, 0}},
		{"one that was missing for a moment may only be late", known, s(70, 11), []int64{65_000, 70_000}, []float64{1, 0, 0}},
	} {
		got := make([]float64, 3)
		prom.Increase(got, grid, c.counter, c.samples, c.scrapes)
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

func TestAStepIncludesItsEndButNotItsBegin(t *testing.T) {
	g := prom.Grid{Start: 1000, Step: 500, Len: 2}
	for at, want := range map[int64]int{1001: 0, 1500: 0, 1501: 1, 2000: 1} {
		if i, ok := g.Index(at); !ok || i != want {
			t.Errorf("%d: got %d, %v, want %d", at, i, ok, want)
		}
	}
	for _, at := range []int64{0, 1000, 2001} {
		if i, ok := g.Index(at); ok {
			t.Errorf("%d lies outside of the grid, got step %d", at, i)
		}
	}
}

// world is a real counter, and the samples that a store has of it.
type world struct {
	calls   int // that a reader of the samples can know of: see restart
	samples []prom.Sample
	scrapes []int64
	hidden  bool // a restart left no trace: the value came back as high at once

	value     float64
	pending   int // calls since the last sample
	restarted bool
	gone      int64 // first scrape without the counter since the restart
}

// simulate runs n milliseconds of calls, restarts and scrapes at a random phase, some of
// which are missed.
func simulate(rng *rand.Rand, n int64) *world {
	w := new(world)
	interval := 1000 + rng.Int64N(20_000)
	phase, rate, missed := rng.Int64N(interval), rng.Float64()*0.01, rng.Float64()*0.5
	for now := int64(1); now <= n; now++ {
		if rng.Float64() < rate {
			w.value++
			w.pending++
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
func (w *world) restart() {
	w.value, w.pending, w.restarted, w.gone = 0, 0, true, 0
}

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
	w.calls += w.pending
	w.pending, w.restarted, w.gone = 0, false, 0
}

func TestTheTotalEqualsTheCalls(t *testing.T) {
	exact := 0
	for seed := range uint64(150) {
		rng := rand.New(rand.NewPCG(seed, 1))
		step := 1000 * (1 + rng.Int64N(60))
		w := simulate(rng, 300_000)
		all := prom.Grid{Start: 0, Step: step, Len: int(300_000/step) + 1}
		whole := make([]float64, all.Len)
		prom.Increase(whole, all, prom.FromZero(), w.samples, w.scrapes)
		got := int(sum(whole))
		if !w.hidden {
			exact++
		}
		if got > w.calls || (!w.hidden && got != w.calls) {
			t.Errorf("seed %d: got %d calls, want %d", seed, got, w.calls)
		}
		if parts := inParts(rng, all, w); !slices.Equal(parts, whole) {
			t.Errorf("seed %d: grid by grid %v, at once %v", seed, parts, whole)
		}
	}
	if exact < 100 {
		t.Errorf("only %d of 150 worlds have no hidden restart", exact)
	}
}

// inParts counts the same grid in parts of random length.
func inParts(rng *rand.Rand, all prom.Grid, w *world) []float64 {
	var out []float64
	c := prom.FromZero()
	for len(out) < all.Len {
		g := prom.Grid{Start: all.Start + int64(len(out))*all.Step, Step: all.Step, Len: min(all.Len-len(out), 1+rng.IntN(5))}
		dst := make([]float64, g.Len)
		c = prom.Increase(dst, g, c, w.samples, w.scrapes)
		out = append(out, dst...)
	}
	return out
}

func sum(v []float64) (total float64) {
	for _, x := range v {
		total += x
	}
	return total
}

func FuzzIncrease(f *testing.F) {
	f.Add(uint64(1), int64(5), int64(7))
	f.Fuzz(func(t *testing.T, seed uint64, start, step int64) {
		if step < 1 || step > 1<<40 || start < 0 || start > 1<<50 {
			return
		}
		rng := rand.New(rand.NewPCG(seed, 2))
		g := prom.Grid{Start: start, Step: step, Len: 4}
		var samples []prom.Sample
		for at := start - step; at < g.End()+step; at += 1 + rng.Int64N(step) {
			samples = append(samples, prom.Sample{T: at, V: float64(rng.IntN(100))})
		}
		dst := make([]float64, 4)
		prom.Increase(dst, g, prom.Counter{}, samples, nil)
		for i, x := range dst {
			if x < 0 || x != float64(int64(x)) {
				t.Errorf("step %d: %v is not a count", i, x)
			}
		}
	})
}
