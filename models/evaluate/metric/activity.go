// Package metric scores forecasts: probabilities of activity, numbers of cold
// starts, quantiles of the need. Scores of two methods are compared by
// bootstrap samples of the functions that they speak of.
package metric

import (
	"cmp"
	"math"
	"slices"
)

// Outcomes are what came in the cases that claims speak of, and of which
// function each case is, counted from 0.
type Outcomes struct {
	Active   []bool
	Function []int32
}

// Add appends a case.
func (o *Outcomes) Add(function int, active bool) {
	o.Function, o.Active = append(o.Function, int32(function)), append(o.Active, active)
}

// Of returns the cases of the functions that keep is true of.
func (o *Outcomes) Of(keep func(function int) bool) *Outcomes {
	var kept Outcomes
	for i, f := range o.Function {
		if keep(int(f)) {
			kept.Add(int(f), o.Active[i])
		}
	}
	return &kept
}

// BaseRate returns the share of active cases, 0 of none.
func (o *Outcomes) BaseRate() float64 {
	sum := 0.0
	for _, a := range o.Active {
		sum += number(a)
	}
	return sum / max(1, float64(len(o.Active)))
}

// Ranked are claims, the probabilities of activity, from the highest down with
// what came of each.
type Ranked struct {
	p, active []float64
	function  []int32
}

// Rank sorts claims: p[i] speaks of case i of o. With keep, only cases of
// functions that it is true of are taken.
func Rank(p []float32, o *Outcomes, keep func(function int) bool) Ranked {
	order := make([]int, 0, len(p))
	for i := range p {
		if keep == nil || keep(int(o.Function[i])) {
			order = append(order, i)
		}
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Or(cmp.Compare(p[b], p[a]), cmp.Compare(a, b)) })
	r := Ranked{make([]float64, len(order)), make([]float64, len(order)), make([]int32, len(order))}
	for i, at := range order {
		r.p[i], r.active[i], r.function[i] = float64(p[at]), number(o.Active[at]), o.Function[at]
	}
	return r
}

// Len returns the number of claims.
func (r Ranked) Len() int { return len(r.p) }

// Scores returns average precision and Brier score:
//
//	AP = Σ (R_n - R_{n-1})·P_n,  Brier = Σ (p - a)²/N
//
// with P precision and R recall over the distinct claims from the highest down,
// which is the definition of scikit-learn's average_precision_score, and a 1
// where the case is active. Without an active case AP is 0. Each function's
// cases count as often as times says; nil stands for once.
func (r Ranked) Scores(times []float64) (precision, brier float64) {
	var hits, counted, all float64
	for i, p := range r.p {
		w := 1.0
		if times != nil {
			w = times[r.function[i]]
		}
		hits, all = hits+w*r.active[i], all+w
		d := p - r.active[i]
		brier += w * d * d
		if i+1 == len(r.p) || r.p[i+1] != p {
			if all > 0 {
				precision += (hits - counted) * hits / all
			}
			counted = hits
		}
	}
	return precision / max(hits, 1), brier / max(all, 1)
}

// Point is one of a precision-recall curve.
type Point struct {
	Recall    float64 `json:"recall"`
	Precision float64 `json:"precision"`
}

// Curve returns the precision-recall curve over the distinct claims, thinned to
// points that are at least a 500th apart in recall.
func (r Ranked) Curve() []Point {
	positives := 0.0
	for _, a := range r.active {
		positives += a
	}
	var curve []Point
	hits := 0.0
	for i := range r.p {
		hits += r.active[i]
		last := i+1 == len(r.p)
		if !last && r.p[i+1] == r.p[i] {
			continue
		}
		point := Point{hits / max(positives, 1), hits / float64(i+1)}
		if len(curve) == 0 || last || point.Recall-curve[len(curve)-1].Recall >= 0.002 {
			curve = append(curve, point)
		}
	}
	return curve
}

// bins is the number of equal bins of a reliability diagram.
const bins = 15

// Bin is the claims of one bin of a reliability diagram.
type Bin struct {
	Claimed float64 `json:"claimed"` // mean claim
	Came    float64 `json:"came"`    // share of active cases
	N       int     `json:"n"`
}

// Reliability returns the bins that have claims, from the lowest up.
func (r Ranked) Reliability() []Bin {
	var all [bins]Bin
	for i, p := range r.p {
		b := &all[min(int(p*bins), bins-1)]
		b.Claimed += p
		b.Came += r.active[i]
		b.N++
	}
	var used []Bin
	for _, b := range all {
		if b.N > 0 {
			used = append(used, Bin{b.Claimed / float64(b.N), b.Came / float64(b.N), b.N})
		}
	}
	return used
}

// CalibrationError returns the expected calibration error: the difference of
// mean claim and share of active cases per bin, weighted by the bin's cases.
func (r Ranked) CalibrationError() float64 {
	sum := 0.0
	for _, b := range r.Reliability() {
		sum += math.Abs(b.Claimed-b.Came) * float64(b.N)
	}
	return sum / max(1, float64(len(r.p)))
}

func number(active bool) float64 {
	if active {
		return 1
	}
	return 0
}
