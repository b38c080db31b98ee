package fit

import (
	"math"
	"testing"

	"prewarm/shared/nn/adam"
)

// The first step of Adam is as long as the rate, which is rate at the beginning,
// half of it and the least rate in the middle, and a hundredth at the end.
func TestTheRateFallsAlongACosine(t *testing.T) {
	for done, want := range map[int]float64{0: 1, 50: 0.505, 100: 0.01} {
		a := adam.New[float32](1)
		a.Updates = done
		params := []float32{0}
		Descend(a, params, []float32{0.5}, 1, 100)
		b := adam.New[float32](1)
		b.Updates = done
		full := []float32{0}
		b.Update(full, []float32{0.5}, 1)
		if got := float64(params[0] / full[0]); math.Abs(got-want) > 1e-5 {
			t.Errorf("after %d of 100 updates the rate is %v, want %v", done, got, want)
		}
	}
}

// A gradient of any size moves the parameters as one of the largest norm does.
func TestLargeGradientsAreClipped(t *testing.T) {
	grad := []float32{30, -40}
	Descend(adam.New[float32](2), make([]float32, 2), grad, 0.1, 10)
	if norm := math.Hypot(float64(grad[0]), float64(grad[1])); math.Abs(norm-clipNorm) > 1e-5 {
		t.Errorf("the gradient has a norm of %v", norm)
	}
}
