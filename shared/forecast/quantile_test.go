package forecast

import (
	"math"
	"testing"

	"prewarm/shared/forecast/feature"
)

func TestQuantilesAreMonotoneForAnyOutputs(t *testing.T) {
	out := make([]float32, Outputs)
	for i := range out {
		out[i] = float32(math.Sin(float64(i * i)))
	}
	for horizon := 1; horizon <= feature.Horizons; horizon++ {
		q := quantilesAt(out, 1.5, horizon)
		for i := 1; i < levels; i++ {
			if q[i] < q[i-1] {
				t.Errorf("horizon %d: level %d is below the one before: %v", horizon, i, q)
			}
		}
		if q[0] < math.Ln2 {
			t.Errorf("horizon %d: an active step has fewer than one call: %v", horizon, q)
		}
	}
}

// The knots are met exactly; between 5 and 15 the middle in log t is 8.66.
func TestQuantilesAreInterpolatedBetweenKnots(t *testing.T) {
	out := make([]float32, Outputs)
	for k := range knots {
		for i := range levels {
			out[feature.Horizons+k*levels+i] = float32(k + 1)
		}
	}
	for horizon, want := range map[int]float64{1: 1, 5: 2, 15: 3, 60: 4, 9: 2 + math.Log(9.0/5)/math.Log(3)} {
		if got := quantilesAt(out, 0, horizon)[0]; math.Abs(got-want) > 1e-6 {
			t.Errorf("horizon %d: got %v, want %v", horizon, got, want)
		}
	}
}

func TestHugeCountsAreBounded(t *testing.T) {
	out := make([]float32, Outputs)
	for i := range out {
		out[i] = 1e6
	}
	if got := quantilesAt(out, 1e6, 30)[levels-1]; got != maxLogCount {
		t.Errorf("got %v", got)
	}
}

func TestStackIsLogistic(t *testing.T) {
	s := Stack{Refiner: 1}
	for _, p := range []float32{0.01, 0.3, 0.5, 0.99} {
		if got := s.Apply(feature.Logit(p), 0, 0); math.Abs(float64(got-p)) > 1e-5 {
			t.Errorf("the refiner alone must stay as it is: %v became %v", p, got)
		}
	}
	if got := (Stack{Refiner: 1, Bias: 100}).Apply(0, 0, 0); got >= 1 {
		t.Errorf("certainty is never claimed, got %v", got)
	}
}
