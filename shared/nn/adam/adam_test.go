package adam_test

import (
	"math"
	"testing"

	"prewarm/shared/nn/adam"
)

func TestClipKeepsTheDirection(t *testing.T) {
	grad := []float64{3, 4}
	if norm := adam.Clip(grad, 1); norm != 5 || math.Abs(grad[0]-0.6) > 1e-15 || math.Abs(grad[1]-0.8) > 1e-15 {
		t.Errorf("norm %v, gradient %v", norm, grad)
	}
	if adam.Clip(grad, 2); math.Abs(grad[0]-0.6) > 1e-15 {
		t.Errorf("a short gradient was changed to %v", grad)
	}
}

// One update from zero moments moves every parameter by the rate, against the
// sign of its gradient: m/(1-β1) = g and v/(1-β2) = g².
func TestFirstAdamUpdateMovesByTheRate(t *testing.T) {
	optimiser, params := adam.New[float64](2), []float64{1, 1}
	optimiser.Update(params, []float64{1e-3, -50}, 0.1)
	if math.Abs(params[0]-0.9) > 1e-5 || math.Abs(params[1]-1.1) > 1e-5 {
		t.Errorf("got %v", params)
	}
}

// Under a gradient that does not change, the corrected moments are the gradient
// and its square at every update.
func TestACorrectedMomentIsNotBiased(t *testing.T) {
	optimiser, params := adam.New[float64](1), []float64{0}
	for update := range 50 {
		optimiser.Update(params, []float64{3}, 0.1)
		if want := -0.1 * float64(update+1); math.Abs(params[0]-want) > 1e-6 {
			t.Fatalf("after %d updates: %v, want %v", update+1, params[0], want)
		}
	}
}

func TestAGradientOfAnotherLengthIsTheCallersBug(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	adam.New[float32](2).Update([]float32{1, 2}, []float32{1}, 0.1)
}
