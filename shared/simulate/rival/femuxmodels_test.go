package rival

import (
	"math"
	"testing"
)

// The series of these tests, of 504 minutes. Values of statsmodels 0.13.5 and numpy 1.24.2 on
// them stand in the tests.
type series504 struct{ name string }

// uniform returns n numbers from 0 to 1 of a linear congruential generator.
func uniform(n int) []float64 {
	s, out := uint64(1), make([]float64, n)
	for i := range out {
		s = (1103515245*s + 12345) % (1 << 31)
		out[i] = float64(s) / (1 << 31)
	}
	return out
}

func (s series504) values() []float64 {
	u := uniform(504)
	x := make([]float64, len(u))
	for t := range x {
		switch before := x[max(0, t-1)]; s.name {
		case "autoregressive":
			x[t] = 0.5*before + u[t]
			if t == 0 {
				x[t] = 1
			}
		case "random walk":
			x[t] = before + u[t] - 0.5
			if t == 0 {
				x[t] = 100 + u[t] - 0.5
			}
		case "timer":
			if t%10 == 3 {
				x[t] = 1
			}
		case "logistic map":
			x[t] = 3.9 * before * (1 - before)
			if t == 0 {
				x[t] = 0.3
			}
		case "sine":
			x[t] = 2 + math.Sin(2*math.Pi*float64(t)/42)
		case "sparse":
			if u[t] > 0.9 {
				x[t] = 1
			}
		case "rise":
			x[t] = float64(t) + u[t]
		}
	}
	return x
}

// adfuller(x, autolag='AIC') has p-values of 1e-21, 0.826, 0, 5e-20, 0, 0 and 0.972, and
// bds(diff(log1p(x))) of 0.089, 0.688, 2e-34, 0, 0, 2e-31 and 1e-44. The harmonics are those
// of numpy.fft by the formula of the released code.
func TestTheFeaturesAreThoseOfStatsmodels(t *testing.T) {
	for _, c := range []struct {
		name string
		want femuxFeatures // density, linear, stationary, harmonics
	}{
		{"autoregressive", femuxFeatures{0.9776266723846486, 1, 1, 14}},
		{"random walk", femuxFeatures{97.67589679586199, 1, 0, 13}},
		{"timer", femuxFeatures{0.10119047619047619, 0, 1, 6}},
		{"logistic map", femuxFeatures{0.5823747006026049, 0, 1, 13}},
		{"sine", femuxFeatures{2, 0, 1, 1}},
		{"sparse", femuxFeatures{0.07738095238095238, 0, 1, 10}},
		{"rise", femuxFeatures{251.98891262070364, 0, 0, 8}},
	} {
		got := featuresOf(series504{c.name}.values())
		if math.Abs(got[0]-c.want[0]) > 1e-9*c.want[0] || [3]float64(got[1:]) != [3]float64(c.want[1:]) {
			t.Errorf("%s: features are %v, want %v", c.name, got, c.want)
		}
	}
	if got := featuresOf(make([]float64, 504)); got != (femuxFeatures{0, 1, 1, 0}) {
		t.Errorf("silence: features are %v, want linear and stationary", got)
	}
}

// AutoReg(x[:120], lags=10, trend='c').fit().predict(120, 120), and the extrapolation of the
// released code of IceBreaker from x[60:120].
func TestAutoregressionAndFourierSeriesAreThoseOfNumpy(t *testing.T) {
	for _, c := range []struct {
		name                    string
		autoregression, fourier float64
	}{
		{"autoregressive", 1.531097274573731, 1.5362200695009625},
		{"timer", 0, 0.017940974562075957},
		{"sparse", -0.01642281018389961, 0.6889219746146142},
		{"rise", 120.79270085914887, 120.9030124381201},
		{"logistic map", 0.5676297009069895, 0.6995344499158819},
	} {
		window := series504{c.name}.values()[:femuxWindow]
		if got := new(autoregression).forecast(window, true); math.Abs(got-c.autoregression) > femuxLeast {
			t.Errorf("%s: the autoregression predicts %v, want %v", c.name, got, c.autoregression)
		}
		f := filter{weights: extrapolation(iceWindow, iceHarmonics)}
		if got := f.forecast(window, true); math.Abs(got-c.fourier) > 1e-9 {
			t.Errorf("%s: the Fourier series predicts %v, want %v", c.name, got, c.fourier)
		}
	}
}

// statsmodels.tsa.statespace.ExponentialSmoothing(x[:120]).fit().forecast(1), and the same with
// trend=True. It searches parameters freely, so that forecasts are near and not equal.
func TestSmoothingIsNearThatOfStatsmodels(t *testing.T) {
	for _, c := range []struct {
		name                    string
		smoothing, holt, within float64
	}{
		{"autoregressive", 1.6342070351201985, 1.6451611272690756, 0.05},
		{"rise", 119.977972679378, 120.52252614190279, 0.05},
		{"logistic map", 0.5897470838416096, 0.5889813635471005, 0.05},
		{"timer", 0.09999392704715462, 0.09210958464697677, 0.02},
	} {
		window := series504{c.name}.values()[:femuxWindow]
		if got := new(smoothing).forecast(window, true); math.Abs(got-c.smoothing) > c.within {
			t.Errorf("%s: smoothing predicts %v, want %v", c.name, got, c.smoothing)
		}
		if got := new(holt).forecast(window, true); math.Abs(got-c.holt) > c.within {
			t.Errorf("%s: Holt's trend predicts %v, want %v", c.name, got, c.holt)
		}
	}
}

// Between fits, smoothing goes on with what it observes.
func TestSmoothingGoesOnBetweenFits(t *testing.T) {
	x := series504{"autoregressive"}.values()
	for name, m := range map[string]forecaster{"smoothing": new(smoothing), "holt": new(holt)} {
		before := m.forecast(x[:femuxWindow], true)
		m.observe(50)
		if after := m.forecast(x[1:femuxWindow+1], false); after < before+10 {
			t.Errorf("%s: %v after a load of 50, %v before", name, after, before)
		}
	}
}

// The skew tent map has two regimes: x / 0.4 up to 0.4 and (1 - x) / 0.6 above. One
// autoregression cannot follow it, since the map is not linear; the threshold one is exact.
func TestTheThresholdAutoregressionFindsTwoRegimes(t *testing.T) {
	x := []float64{0.2371}
	for t := 1; t < 200; t++ {
		if before := x[t-1]; before <= 0.4 {
			x = append(x, before/0.4)
		} else {
			x = append(x, (1-before)/0.6)
		}
	}
	s, a := &setar{}, &autoregression{}
	var threshold, single float64
	for t := femuxWindow; t < len(x); t++ {
		threshold += math.Abs(s.forecast(x[t-femuxWindow:t], t == femuxWindow) - x[t])
		single += math.Abs(a.forecast(x[t-femuxWindow:t], true) - x[t])
	}
	if s.delay != 1 {
		t.Errorf("the delay is %d, want 1", s.delay)
	}
	if threshold > 0.01*single {
		t.Errorf("the error is %.3f, that of one autoregression %.3f", threshold, single)
	}
}

func TestFewDistinctLoadsHaveOneRegime(t *testing.T) {
	window := series504{"sparse"}.values()[:femuxWindow]
	s, want := &setar{}, new(autoregression).forecast(window, true)
	if got := s.forecast(window, true); s.delay != 0 || math.Abs(got-want) > 1e-12 {
		t.Errorf("predicts %v with delay %d, want that of the autoregression, %v", got, s.delay, want)
	}
}

// 0, 1, 2, 0, 1, 2, ...: each state has one successor, so that every draw is right.
func TestTheMarkovChainFollowsACycle(t *testing.T) {
	c := newMarkovChain(1)
	for m := range 60 {
		c.observe(float64(m % 3))
		if m < 3 {
			continue
		}
		if got := c.forecast(nil, false); got != float64((m+1)%3) {
			t.Errorf("after %d predicts %v", m%3, got)
		}
	}
	// A load never seen borrows from the nearest state: after 2 comes 0.
	c.observe(7)
	if got := c.forecast(nil, false); got != 0 {
		t.Errorf("after 7 predicts %v, want 0", got)
	}
}

func TestForecastsBecomeReplicas(t *testing.T) {
	for _, c := range []struct {
		why            string
		forecast, last float64
		want           int32
	}{
		{"nothing", 0, 0, 0},
		{"negative", -3, 0, 0},
		{"below the least load", 7e-6, 0, 0},
		{"any load", 1e-4, 0, 1},
		{"one, by the precision of a fit", 1.000001, 1, 1},
		{"rounded up", 1.2, 1, 2},
		{"growth is free up to 3000", 2999.5, 1, 3000},
		{"and bounded above", 9000, 1, 3000},
		{"by 500 more than the last load", 9000, 4000, 4500},
		{"no number", math.NaN(), 1, 0},
	} {
		if got := replicasOf(c.forecast, c.last); got != c.want {
			t.Errorf("%s: %d replicas of %v, want %d", c.why, got, c.forecast, c.want)
		}
	}
}
