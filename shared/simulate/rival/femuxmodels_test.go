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
