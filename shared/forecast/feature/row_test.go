package feature

import (
	"math"
	"math/rand/v2"
	"testing"

	"prewarm/shared/series"
)

func TestRowsAreFiniteWhateverThePast(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	pooled, p := uniform(), make([]float32, Horizons)
	dst := make([]float32, Horizons*Columns)
	for range 300 {
		h := &History{}
		h.Read(randomCounts(rng, 1+rng.IntN(300)), rng.IntN(60))
		for i := range p {
			p[i] = rng.Float32()
		}
		var u [Horizons]float32
		h.Renewal(u[:], pooled)
		for i, v := range h.Rows(dst, p, u[:]) {
			if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
				t.Fatalf("%s at horizon %d is %v", ColumnNames()[i%Columns], i/Columns+1, v)
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
			t.Errorf("horizon %d: columns say %v at minute %v", horizon, row[21], row[22])
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
func BenchmarkRowsOfADay(b *testing.B) { benchmarkRows(b, Past) }

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
