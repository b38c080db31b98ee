package seconds

import (
	"math"
	"math/rand/v2"

	"prewarm/shared/trace"
)

// spread is a distribution that is known by some of its quantiles. Between two of them
// the logarithm is linear in the probability, since times of calls and of starts are
// nearly log-normal; it is linear itself next to a quantile of 0. Below the first and
// above the last quantile it is constant.
type spread struct {
	p, seconds []float64
	rise       []float64 // ln(seconds[i+1] / seconds[i]), 0 if the part between is linear
	scale      float64   // which makes the mean of the draws the measured mean
}

// newSpread returns the distribution with some quantiles, in rising order of P, and a
// mean in seconds. Its draws are scaled to the mean, since the quantiles leave open where
// between them most values are. It is nil if there are no quantiles, or if all are 0.
func newSpread(quantiles []trace.Quantile, mean float64) *spread {
	s := &spread{scale: 1}
	for _, q := range quantiles {
		s.p, s.seconds = append(s.p, q.P), append(s.seconds, q.Seconds)
	}
	for i := 1; i < len(s.p); i++ {
		rise := 0.0
		if s.seconds[i-1] > 0 {
			rise = math.Log(s.seconds[i] / s.seconds[i-1])
		}
		s.rise = append(s.rise, rise)
	}
	whole := s.mean()
	if !(whole > 0) {
		return nil
	}
	s.scale = mean / whole
	return s
}

// mean returns the mean of the distribution without the scale. The part between two
// quantiles a and b has the mean (b - a) / ln(b / a).
func (s *spread) mean() float64 {
	if len(s.p) == 0 {
		return 0
	}
	last := len(s.p) - 1
	sum := s.p[0]*s.seconds[0] + (1-s.p[last])*s.seconds[last]
	for i := range last {
		a, b := s.seconds[i], s.seconds[i+1]
		part := (a + b) / 2
		if s.rise[i] > 0 {
			part = (b - a) / s.rise[i]
		}
		sum += part * (s.p[i+1] - s.p[i])
	}
	return sum
}

// Draw implements Starts.
func (s *spread) Draw(rng *rand.Rand) float64 { return s.at(rng.Float64()) * s.scale }

// at returns the p-quantile without the scale.
func (s *spread) at(p float64) float64 {
	i := 0
	for i < len(s.p) && s.p[i] <= p {
		i++
	}
	if i == 0 {
		return s.seconds[0]
	}
	if i == len(s.p) {
		return s.seconds[i-1]
	}
	a, b := s.seconds[i-1], s.seconds[i]
	w := (p - s.p[i-1]) / (s.p[i] - s.p[i-1])
	if s.rise[i-1] > 0 {
		return a * math.Exp(w*s.rise[i-1])
	}
	return a + w*(b-a)
}
