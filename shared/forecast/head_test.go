package forecast

import (
	"math"
	"testing"

	"prewarm/shared/event"
	"prewarm/shared/forecast/feature"
	"prewarm/shared/series"
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

// curve is silence with calls of certainty at some horizons.
func curve(due ...int) []event.Prob {
	p := make([]event.Prob, feature.Horizons)
	for _, t := range due {
		p[t-1] = 1
	}
	return p
}

func TestExpectedColdCountsCallsAfterTheKeepAlive(t *testing.T) {
	quiet, warm := make([]int32, 30), make([]int32, 30)
	warm[29] = 4
	for _, c := range []struct {
		name   string
		p      []event.Prob
		recent []int32
		want   float64
	}{
		{"no call, no cold start", curve(), quiet, 0},
		{"a call in silence is cold", curve(5), quiet, 1},
		{"one within ten steps of a call is warm", curve(5, 15), quiet, 1},
		{"one eleven steps after a call is cold", curve(5, 16), quiet, 2},
		{"ten steps after the last known call is warm", curve(10), warm, 0},
		{"eleven steps after it is cold", curve(11), warm, 1},
		{"a timer of 15 steps", curve(3, 18, 33, 48), quiet, 4},
	} {
		if got := ExpectedCold(c.p, c.recent); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

// Ten unknown steps before, activity of 1/2 throughout: each step is cold with
// probability 1/2·(1/2)^10, as the unknown count as active half the time.
func TestExpectedColdTakesUnknownStepsAsLikelyAsTheForecast(t *testing.T) {
	p, recent := curve(), make([]int32, 20)
	for i := range p {
		p[i] = 0.5
	}
	for i := range recent {
		recent[i] = series.NoData
	}
	want := feature.Horizons * math.Pow(0.5, 11)
	if got := ExpectedCold(p, recent); math.Abs(got-want) > 1e-9 {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := ExpectedCold(p, nil); math.Abs(got-want) > 1e-9 {
		t.Errorf("without a past: got %v, want %v", got, want)
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
