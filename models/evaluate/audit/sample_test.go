package audit

import (
	"math"
	"math/rand/v2"
	"testing"
)

// The squared errors add up to 1.25, the squared deviations to 8.1875.
func TestAccuracyOfAKnownCase(t *testing.T) {
	e := accuracyOf([]float64{1, 2, 3, 5}, []float64{1, 2, 4, 4.5})
	if math.Abs(e.RMSE-math.Sqrt(1.25/4)) > 1e-12 || math.Abs(e.R2-(1-1.25/8.1875)) > 1e-12 || e.Within != 0.75 {
		t.Errorf("got %+v", e)
	}
	if e := accuracyOf([]float64{1, 2}, []float64{3, 3}); e.R2 != 0 {
		t.Errorf("R2 without variation is %v", e.R2)
	}
	if e := accuracyOf([]float64{3, 3}, []float64{3, 3}); e.R2 != 0 || e.Within != 1 {
		t.Errorf("perfect, without variation: %+v", e)
	}
}

// The claimed RMSE and R2 imply a deviation of 0.332: that of seven equal whole
// numbers and one that is off by one.
func TestWhatTheClaimImplies(t *testing.T) {
	predicted := make([]float64, ClaimedPoints)
	observed := make([]float64, ClaimedPoints)
	observed[0] = 1
	for i := range predicted {
		predicted[i] = observed[i] + ClaimedRMSE
	}
	if e := accuracyOf(predicted, observed); math.Abs(e.R2-ClaimedR2) > 0.002 || e.Within != ClaimedWithin || math.Abs(e.RMSE-ClaimedRMSE) > 1e-12 {
		t.Errorf("got %+v", e)
	}
	if d := claimedDeviation(); math.Abs(d-0.3323) > 1e-4 {
		t.Errorf("got %v", d)
	}
}

// Every sample of a perfect forecast reaches the claim, and none of a constant. Too
// few points, or points without variation, have no scores.
func TestSamplesOfPerfectAndConstantForecasts(t *testing.T) {
	observed, constant := make([]float64, 100), make([]float64, 100)
	for i := range observed {
		observed[i], constant[i] = float64(i%7), 3
	}
	rng := rand.New(rand.NewPCG(1, 2))
	if f := scoreSamples(observed, observed, rng); f != (SmallSample{Low: 1, Median: 1, High: 1, Reach: 1}) {
		t.Errorf("perfect: %+v", f)
	}
	if f := scoreSamples(constant, observed, rng); f.Reach != 0 || f.High > 0 || f.Low >= f.Median {
		t.Errorf("constant: %+v", f)
	}
	if f := scoreSamples(observed[:7], observed[:7], rng); f != (SmallSample{}) {
		t.Errorf("seven points: %+v", f)
	}
	if f := scoreSamples(observed, make([]float64, 100), rng); f != (SmallSample{}) {
		t.Errorf("no variation: %+v", f)
	}
}

// If R2 is 0.5 over all points, it is anything from below 0 to 0.8 on eight.
func TestEightPointsSayLittle(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	predicted, observed := make([]float64, 5000), make([]float64, 5000)
	for i := range predicted {
		predicted[i] = rng.NormFloat64()
		observed[i] = predicted[i] + rng.NormFloat64()
	}
	if f := scoreSamples(predicted, observed, rng); f.Low > 0 || f.High < 0.75 || math.Abs(f.Median-0.5) > 0.15 {
		t.Errorf("got %+v", f)
	}
}

func TestDrawPointsDrawsNoPointTwice(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 100 {
		var seen [ClaimedPoints]bool
		for _, at := range drawPoints(ClaimedPoints, rng) {
			if seen[at] {
				t.Fatalf("%d was drawn twice", at)
			}
			seen[at] = true
		}
	}
}
