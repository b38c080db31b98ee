package audit

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestErrorsOfAKnownCase(t *testing.T) {
	e := errorsOf([]float64{1, 2, 3, 5}, []float64{1, 2, 4, 4.5})
	if math.Abs(e.RMSE-math.Sqrt(1.25/4)) > 1e-12 || math.Abs(e.R2-(1-1.25/8.1875)) > 1e-12 || e.Within != 0.75 {
		t.Errorf("got %+v", e)
	}
	if e := errorsOf([]float64{1, 2}, []float64{3, 3}); e.R2 != 0 {
		t.Errorf("where nothing varies R2 is %v", e.R2)
	}
}

// A deviation of 0.332 is what seven equal whole numbers and one off by one
// have, and what R2 and RMSE of the claim need.
func TestWhatTheClaimImplies(t *testing.T) {
	said := make([]float64, ClaimedPoints)
	came := make([]float64, ClaimedPoints)
	came[0] = 1
	for i := range said {
		said[i] = came[i] + ClaimedRMSE
	}
	if e := errorsOf(said, came); math.Abs(e.R2-ClaimedR2) > 0.002 || e.Within != ClaimedWithin || math.Abs(e.RMSE-ClaimedRMSE) > 1e-12 {
		t.Errorf("got %+v", e)
	}
	if d := claimedDeviation(); math.Abs(d-0.3323) > 1e-4 {
		t.Errorf("got %v", d)
	}
}

func TestEightPointsOfAPerfectForecastReachTheClaimAndOfAConstantNever(t *testing.T) {
	came, constant := make([]float64, 100), make([]float64, 100)
	for i := range came {
		came[i], constant[i] = float64(i%7), 3
	}
	rng := rand.New(rand.NewPCG(1, 2))
	if f := drawFew(came, came, rng); f != (FewPoints{Low: 1, Median: 1, High: 1, Reach: 1}) {
		t.Errorf("perfect: %+v", f)
	}
	if f := drawFew(constant, came, rng); f.Reach != 0 || f.High > 0 || f.Low >= f.Median {
		t.Errorf("constant: %+v", f)
	}
	if f := drawFew(came[:7], came[:7], rng); f != (FewPoints{}) {
		t.Errorf("seven points: %+v", f)
	}
	if f := drawFew(came, make([]float64, 100), rng); f != (FewPoints{}) {
		t.Errorf("nothing varies: %+v", f)
	}
}

// With an honest R2 of 0.5, eight points show anything from below 0 to 0.8.
func TestEightPointsSayLittle(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	said, came := make([]float64, 5000), make([]float64, 5000)
	for i := range said {
		said[i] = rng.NormFloat64()
		came[i] = said[i] + rng.NormFloat64()
	}
	if f := drawFew(said, came, rng); f.Low > 0 || f.High < 0.75 || math.Abs(f.Median-0.5) > 0.15 {
		t.Errorf("got %+v", f)
	}
}

func TestFewDrawsNoPointTwice(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 100 {
		var seen [ClaimedPoints]bool
		for _, at := range few(ClaimedPoints, rng) {
			if seen[at] {
				t.Fatalf("%d was drawn twice", at)
			}
			seen[at] = true
		}
	}
}
