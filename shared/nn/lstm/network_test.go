package lstm

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestSizeCountsEveryParameter(t *testing.T) {
	s := Shape{Inputs: 3, Hidden: 4, Outputs: 2}
	n := New[float64](s, rand.New(rand.NewPCG(1, 1)))
	if want := (3+4)*16 + 16 + 4*2 + 2; s.Size() != want || len(n.Params()) != want {
		t.Errorf("got %d and %d, want %d", s.Size(), len(n.Params()), want)
	}
	if got := len(n.w) + len(n.b) + len(n.v) + len(n.d); got != s.Size() {
		t.Errorf("the views hold %d of %d parameters", got, s.Size())
	}
}

func TestNewOpensTheForgetGates(t *testing.T) {
	n := New[float32](Shape{Inputs: 1, Hidden: 2, Outputs: 1}, rand.New(rand.NewPCG(1, 1)))
	for i, b := range n.b {
		if want := float32(0); (i == 2 || i == 3) != (b == 1) && b != want {
			t.Errorf("bias %d is %v", i, b)
		}
	}
	for i, w := range n.w {
		if math.Abs(float64(w)) > 1/math.Sqrt2 {
			t.Errorf("weight %d is %v, beyond 1/sqrt(hidden)", i, w)
		}
	}
}

func TestValidateNamesTheField(t *testing.T) {
	for field, s := range map[string]Shape{
		"inputs":  {Inputs: 0, Hidden: 1, Outputs: 1},
		"hidden":  {Inputs: 1, Hidden: MaxHidden + 1, Outputs: 1},
		"outputs": {Inputs: 1, Hidden: 1, Outputs: -3},
	} {
		if err := s.Validate(); err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%s: got %v", field, err)
		}
	}
}

// The stated bound holds over a fine grid, for the tails, and for what lies
// beyond them. Sigmoid is half a tanh, so its error is half as large.
func TestFastActivationsStayWithinTheStatedError(t *testing.T) {
	var worst float64
	check := func(x float32) {
		worst = max(worst, math.Abs(float64(tanh32(x))-math.Tanh(float64(x))))
	}
	for x := float32(-12); x <= 12; x += 1e-4 {
		check(x)
	}
	if endBits != math.Float32bits(tableCells) {
		t.Errorf("the bits of the end are %#x, want %#x", endBits, math.Float32bits(tableCells))
	}
	for _, x := range []float32{0, 1e-30, -1e-30, 1e30, -1e30, float32(math.Inf(1)), float32(math.Inf(-1))} {
		check(x)
	}
	if worst > MaxActivationError {
		t.Errorf("error %g exceeds %g", worst, MaxActivationError)
	}
	t.Logf("largest error %g", worst)
	if y := tanh32(float32(math.NaN())); y != -1 {
		t.Errorf("of NaN it is %v", y)
	}
}

func TestFastTanhRisesEverywhere(t *testing.T) {
	last := float32(-1)
	for x := float32(-9); x < 9; x += 1e-3 {
		if y := tanh32(x); y < last || y > 1 {
			t.Fatalf("tanh(%v) is %v after %v", x, y, last)
		} else {
			last = y
		}
	}
}

// BenchmarkActivate activates the gates of one step of 32 sequences; ns/tanh is
// the cost of each of the five functions per cell.
func BenchmarkActivate(b *testing.B) {
	const cells, rows = 32, 32
	rng := rand.New(rand.NewPCG(1, 2))
	inputs, gates := make([]float32, rows*4*cells), make([]float32, rows*4*cells)
	for i := range inputs {
		inputs[i] = float32(2 * rng.NormFloat64())
	}
	c, tc, h := make([]float32, cells), make([]float32, cells), make([]float32, cells)
	for b.Loop() {
		copy(gates, inputs)
		for r := range rows {
			activate(gates[r*4*cells:(r+1)*4*cells], c, tc, h)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*rows*cells*5), "ns/tanh")
}
