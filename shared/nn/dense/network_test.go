package dense

import (
	"math"
	"testing"
)

// random returns a network and rows of inputs for it.
func random(s Shape, rows int) (n *Network, varying, shared []float32) {
	rng := source()
	draw := func(n int) []float32 {
		x := make([]float32, n)
		for i := range x {
			x[i] = float32(rng.NormFloat64())
		}
		return x
	}
	return FromParams(s, draw(s.Size())), draw(rows * s.Varying), draw(s.Shared)
}

// plain is the definition of a network, in double precision.
func plain(n *Network, varying, shared []float32) float64 {
	x := append(append([]float32(nil), varying...), shared...)
	z := float64(n.c)
	for k := range n.Hidden {
		sum := float64(n.b[k])
		for j, v := range x {
			sum += float64(v) * float64(n.w[j*n.Hidden+k])
		}
		z += max(sum, 0) * float64(n.v[k])
	}
	return z
}

func TestLogitsAreThoseOfTheDefinition(t *testing.T) {
	s := Shape{Varying: 5, Shared: 9, Hidden: 11}
	const rows = 7
	n, varying, shared := random(s, rows)
	got, ws := make([]float32, rows), NewWorkspace(s, rows)
	for range 2 { // a workspace keeps nothing from call to call
		n.Logits(got, ws, varying, shared)
	}
	for r, z := range got {
		if want := plain(n, varying[r*s.Varying:(r+1)*s.Varying], shared); math.Abs(float64(z)-want) > 1e-4 {
			t.Errorf("row %d: got %v, want %v", r, z, want)
		}
	}
	n.Logits(got[:0], ws, nil, shared) // zero rows are allowed
}

func TestWeightsHaveEightBits(t *testing.T) {
	for x, want := range map[float32]float32{1: 1, 1 + 1.0/512: 1, 1 + 3.0/512: 1 + 1.0/128, -3.14159: -3.140625, 0: 0} {
		if got := round(x); got != want {
			t.Errorf("%v becomes %v, want %v", x, got, want)
		}
	}
}

func TestAMistakeOfTheCallerPanics(t *testing.T) {
	n, varying, shared := random(Shape{Varying: 2, Shared: 3, Hidden: 2}, 1)
	for name, call := range map[string]func(){
		"shape":      func() { FromParams(Shape{Varying: 1}, nil) },
		"parameters": func() { FromParams(n.Shape, []float32{1}) },
		"shared":     func() { n.Logits(make([]float32, 1), NewWorkspace(n.Shape, 1), varying, shared[1:]) },
		"workspace":  func() { n.Logits(make([]float32, 2), NewWorkspace(n.Shape, 1), varying, shared) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			call()
		}()
	}
}

func TestNothingIsAllocatedPerCall(t *testing.T) {
	s := Shape{Varying: 15, Shared: 55, Hidden: MaxHidden}
	n, varying, shared := random(s, 60)
	ws, dst := NewWorkspace(s, 60), make([]float32, 60)
	if allocs := testing.AllocsPerRun(10, func() { n.Logits(dst, ws, varying, shared) }); allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}

// BenchmarkLogits is of the shipped shape and 60 rows.
func BenchmarkLogits(b *testing.B) {
	s := Shape{Varying: 24, Shared: 64, Hidden: 96}
	n, varying, shared := random(s, 60)
	ws, dst := NewWorkspace(s, 60), make([]float32, 60)
	for b.Loop() {
		n.Logits(dst, ws, varying, shared)
	}
}
