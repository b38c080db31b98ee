package level

import (
	"math"
	"slices"
)

// residual is the target of a sample less its prediction, with the sample's
// weight.
type residual struct{ value, weight float64 }

// tailShare is the upper share of the residuals that the tail is fitted to.
const tailShare = 0.2

// byValue orders residuals. None is NaN, which cmp.Compare would look for.
func byValue(a, b residual) int {
	switch {
	case a.value < b.value:
		return -1
	case a.value > b.value:
		return 1
	}
	return 0
}

// quantile sorts the residuals and returns their weighted quantile at p, in
// (0, 1). Each residual stands at the middle of its weight, with linear
// interpolation between them. Beyond the largest one the tail is exponential.
func (l *Level) quantile(p float64) float64 {
	residuals := l.residuals[:l.n]
	slices.SortFunc(residuals, byValue)
	var sum float64 // weight of the residuals so far
	var tail, last point
	last.value = residuals[0].value
	for i, r := range residuals {
		next := point{r.value, (sum + r.weight/2) / l.totalWeight}
		if next.share >= p {
			if i == 0 {
				return r.value
			}
			return last.value + (next.value-last.value)*(p-last.share)/(next.share-last.share)
		}
		if sum += r.weight; tail.share == 0 && sum/l.totalWeight >= 1-tailShare {
			tail = point{r.value, sum / l.totalWeight}
		}
		last = next
	}
	return extrapolate(tail, last, p)
}

// point is a value of a distribution and the share of the distribution below it.
type point struct{ value, share float64 }

// extrapolate returns the quantile at p beyond last, on the exponential tail
// through the points from and last:
//
//	last + (last - from) / ln((1-from.share) / (1-last.share)) * ln((1-last.share) / (1-p))
//
// It returns last itself if no tail begins before it.
func extrapolate(from, last point, p float64) float64 {
	if from.share == 0 || from.share >= last.share {
		return last.value
	}
	scale := (last.value - from.value) / math.Log((1-from.share)/(1-last.share))
	return last.value + scale*math.Log((1-last.share)/(1-p))
}
