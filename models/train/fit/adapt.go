package fit

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"

	"prewarm/shared/forecast"
	"prewarm/shared/forecast/feature"
	"prewarm/shared/nn/lstm"
)

// adaptations returns the candidates for gain and ridge, the most cautious first:
// gain/ridge bounds the correction of a logit.
func adaptations() []forecast.Adaptation {
	all := []forecast.Adaptation{{}}
	for _, gain := range []float32{2, 4, 8, 12, 16, 20, 24, 32} {
		for _, ridge := range []float32{90, 30} {
			all = append(all, forecast.Adaptation{Gain: gain, Ridge: ridge})
		}
	}
	slices.SortStableFunc(all[1:], func(a, b forecast.Adaptation) int { return cmp.Compare(a.Gain/a.Ridge, b.Gain/b.Ridge) })
	return all
}

// adapt returns the most cautious candidate whose cross-entropy is within one
// standard error of the least, on the calibration group, which the network has
// not seen. The sample is of functions, not of windows, as windows of one function
// are much alike. A gain of 0 wins if adaptation does not improve the network.
//
// Source of the rule: Breiman et al., "Classification and Regression Trees",
// 1984, section 3.4.3.
func (o Options) adapt(n *lstm.Network[float32], tasks []Task) forecast.Adaptation {
	candidates := adaptations()
	entropies := crossEntropies(n, candidates, tasks, min(o.Examples/30, maxCompared), o.source("adaptation", 0))
	least := 0
	for i := range entropies {
		if floats.Sum(entropies[i]) < floats.Sum(entropies[least]) {
			least = i
		}
	}
	for i, entropy := range entropies {
		// Paired differences: the standard error is that of the difference to the
		// best candidate, which is smaller than that of either.
		worse := make([]float64, len(entropy))
		mean, deviation := stat.MeanStdDev(floats.SubTo(worse, entropy, entropies[least]), nil)
		if mean <= stat.StdErr(deviation, float64(len(worse))) {
			return candidates[i]
		}
	}
	return candidates[least]
}

// maxCompared bounds the examples that candidates are compared on.
const maxCompared = 4000

// crossEntropies returns, per candidate and function, the mean cross-entropy of the
// adapted network's activity in an equal share of count examples, one at least.
func crossEntropies(n *lstm.Network[float32], candidates []forecast.Adaptation, tasks []Task, count int, rng *rand.Rand) [][]float64 {
	r := forecast.NewReader(&forecast.Model{Network: n})
	means := make([][]float64, len(candidates))
	for i := range means {
		means[i] = make([]float64, len(tasks))
	}
	// Rounded up, so that every function has at least one example.
	each := (count + len(tasks) - 1) / len(tasks)
	var p [feature.Horizons]float32
	for t := range tasks {
		for range each {
			// All candidates are compared on the same examples. Only their
			// differences matter, and these vary far less than the entropies
			// themselves.
			e := draw(tasks[t:t+1], 0, rng).shorten(rng)
			// The expensive part, the pass through the LSTM, is done once for all
			// candidates.
			r.Read(e.history(), e.phase)
			for i, candidate := range candidates {
				means[i][t] += entropy(r.Adapted(p[:], candidate), e.future()) / float64(each)
			}
		}
	}
	return means
}

// entropy returns the sum of the cross-entropies of the known steps.
func entropy(p []float32, future []int32) (sum float64) {
	for t, c := range future[:len(p)] {
		switch {
		case c > 0:
			// The bound of 1e-5 keeps one confident mistake from outweighing all
			// other steps; -log(1e-5) is about 11.5.
			sum -= math.Log(max(float64(p[t]), 1e-5))
		case c == 0:
			sum -= math.Log(max(1-float64(p[t]), 1e-5))
		}
	}
	return sum
}
