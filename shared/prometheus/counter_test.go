package prometheus_test

import (
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	prom "prewarm/shared/prometheus"
)

// read counts samples of a counter in the steps of g, as the package invocation does.
func read(g prom.Grid, c prom.Counter, samples []prom.Sample, scrapes []int64, whole bool) []float64 {
	dst := make([]float64, g.Len)
	for _, s := range samples {
		if i := slices.IndexFunc(scrapes, func(t int64) bool { return t > c.Last() }); i >= 0 && scrapes[i] < s.T {
			c.Miss(scrapes[i])
		}
		c.Add(s).Spread(dst, g, whole)
	}
	return dst
}

func samples(pairs ...float64) (out []prom.Sample) {
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, prom.Sample{T: int64(pairs[i] * 1000), V: pairs[i+1]})
	}
	return out
}

func TestIncrementsFallIntoTheStepsThatTheyOverlap(t *testing.T) {
	grid := prom.Grid{Start: 60_000, Step: 60_000, Len: 3}
	known := prom.Counter{}
	known.Add(prom.Sample{T: 50_000, V: 10})
	flowing := known
	flowing.Add(prom.Sample{T: 60_000, V: 11})
	for _, c := range []struct {
		name    string
		counter prom.Counter
		samples []prom.Sample
		scrapes []int64
		want    []float64
	}{
		{"an increment within a step is its own", known, samples(65, 10, 70, 12, 100, 15), nil, []float64{5, 0, 0}},
		{"a flow across a border is divided by time", flowing, samples(100, 15, 140, 19), nil, []float64{6, 2, 0}},
		{"a burst across a border stays together, on the side of the larger share", known, samples(100, 10, 160, 19), nil, []float64{0, 9, 0}},
		{"a sample at the end of a step belongs to it", known, samples(120, 11, 180, 13, 240, 16), nil, []float64{1, 2, 3}},
		{"what was counted before the grid is left out", flowing, samples(65, 16), nil, []float64{5, 0, 0}},
		{"after a gap nothing is put into the first step", flowing, samples(239, 11+179), nil, []float64{60, 60, 59}},
		{"neither is a burst", known, samples(60, 10, 240, 100), nil, []float64{30, 30, 30}},
		{"after a restart the new value counts", known, samples(75, 12, 110, 3), nil, []float64{5, 0, 0}},
		{"a new series counts from zero", prom.FromZero(62_000), samples(70, 5), nil, []float64{5, 0, 0}},
		{"without a known value the first sample adds nothing", prom.Counter{}, samples(70, 5, 80, 6), nil, []float64{1, 0, 0}},
		{"without samples nothing is added", known, nil, nil, []float64{0, 0, 0}},
		{"a counter that was missing has restarted, though it did not fall", known, samples(125, 10), []int64{65_000, 125_000}, []float64{8, 1, 0}},
		{"one that was missing for a moment may only be late", known, samples(75, 11), []int64{70_000, 75_000}, []float64{1, 0, 0}},
	} {
		got := read(grid, c.counter, c.samples, c.scrapes, true)
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
	for _, c := range []struct{ from, to, first, end int64 }{
		{0, 1000, 0, 0}, {0, 1001, 0, 1}, {1499, 1500, 0, 1}, {1500, 1501, 1, 2}, {1200, 1800, 0, 2}, {1800, 9000, 1, 2}, {2000, 9000, 0, 0}, {1700, 1700, 0, 0},
	} {
		if first, end := g.Overlap(c.from, c.to); int64(first) != c.first || int64(end) != c.end {
			t.Errorf("(%d, %d]: got steps %d to %d, want %d to %d", c.from, c.to, first, end, c.first, c.end)
		}
	}
}

// A reader stops at a border and goes on from the value that the counter had there. It
// counts the same as one that does not stop.
func TestReadingOnFromABorderCountsTheRest(t *testing.T) {
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 1))
		grid := prom.Grid{Start: 0, Step: 1000 + rng.Int64N(60_000), Len: 6}
		whole := seed%2 == 0
		c := prom.FromZero(0)
		c.Add(prom.Sample{T: 1, V: float64(rng.IntN(2))})
		before := c
		s := prom.Sample{T: 1 + rng.Int64N(grid.End()), V: float64(rng.IntN(50))}
		all := make([]float64, grid.Len)
		r := c.Add(s)
		r.Spread(all, grid, whole)
		border := grid.Begin(1 + rng.IntN(grid.Len-1))
		if border <= r.From || border >= r.To || r.Restart {
			continue
		}
		// Only the first part, and then the rest from the border on.
		parts := make([]float64, grid.Len)
		first := prom.Grid{Start: 0, Step: grid.Step, Len: int(border / grid.Step)}
		r.Spread(parts[:first.Len], first, whole)
		at := c.At(border, r, grid.Step, whole)
		rest := at.Add(s)
		rest.Spread(parts, grid, whole)
		if got, want := sum(parts), sum(all); math.Abs(got-want) > 1e-9 || sum(parts[:first.Len]) != sum(all[:first.Len]) {
			t.Errorf("seed %d: from %+v: %v in parts, %v at once", seed, before, parts, all)
		}
	}
}

func sum(v []float64) (total float64) {
	for _, x := range v {
		total += x
	}
	return total
}

func FuzzSpread(f *testing.F) {
	f.Add(uint64(1), int64(5), int64(7), true)
	f.Fuzz(func(t *testing.T, seed uint64, start, step int64, whole bool) {
		if step < 1 || step > 1<<40 || start < 0 || start > 1<<50 {
			return
		}
		rng := rand.New(rand.NewPCG(seed, 2))
		g := prom.Grid{Start: start, Step: step, Len: 4}
		var all []prom.Sample
		for at := start - step; at < g.End()+step; at += 1 + rng.Int64N(3*step) {
			all = append(all, prom.Sample{T: at, V: float64(rng.IntN(100))})
		}
		for i, x := range read(g, prom.Counter{}, all, nil, whole) {
			if x < -1e-6 || whole && x != float64(int64(x)) {
				t.Errorf("step %d: %v is not a count", i, x)
			}
		}
	})
}
