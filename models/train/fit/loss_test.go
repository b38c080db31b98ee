package fit

import (
	"math"
	"slices"
	"testing"

	"prewarm/shared/forecast"
	"prewarm/shared/forecast/feature"
	"prewarm/shared/series"
)

// future has active steps, steps without calls and steps without data.
func future() []int32 {
	counts := make([]int32, feature.Horizons)
	for i := range counts {
		counts[i] = int32(i % 3 * (1 + i%5))
		if i%11 == 4 {
			counts[i] = series.NoData
		}
	}
	return counts
}

// The gradient equals central finite differences of the loss. The pinball loss
// has kinks; the outputs lie away from them.
func TestLossGradientEqualsFiniteDifferences(t *testing.T) {
	out := make([]float32, forecast.Outputs)
	for i := range out {
		out[i] = float32(math.Sin(float64(3 * i)))
	}
	total := func() float64 {
		entropy, pinball := loss(make([]float32, len(out)), out, future(), 0.7, 1)
		return entropy + pinballWeight*pinball
	}
	grad := make([]float32, len(out))
	loss(grad, out, future(), 0.7, 1)
	const h = 1.0 / 256
	for i, at := range out {
		out[i] = at + h
		up := total()
		out[i] = at - h
		down := total()
		out[i] = at
		if numeric := (up - down) / (2 * h); math.Abs(numeric-float64(grad[i])) > 1e-6 {
			t.Errorf("output %d: finite differences give %v, the gradient is %v", i, numeric, grad[i])
		}
	}
}

func TestLossIsLeastAtTheObservedOutcome(t *testing.T) {
	counts, good, bad := future(), make([]float32, forecast.Outputs), make([]float32, forecast.Outputs)
	for i, c := range counts {
		good[i], bad[i] = -8, 8
		if c > 0 {
			good[i], bad[i] = 8, -8
		}
	}
	right, _ := loss(make([]float32, len(good)), good, counts, 1, 1)
	wrong, _ := loss(make([]float32, len(bad)), bad, counts, 1, 1)
	if right > 0.01 || wrong < 5 {
		t.Errorf("the observed outcome has a loss of %v, its opposite %v", right, wrong)
	}
}

func TestAnUnknownFutureHasNoLoss(t *testing.T) {
	counts := slices.Repeat([]int32{series.NoData}, feature.Horizons)
	grad := make([]float32, forecast.Outputs)
	entropy, pinball := loss(grad, make([]float32, forecast.Outputs), counts, 1, 1)
	if entropy != 0 || pinball != 0 || slices.ContainsFunc(grad, func(g float32) bool { return g != 0 }) {
		t.Errorf("entropy %v, pinball %v, gradient %v", entropy, pinball, grad)
	}
}

// Outcomes are drawn with probabilities of known coefficients; the regression finds
// these.
func TestLogisticFindsTheCoefficients(t *testing.T) {
	rng, fit := source(), logistic{}
	for range 60_000 {
		a, b, c := float32(rng.NormFloat64()*2), float32(rng.NormFloat64()*2), float32(rng.NormFloat64()*2)
		z := 0.8*float64(a) + 0.5*float64(b) + 0.3*float64(c) - 0.5
		fit.add([joined]float32{a, b, c}, rng.Float64() < 1/(1+math.Exp(-z)))
	}
	got := fit.solve()
	for name, d := range map[string]float64{
		"refiner": float64(got.Refiner) - 0.8, "dense": float64(got.Dense) - 0.5, "network": float64(got.Network) - 0.3, "bias": float64(got.Bias) + 0.5,
	} {
		if math.Abs(d) > 0.05 {
			t.Errorf("%s is off by %v: %+v", name, d, got)
		}
	}
}

func TestLogisticWithoutCasesLeavesTheRefinerAlone(t *testing.T) {
	if got := (&logistic{}).solve(); got != (forecast.Stack{Refiner: 1}) {
		t.Errorf("got %+v", got)
	}
}
