package rival

import "math"

// Bounds of smoothing parameters, those of statsmodels.
const (
	smoothLow  = 1e-4
	smoothHigh = 1 - 1e-4
)

// smoothing is exponential smoothing: the forecast is the level
//
//	l' = l + a (x - l)
//
// with parameter a and first level of the least squared errors over the window. Between its
// fits it goes on with the same parameter. a is one of 0, 0.05, ..., 1, bounded.
//
// Source: ExponentialSmoothing of statsmodels, with which the released code fits it; it
// searches a freely.
type smoothing struct{ alpha, level float64 }

func (s *smoothing) observe(load float64) { s.level += s.alpha * (load - s.level) }

func (s *smoothing) forecast(window []float64, fresh bool) float64 {
	if fresh {
		s.fit(window)
	}
	return s.level
}

// fit tries each parameter. The errors are linear in the first level l0, e = e0 - g l0, so
// that the best one is known: l0 = sum(e0 g) / sum(g g).
func (s *smoothing) fit(window []float64) {
	const steps = 20
	least := math.Inf(1)
	for i := range steps + 1 {
		alpha := math.Min(math.Max(float64(i)/steps, smoothLow), smoothHigh)
		level, g := 0.0, 1.0 // without l0, and what l0 adds to it
		var ee, eg, gg float64
		for _, x := range window {
			e := x - level
			ee, eg, gg = ee+e*e, eg+e*g, gg+g*g
			level += alpha * e
			g *= 1 - alpha
		}
		if sse := ee - eg*eg/gg; sse < least {
			least, s.alpha, s.level = sse, alpha, level+g*eg/gg
		}
	}
}

// holt is Holt's linear trend: the forecast is level plus trend,
//
//	e = x - (l + b),  l' = l + b + a e,  b' = b + a c e
//
// with parameters a and c, first level and first trend of the least squared errors over the
// window. Between its fits it goes on with the same parameters. a and c are multiples of
// 0.1, bounded: first of 0.2, then the neighbours of the best.
//
// Source: ExponentialSmoothing of statsmodels with a trend, with which the released code fits
// it; it searches the parameters freely.
type holt struct{ alpha, gain, level, trend float64 }

func (h *holt) observe(load float64) {
	e := load - (h.level + h.trend)
	h.level, h.trend = h.level+h.trend+h.alpha*e, h.trend+h.gain*e
}

func (h *holt) forecast(window []float64, fresh bool) float64 {
	if fresh {
		h.fit(window)
	}
	return h.level + h.trend
}

// fit searches the parameters, in tenths.
func (h *holt) fit(window []float64) {
	least := math.Inf(1)
	bestA, bestC := 0, 0
	try := func(a, c int) {
		if a < 0 || a > 10 || c < 0 || c > 10 {
			return
		}
		alpha := math.Min(math.Max(float64(a)/10, smoothLow), smoothHigh)
		fitted, sse := holtOn(window, alpha, alpha*math.Min(math.Max(float64(c)/10, smoothLow), smoothHigh))
		if sse < least {
			least, bestA, bestC = sse, a, c
			*h = fitted
		}
	}
	for a := 0; a <= 10; a += 2 {
		for c := 0; c <= 10; c += 2 {
			try(a, c)
		}
	}
	a, c := bestA, bestC
	for i := range 9 {
		try(a+i/3-1, c+i%3-1)
	}
}

// holtState is level and trend of Holt's method.
type holtState struct{ level, trend float64 }

// next returns the state after an error e of the forecast.
func (s holtState) next(e, alpha, gain float64) holtState {
	return holtState{s.level + s.trend + alpha*e, s.trend + gain*e}
}

// holtOn runs Holt's method over the window from the best first level and trend, and returns
// its end and the squared errors. The errors are linear in both, e = e0 - g l0 - k b0.
func holtOn(window []float64, alpha, gain float64) (holt, float64) {
	zero, level, trend := holtState{}, holtState{level: 1}, holtState{trend: 1}
	var ee, eg, ek, gg, gk, kk float64
	for _, x := range window {
		e, g, k := x-zero.level-zero.trend, level.level+level.trend, trend.level+trend.trend
		ee, eg, ek = ee+e*e, eg+e*g, ek+e*k
		gg, gk, kk = gg+g*g, gk+g*k, kk+k*k
		zero, level, trend = zero.next(e, alpha, gain), level.next(-g, alpha, gain), trend.next(-k, alpha, gain)
	}
	// The normal equations of l0 and b0; the window is long enough for both.
	det := gg*kk - gk*gk
	l0, b0 := (eg*kk-ek*gk)/det, (ek*gg-eg*gk)/det
	return holt{
		alpha: alpha, gain: gain,
		level: zero.level + l0*level.level + b0*trend.level,
		trend: zero.trend + l0*level.trend + b0*trend.trend,
	}, ee - l0*eg - b0*ek
}
