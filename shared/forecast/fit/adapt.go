package fit

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"

	"prewarm/shared/forecast"
	"prewarm/shared/forecast/feature"
	"prewarm/shared/lstm"
)

// adaptations are the candidates for gain and ridge, the most cautious first.
func adaptations() []forecast.Adaptation {
	all := []forecast.Adaptation{{}}
	for _, gain := range []float32{4, 8, 12, 16, 24, 32} {
		for _, ridge := range []float32{90, 30} {
			all = append(all, forecast.Adaptation{Gain: gain, Ridge: ridge})
		}
	}
	return all
}

// adapt returns the most cautious candidate whose cross-entropy is within one
// standard error of the least, on the calibration group, which the network has
// not seen. A Gain of 0 wins where adaptation does not pay.
//
// Source of the rule: Breiman et al., "Classification and Regression Trees",
// 1984, section 3.4.3.
func (o Options) adapt(n *lstm.Network[float32], tasks []Task) forecast.Adaptation {
	tried := make([][]float64, len(adaptations()))
	least := 0
	for i, candidate := range adaptations() {
		m := forecast.Model{Network: n, Adapt: candidate}
		tried[i] = entropies(&m, tasks, min(o.Examples/30, maxTried), o.source("adaptation", 0))
		if floats.Sum(tried[i]) < floats.Sum(tried[least]) {
			least = i
		}
	}
	for i, entropy := range tried {
		worse := make([]float64, len(entropy))
		mean, deviation := stat.MeanStdDev(floats.SubTo(worse, entropy, tried[least]), nil)
		if mean <= stat.StdErr(deviation, float64(len(worse))) {
			return adaptations()[i]
		}
	}
	return adaptations()[least]
}

// maxTried bounds the examples that candidates are compared on.
const maxTried = 4000

// entropies returns the cross-entropy of the network's activity for each of n
// examples.
func entropies(m *forecast.Model, tasks []Task, n int, rng *rand.Rand) []float64 {
	r := forecast.NewReader(m)
	sums := make([]float64, n)
	for i := range sums {
		e := draw(tasks, 0, rng).shorten(rng)
		r.Read(e.past(), e.phase)
		for t, c := range e.future()[:feature.Horizons] {
			p := float64(r.Activity()[t])
			switch {
			case c > 0:
				sums[i] -= math.Log(max(p, 1e-5))
			case c == 0:
				sums[i] -= math.Log(max(1-p, 1e-5))
			}
		}
	}
	return sums
}
