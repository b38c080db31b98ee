package fit

import (
	"math"
	"math/rand/v2"

	"prewarm/shared/forecast"
	"prewarm/shared/forecast/feature"
	"prewarm/shared/lstm"
)

// adaptations are the candidates for gain and ridge.
func adaptations() []forecast.Adaptation {
	all := []forecast.Adaptation{{}}
	for _, ridge := range []float32{10, 30, 90} {
		for _, gain := range []float32{8, 16, 32, 64} {
			all = append(all, forecast.Adaptation{Gain: gain, Ridge: ridge})
		}
	}
	return all
}

// adapt returns the candidate with the least cross-entropy on functions that
// the network has not seen: those of the fold that each was not trained on. A
// Gain of 0 wins where adaptation does not pay.
func (o Options) adapt(networks []*lstm.Network[float32], groups [4][]Task) forecast.Adaptation {
	var best forecast.Adaptation
	least := math.Inf(1)
	for _, candidate := range adaptations() {
		rng := o.source("adaptation", 0)
		onB := forecast.Model{Network: networks[0], Adapt: candidate}
		onA := forecast.Model{Network: networks[1], Adapt: candidate}
		sum := entropyOf(&onB, groups[FoldB], min(o.Examples/60, maxTried), rng) + entropyOf(&onA, groups[FoldA], min(o.Examples/60, maxTried), rng)
		if sum < least {
			best, least = candidate, sum
		}
	}
	return best
}

// maxTried bounds the examples of a fold that candidates are compared on.
const maxTried = 2000

// entropyOf returns the summed cross-entropy of the network's activity over n
// examples.
func entropyOf(m *forecast.Model, tasks []Task, n int, rng *rand.Rand) float64 {
	r := forecast.NewReader(m)
	sum := 0.0
	for range n {
		e := draw(tasks, 0, rng).shorten(rng)
		r.Read(e.past(), e.phase)
		for t, c := range e.future()[:feature.Horizons] {
			p := float64(r.Activity()[t])
			switch {
			case c > 0:
				sum -= math.Log(max(p, 1e-5))
			case c == 0:
				sum -= math.Log(max(1-p, 1e-5))
			}
		}
	}
	return sum
}
