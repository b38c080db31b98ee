package feature

import (
	"math"
	"math/rand/v2"
	"testing"
)

func row(counts []int32, phase int, threshold float64, t int) []float32 {
	var l Volume
	l.Read(counts, phase)
	return l.Row(make([]float32, VolumeColumns), threshold, t, math.Log1p(6), math.Log1p(9), 0.5)
}

// A function is called 4 times a minute and 40 times every ten minutes, last
// three steps ago.
func TestAVolumeRowDescribesTheHistory(t *testing.T) {
	counts := make([]int32, Steps)
	for i := range counts {
		counts[i] = 4
		if i%10 == 6 {
			counts[i] = 40
		}
	}
	x := row(counts, 0, 20, 7)
	for at, want := range map[int]float64{
		0:  math.Log1p(20) - math.Log1p(4),
		2:  math.Log1p(20) - math.Log1p(40),
		7:  math.Log1p(20) - math.Log1p(6),
		8:  math.Log1p(20) - math.Log1p(9),
		12: 0,
		13: 0.1,
		16: 10, // three steps ago and seven ahead
		17: 10,
		27: 7,
		28: 6, // minute 186
		29: 1,
	} {
		if math.Abs(float64(x[at])-want) > 1e-5 {
			t.Errorf("%s: got %v, want %v", VolumeColumnNames()[at], x[at], want)
		}
	}
	if due, not := x[20], row(counts, 0, 20, 6)[20]; due < 0.9 || not > 0.1 {
		t.Errorf("folded by ten: %v at the beat, %v before it", due, not)
	}
}

func TestVolumeRowsAreFiniteForAnyHistory(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		x := row(randomCounts(rng, 1+rng.IntN(300)), rng.IntN(60), 60*rng.Float64(), 1+rng.IntN(Horizons))
		for i, v := range x {
			if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
				t.Fatalf("%s is %v", VolumeColumnNames()[i], v)
			}
		}
	}
}

func TestEveryVolumeColumnHasAName(t *testing.T) {
	seen := map[string]bool{}
	for i, name := range VolumeColumnNames() {
		if name == "" || seen[name] {
			t.Errorf("column %d is named %q", i, name)
		}
		seen[name] = true
	}
}

func TestAVolumeAllocatesNothing(t *testing.T) {
	var l Volume
	counts, dst := every(Steps, 0, 2), make([]float32, VolumeColumns)
	if allocs := testing.AllocsPerRun(10, func() { l.Read(counts, 0); l.Row(dst, 0.5, 3, 1, 2, 0) }); allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}
