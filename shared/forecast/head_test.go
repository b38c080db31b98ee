package forecast

import (
	"math"
	"testing"

	"prewarm/shared/forecast/feature"
)

// Given activity the count is 10, 20, 40, 50, 60 at the levels 0.1 to 0.99.
func counts() [levels]float64 {
	return [levels]float64{math.Log1p(10), math.Log1p(20), math.Log1p(40), math.Log1p(50), math.Log1p(60)}
}

func TestQuantileMixesSilenceAndActivity(t *testing.T) {
	for _, c := range []struct {
		name string
		p, q float64
		want int32
	}{
		{"certain activity: the quantile itself", 1, 0.5, 20},
		{"certain activity, high level", 1, 0.95, 50},
		{"half active: the median is silence's edge", 0.49, 0.5, 0},
		{"half active: 0.95 overall is 0.9 of the active", 0.5, 0.95, 40},
		{"rare activity is below the 0.95 quantile", 0.04, 0.95, 0},
		{"rare activity shows in the 0.99 quantile", 0.1, 0.99, 40},
		{"just above the edge the lowest quantile stands", 0.011, 0.99, 10},
		{"never active", 0, 0.99, 0},
	} {
		if got := countQuantile(counts(), c.p, c.q); got != c.want {
			t.Errorf("%s: got %d, want %d", c.name, got, c.want)
		}
	}
}

func TestQuantilesAreMonotoneWhateverTheNetworkSays(t *testing.T) {
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

func TestAbsurdCountsStayBounded(t *testing.T) {
	out := make([]float32, Outputs)
	for i := range out {
		out[i] = 1e6
	}
	if got := countQuantile(quantilesAt(out, 1e6, 30), 1, 0.99); got <= 0 {
		t.Errorf("got %d", got)
	}
}

func TestStackIsLogistic(t *testing.T) {
	s := Stack{Refiner: 1}
	for _, p := range []float32{0.01, 0.3, 0.5, 0.99} {
		if got := s.Apply(p, 0.5); math.Abs(float64(got-p)) > 1e-5 {
			t.Errorf("the refiner alone must stay as it is: %v became %v", p, got)
		}
	}
	if got := (Stack{Refiner: 1, Bias: 100}).Apply(0.5, 0.5); got >= 1 {
		t.Errorf("certainty is never claimed, got %v", got)
	}
}
