package feature

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"prewarm/shared/series"
)

// The columns that are read once per history are those that never differ between
// horizons.
func TestVaryingColumnsAreThoseThatDiffer(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	pooled, p, differs := uniform(), make([]float32, Horizons), map[int]bool{}
	rows := make([]float32, Horizons*Columns)
	for range 100 {
		h := &History{}
		h.Read(randomCounts(rng, 200+rng.IntN(600)), rng.IntN(60))
		for i := range p {
			p[i] = rng.Float32()
		}
		var u [Horizons]float32
		h.Renewal(u[:], pooled)
		h.Rows(rows, p, u[:])
		for i, v := range rows {
			if v != rows[i%Columns] {
				differs[i%Columns] = true
			}
		}
	}
	for c, name := range ColumnNames() {
		if slices.Contains(varying[:], c) != differs[c] {
			t.Errorf("column %d, %s, differs between horizons: %v", c, name, differs[c])
		}
	}
}

func TestDenseRowsHoldEveryColumnOnce(t *testing.T) {
	const horizons = 3
	rows, want := make([]float32, horizons*Columns), map[float32]bool{}
	for c := range Columns {
		for h := range horizons {
			rows[h*Columns+c] = float32(int(1)<<(c%20)) + float32(c)/64
			if slices.Contains(varying[:], c) {
				rows[h*Columns+c] += float32(h)
			}
			want[squash(rows[h*Columns+c])] = true
		}
	}
	dst, shared := make([]float32, horizons*VaryingColumns), make([]float32, SharedColumns)
	DenseRows(dst, shared, rows, nil)
	got := map[float32]bool{}
	for _, v := range append(dst, shared[:SharedColumns-CountColumns]...) {
		got[v] = true
	}
	for v := range want {
		if !got[v] {
			t.Errorf("a value of %v is not read", v)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d values are read, of %d", len(got), len(want))
	}
}

// The counts of a short history: 8, unknown, 2, and 1 in the step before the origin.
func TestCountsAreThoseOfTheLastSteps(t *testing.T) {
	got := make([]float32, CountColumns)
	for i := range got {
		got[i] = float32(math.NaN()) // all of it must be overwritten
	}
	countsTo(got, []int32{8, series.NoData, 2, 1})
	want := []float32{squash(1), squash(2), 0, squash(8), 0, 0, 0, 0, 0, 0, squash(1.5), squash(1), squash(2)}
	for range len(countSpans) - 1 {
		want = append(want, squash(11.0/3), squash(1), squash(8))
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	countsTo(got, []int32{series.NoData})
	if slices.Max(got) != 0 || slices.Min(got) != 0 {
		t.Errorf("nothing known: %v", got)
	}
}

func TestSquashIsNearALogarithm(t *testing.T) {
	last := float32(-1000)
	for x := float32(-1e6); x < 1e6; x += 1 + max(x, -x)/50 {
		got := squash(x)
		want := math.Copysign(math.Log2(1+math.Abs(float64(x))), float64(x))
		if math.Abs(float64(got)-want) > 0.0861 || got <= last {
			t.Fatalf("%v becomes %v, near %v, after %v", x, got, want, last)
		}
		last = got
	}
	if squash(0) != 0 || squash(1) != 1 || squash(-3) != -2 {
		t.Errorf("0, 1, -3 become %v, %v, %v", squash(0), squash(1), squash(-3))
	}
}

func BenchmarkDenseRows(b *testing.B) {
	counts := every(MaxHistory, 0, 7)
	dst, shared, rows := make([]float32, Horizons*VaryingColumns), make([]float32, SharedColumns), make([]float32, Horizons*Columns)
	for b.Loop() {
		DenseRows(dst, shared, rows, counts)
	}
}
