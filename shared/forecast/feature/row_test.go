package feature

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"prewarm/shared/series"
)

// rows returns the rows of all horizons, with probabilities of 0 by the network.
func rows(h *History) []float32 { return rowsWith(h, make([]float32, Horizons)) }

// rowsWith returns the rows of all horizons, with the probabilities p by the network.
func rowsWith(h *History, p []float32) []float32 {
	var u [Horizons]float32
	h.Renewal(u[:], uniform())
	return h.Rows(make([]float32, Horizons*Columns), p, u[:])
}

func TestRowsAreFiniteForAnyHistory(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	histories := [][]int32{
		{0}, {1}, {series.NoData}, {math.MaxInt32, 0}, make([]int32, MaxHistory), randomCounts(rng, MaxHistory), randomCounts(rng, 2*MaxHistory+1),
		slices.Repeat([]int32{math.MaxInt32}, MaxHistory), slices.Repeat([]int32{series.NoData}, MaxHistory), slices.Repeat([]int32{0, 0, series.NoData}, 40),
	}
	for range 300 {
		histories = append(histories, randomCounts(rng, 1+rng.IntN(300)))
	}
	p := make([]float32, Horizons)
	for _, counts := range histories {
		h := &History{}
		h.Read(counts, rng.IntN(60))
		for i := range p {
			p[i] = rng.Float32()
		}
		for i, v := range rowsWith(h, p) {
			if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
				t.Fatalf("%d steps: %s at horizon %d is %v", len(counts), ColumnNames()[i%Columns], i/Columns+1, v)
			}
		}
	}
}

// The columns of contexts and paces are at the places of their names.
func TestColumnsOfContextsAndPaces(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	h := read(randomCounts(rng, 700))
	rows, names := rows(h), ColumnNames()
	for _, horizon := range []int{1, 7, 60} {
		want := map[string]float32{}
		var after [contexts]float32
		h.contextShares(after[:], horizon)
		for i, n := range []string{"last 4", "last 8", "last 16", "longest context", "longest seen twice", "longest seen 4 times"} {
			want["after the "+n] = after[i]
		}
		for i, n := range []string{"longest context", "longest seen twice", "longest seen 4 times"} {
			want[n] = float32(h.contextLength[i])
		}
		for i, n := range []string{"30", "180", "all"} {
			p := h.paces[i]
			want["owed by the pace of "+n], want["pace of "+n], want["scatter of "+n] = float32(p.owed(horizon)), float32(p.slope), float32(p.scatter)
		}
		if len(want) != Columns-GapColumns {
			t.Fatalf("%d columns are looked at, of %d", len(want), Columns-GapColumns)
		}
		for name, w := range want {
			if got := rows[(horizon-1)*Columns+slices.Index(names[:], name)]; got != w {
				t.Errorf("%s at horizon %d is %v, want %v", name, horizon, got, w)
			}
		}
	}
}

func TestEveryColumnHasAName(t *testing.T) {
	seen := map[string]bool{}
	for i, name := range ColumnNames() {
		if name == "" || seen[name] {
			t.Errorf("column %d is named %q", i, name)
		}
		seen[name] = true
	}
}

func TestRowsKnowHorizonAndClock(t *testing.T) {
	h := &History{}
	h.Read(every(30, 0, 10), 50) // begins at minute 50: the origin is minute 20
	var u [Horizons]float32
	rows := h.Rows(make([]float32, Horizons*Columns), make([]float32, Horizons), u[:])
	for _, horizon := range []int{1, 40, 41, 60} {
		row := rows[(horizon-1)*Columns : horizon*Columns]
		if row[21] != float32(horizon) || row[22] != float32((20+horizon-1)%60) {
			t.Errorf("horizon %d: the columns are %v and minute %v", horizon, row[21], row[22])
		}
	}
}

func TestLogitIsBounded(t *testing.T) {
	for p, want := range map[float32]float64{0: -MaxLogit, 1: MaxLogit, 0.5: 0} {
		if got := Logit(p); math.Abs(float64(got)-want) > 1e-5 {
			t.Errorf("logit of %v is %v, want %v", p, got, want)
		}
	}
}

func TestNothingIsAllocatedPerWindow(t *testing.T) {
	h, pooled, counts := &History{}, uniform(), every(Steps, 0, 2)
	counts[Steps-9] = series.NoData
	p, dst := make([]float32, Horizons), make([]float32, Horizons*Columns)
	var u [Horizons]float32
	h.Read(counts, 0)
	if allocs := testing.AllocsPerRun(10, func() {
		h.Read(counts, 0)
		h.Renewal(u[:], pooled)
		h.Rows(dst, p, u[:])
	}); allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}

func BenchmarkRows(b *testing.B)       { benchmarkRows(b, Steps) }
func BenchmarkRowsOfADay(b *testing.B) { benchmarkRows(b, MaxHistory) }

func benchmarkRows(b *testing.B, steps int) {
	h, pooled, counts := &History{}, uniform(), every(steps, 0, 7)
	p, dst := make([]float32, Horizons), make([]float32, Horizons*Columns)
	var u [Horizons]float32
	for b.Loop() {
		h.Read(counts, 0)
		h.Renewal(u[:], pooled)
		h.Rows(dst, p, u[:])
	}
}
