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
	"prewarm/shared/lstm"
)

// adaptations are the candidates for gains and ridge, the most cautious first:
// gain/ridge bounds what is added to a logit. That of sparse functions counts
// first.
func adaptations() []forecast.Adaptation {
	all := []forecast.Adaptation{{}}
	gains := []float32{0, 2, 4, 8, 12, 16, 20, 24, 32}
	for k, sparse := range gains[1:] {
		for _, dense := range gains[:k+2] {
			for _, ridge := range []float32{90, 30} {
				all = append(all, forecast.Adaptation{Sparse: sparse, Dense: dense, Ridge: ridge})
			}
		}
	}
	slices.SortStableFunc(all[1:], func(a, b forecast.Adaptation) int {
		return cmp.Or(cmp.Compare(a.Sparse/a.Ridge, b.Sparse/b.Ridge), cmp.Compare(a.Dense/a.Ridge, b.Dense/b.Ridge))
	})
	return all
}

// adapt returns the most cautious candidate whose cross-entropy is within one
// standard error of the least, on the calibration group, which the network has
// not seen. Gains of 0 win where adaptation does not pay.
//
// Source of the rule: Breiman et al., "Classification and Regression Trees",
// 1984, section 3.4.3.
func (o Options) adapt(n *lstm.Network[float32], tasks []Task) forecast.Adaptation {
	candidates := adaptations()
	tried := entropies(n, candidates, tasks, min(o.Examples/30, maxTried), o.source("adaptation", 0))
	least := 0
	for i := range tried {
		if floats.Sum(tried[i]) < floats.Sum(tried[least]) {
			least = i
		}
	}
	for i, entropy := range tried {
		worse := make([]float64, len(entropy))
		mean, deviation := stat.MeanStdDev(floats.SubTo(worse, entropy, tried[least]), nil)
		if mean <= stat.StdErr(deviation, float64(len(worse))) {
			return candidates[i]
		}
	}
	return candidates[least]
}

// maxTried bounds the examples that candidates are compared on.
const maxTried = 4000

// entropies returns, per candidate, the cross-entropy of the adapted network's
// activity for each of count examples.
func entropies(n *lstm.Network[float32], candidates []forecast.Adaptation, tasks []Task, count int, rng *rand.Rand) [][]float64 {
	r := forecast.NewReader(&forecast.Model{Network: n})
	sums := make([][]float64, len(candidates))
	var p [feature.Horizons]float32
	for range count {
		e := draw(tasks, 0, rng).shorten(rng)
		r.Read(e.past(), e.phase)
		for i, candidate := range candidates {
			sums[i] = append(sums[i], entropy(r.Adapted(p[:], candidate), e.future()))
		}
	}
	return sums
}

// entropy returns the sum of the cross-entropies of the known steps.
func entropy(p []float32, future []int32) (sum float64) {
	for t, c := range future[:len(p)] {
		switch {
		case c > 0:
			sum -= math.Log(max(float64(p[t]), 1e-5))
		case c == 0:
			sum -= math.Log(max(1-float64(p[t]), 1e-5))
		}
	}
	return sum
}
