package main

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
)

// draws is the number of bootstrap samples; with 400 the ends of a 95 %
// interval rest on ten samples each.
const draws = 400

// interval is a difference between the full model and another method, with the
// bounds between which 95 % of the bootstrap samples of functions lie.
type interval struct {
	Difference float64 `json:"difference"`
	Low        float64 `json:"low"`
	High       float64 `json:"high"`
}

// sorted are claims from the highest down with the function of each.
type sorted struct {
	p        []float64
	active   []float64
	function []int
}

func (c *claims) sorted() sorted {
	order := make([]int, len(c.p))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(c.p[b], c.p[a]), cmp.Compare(a, b))
	})
	s := sorted{make([]float64, len(order)), make([]float64, len(order)), make([]int, len(order))}
	for i, at := range order {
		s.p[i], s.active[i], s.function[i] = float64(c.p[at]), outcome(c.active[at]), c.function[at]
	}
	return s
}

// weighted returns average precision and Brier score with each function
// counted as often as times says.
func (s sorted) weighted(times []float64) (precision, brier float64) {
	var hits, counted, all float64
	for i, p := range s.p {
		w := times[s.function[i]]
		hits, all = hits+w*s.active[i], all+w
		d := p - s.active[i]
		brier += w * d * d
		if i+1 == len(s.p) || s.p[i+1] != p {
			if all > 0 {
				precision += (hits - counted) * hits / all
			}
			counted = hits
		}
	}
	return precision / max(hits, 1), brier / max(all, 1)
}

// against returns how much higher the average precision of full is than that
// of other, and how much lower its Brier score, over bootstrap samples of the
// functions.
func (full sorted) against(other sorted, functions int, rng *rand.Rand) (precision, brier interval) {
	times := slices.Repeat([]float64{1}, functions)
	difference := func() (float64, float64) {
		p, b := full.weighted(times)
		q, c := other.weighted(times)
		return p - q, c - b
	}
	precision.Difference, brier.Difference = difference()
	var ps, bs [draws]float64
	for i := range draws {
		clear(times)
		for range functions {
			times[rng.IntN(functions)]++
		}
		ps[i], bs[i] = difference()
	}
	precision.bound(ps[:])
	brier.bound(bs[:])
	return precision, brier
}

func (v *interval) bound(samples []float64) {
	slices.Sort(samples)
	at := func(level float64) float64 {
		return samples[int(math.Round(level*float64(len(samples)-1)))]
	}
	v.Low, v.High = at(0.025), at(0.975)
}
