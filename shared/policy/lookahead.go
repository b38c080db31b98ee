package policy

import (
	"math"
	"time"

	"prewarm/shared/event"
)

// horizons is a half-open range [from, to) of steps of a forecast: indexes into its
// horizon slices. Index 0 is the step that begins at the origin.
type horizons struct{ from, to int }

// lookahead returns the steps that a decision must cover: those into which calls
// can fall before a later decision takes effect, from now to now + one step + the
// readiness time. It ends with the forecast at the latest, and is empty if now lies
// behind the forecast.
func lookahead(now time.Time, f *event.Forecast, readiness time.Duration) horizons {
	step := time.Duration(f.StepSeconds) * time.Second
	late := max(0, now.Sub(time.Unix(f.Origin, 0)))
	n := len(f.PActive)
	return horizons{min(int(late/step), n), min(int((late+readiness+2*step-1)/step), n)}
}

// next returns the steps after r that begin within the given time, rounded up to
// whole steps.
func (r horizons) next(d time.Duration, f *event.Forecast) horizons {
	step := time.Duration(f.StepSeconds) * time.Second
	return horizons{r.to, min(r.to+int((d+step-1)/step), len(f.PActive))}
}

// pActive returns the probability of at least one call within r,
//
//	1 - product of (1 - p_h)
//
// which takes the steps as independent given the forecast.
func (r horizons) pActive(f *event.Forecast) float64 {
	idle := 1.0
	for _, p := range f.PActive[r.from:r.to] {
		idle *= 1 - float64(p)
	}
	return 1 - idle
}

// replicas returns the replicas to keep within r. They are 0 if the probability of a
// call is below ratio. Otherwise they are the largest (1 - ratio) quantile of the need
// among the steps of r, at least 1. The probability of a call combines the steps; the
// quantile does not, because needs of neighbouring steps are not independent.
func (r horizons) replicas(f *event.Forecast, ratio float64) int {
	if r.pActive(f) < ratio {
		return 0
	}
	k := 1.0
	for h := r.from; h < r.to; h++ {
		k = math.Max(k, needQuantile(f, h, 1-ratio))
	}
	return int(math.Ceil(k - 1e-9))
}

// pMore returns an upper bound on the probability that more than k replicas are
// needed in a step of r, the largest among its steps.
func (r horizons) pMore(f *event.Forecast, k int) float64 {
	if k == 0 {
		return r.pActive(f)
	}
	most := 0.0
	for h := r.from; h < r.to; h++ {
		most = math.Max(most, pExceeds(f, h, k))
	}
	return most
}

// needQuantile returns the quantile of the need at index h, interpolated linearly
// between the quantiles of the forecast. Below the lowest it is the lowest. Above
// the highest the tail is exponential: each factor in 1 - p adds the same number of
// replicas.
func needQuantile(f *event.Forecast, h int, p float64) float64 {
	curves, levels := f.Need(), event.Quantiles
	if p <= levels[0] {
		return float64(curves[0][h])
	}
	for i := 1; i < len(levels); i++ {
		if p <= levels[i] {
			a, b := float64(curves[i-1][h]), float64(curves[i][h])
			return a + (b-a)*(p-levels[i-1])/(levels[i]-levels[i-1])
		}
	}
	a, b := float64(curves[2][h]), float64(curves[3][h])
	return b + (b-a)*math.Log((1-levels[3])/(1-p))/math.Log((1-levels[2])/(1-levels[3]))
}

// pExceeds returns the least upper bound on P(need > k) at index h that the
// forecast states: the probability of a call, or 1 - q for a quantile q that is at
// most k.
func pExceeds(f *event.Forecast, h, k int) float64 {
	p := float64(f.PActive[h])
	for i, curve := range f.Need() {
		if int(curve[h]) <= k {
			p = math.Min(p, 1-event.Quantiles[i])
		}
	}
	return p
}
