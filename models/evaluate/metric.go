package main

import (
	"cmp"
	"math"
	"slices"
)

// claims are probabilities and what came of them.
type claims struct {
	p        []float32
	active   []bool
	function []int // that each speaks of
}

func (c *claims) add(function int, p float32, active bool) {
	c.p, c.active, c.function = append(c.p, p), append(c.active, active), append(c.function, function)
}

// averagePrecision returns Σ (R_n - R_{n-1})·P_n over the distinct claims from
// the highest down, with P precision and R recall: the definition of
// scikit-learn's average_precision_score. It is 0 without an active case.
func (c *claims) averagePrecision() float64 {
	order := make([]int, len(c.p))
	positives := 0
	for i := range order {
		order[i] = i
		if c.active[i] {
			positives++
		}
	}
	if positives == 0 {
		return 0
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(c.p[b], c.p[a]) })
	var sum float64
	hits, counted := 0, 0
	for i, at := range order {
		if c.active[at] {
			hits++
		}
		if i+1 < len(order) && c.p[order[i+1]] == c.p[at] {
			continue
		}
		sum += float64(hits-counted) / float64(positives) * float64(hits) / float64(i+1)
		counted = hits
	}
	return sum
}

// brier returns the mean squared difference of claim and outcome.
func (c *claims) brier() float64 {
	var sum float64
	for i, p := range c.p {
		d := float64(p) - outcome(c.active[i])
		sum += d * d
	}
	return sum / float64(len(c.p))
}

// calibrationBins is the number of equal bins of calibrationError.
const calibrationBins = 15

// calibrationError returns the expected calibration error: the difference of
// mean claim and share of active cases per bin, weighted by the bin's cases.
func (c *claims) calibrationError() float64 {
	var claimed, came [calibrationBins]float64
	for i, p := range c.p {
		bin := min(int(p*calibrationBins), calibrationBins-1)
		claimed[bin] += float64(p)
		came[bin] += outcome(c.active[i])
	}
	var sum float64
	for bin := range claimed {
		sum += math.Abs(claimed[bin] - came[bin])
	}
	return sum / float64(len(c.p))
}

func outcome(active bool) float64 {
	if active {
		return 1
	}
	return 0
}

// amounts are forecast numbers and what came.
type amounts struct{ said, came []float64 }

func (a *amounts) add(said, came float64) {
	a.said, a.came = append(a.said, said), append(a.came, came)
}

// errors returns the root mean squared error, the share of variance explained
// (1 - squared error/variance of what came, 0 where that does not vary) and
// the share within 0.5.
func (a *amounts) errors() (rmse, r2, within float64) {
	var mean, squares, variance float64
	for _, v := range a.came {
		mean += v / float64(len(a.came))
	}
	for i, v := range a.came {
		d := a.said[i] - v
		squares += d * d
		variance += (v - mean) * (v - mean)
		if math.Abs(d) <= 0.5 {
			within++
		}
	}
	n := float64(len(a.came))
	if variance > 0 {
		r2 = 1 - squares/variance
	}
	return math.Sqrt(squares / n), r2, within / n
}
