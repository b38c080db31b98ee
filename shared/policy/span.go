package policy

import (
	"math"
	"time"

	"prewarm/shared/event"
)

// span is the half-open range of horizon indexes [from, to) of a forecast.
type span struct{ from, to int }

// lookahead covers the steps that calls can fall into before a later decision
// takes effect: from now to now + one step + the readiness time.
func lookahead(now time.Time, f *event.Forecast, readiness time.Duration) span {
	step := time.Duration(f.StepSeconds) * time.Second
	late := max(0, now.Sub(time.Unix(f.Origin, 0)))
	from := int(late / step)
	to := int((late + readiness + 2*step - 1) / step)
	n := len(f.PActive)
	return span{min(from, n), min(to, n)}
}

// steps returns the readiness time in whole steps, rounded up.
func steps(readiness time.Duration, f *event.Forecast) int {
	step := time.Duration(f.StepSeconds) * time.Second
	return int((readiness + step - 1) / step)
}

// pActive returns the probability of at least one call in the span,
// 1 - prod(1 - p_h), with the steps taken as independent given the forecast.
func (s span) pActive(f *event.Forecast) float64 {
	idle := 1.0
	for _, p := range f.PActive[s.from:s.to] {
		idle *= 1 - float64(p)
	}
	return 1 - idle
}

// replicas returns the smallest k for which the probability that more than k
// are needed in the span is below ratio: 0 where a call is unlikely, otherwise
// the largest (1 - ratio) quantile of the need of its steps, at least 1.
func (s span) replicas(f *event.Forecast, ratio float64) int {
	if s.pActive(f) < ratio {
		return 0
	}
	k := 1.0
	for h := s.from; h < s.to; h++ {
		k = math.Max(k, quantile(f, h, 1-ratio))
	}
	return int(math.Ceil(k - 1e-9))
}

// pMore returns the largest probability among the span's steps that more than
// k replicas are needed, from the quantiles that the forecast states.
func (s span) pMore(f *event.Forecast, k int) float64 {
	if k == 0 {
		return s.pActive(f)
	}
	most := 0.0
	for h := s.from; h < s.to; h++ {
		most = math.Max(most, exceed(f, h, k))
	}
	return most
}

// quantile interpolates the need at level linearly between the stated
// quantiles of horizon h; beyond the last one the tail is taken as exponential,
// which gives the same number of replicas for each factor in 1 - level.
func quantile(f *event.Forecast, h int, level float64) float64 {
	curves, levels := f.Need(), event.Quantiles
	if level <= levels[0] {
		return float64(curves[0][h])
	}
	for i := 1; i < len(levels); i++ {
		if level <= levels[i] {
			a, b := float64(curves[i-1][h]), float64(curves[i][h])
			return a + (b-a)*(level-levels[i-1])/(levels[i]-levels[i-1])
		}
	}
	a, b := float64(curves[2][h]), float64(curves[3][h])
	return b + (b-a)*math.Log((1-levels[3])/(1-level))/math.Log((1-levels[2])/(1-levels[3]))
}

// exceed returns the least stated bound on P(need > k) at horizon h.
func exceed(f *event.Forecast, h, k int) float64 {
	p := float64(f.PActive[h])
	for i, curve := range f.Need() {
		if int(curve[h]) <= k {
			p = math.Min(p, 1-event.Quantiles[i])
		}
	}
	return p
}
