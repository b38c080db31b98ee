// Package metric scores forecasts against what was observed afterwards:
//
//   - probabilities of a call by average precision, Brier score and calibration
//     error (Ranking),
//   - numbers of cold starts by RMSE, R2 and the share within 0.5 (ErrorSums),
//   - quantiles of the need by pinball loss and CRPS (LossSums).
//
// Two methods are compared on bootstrap samples of the functions (Bootstrap).
// Functions are sampled as a whole since the minutes of one function depend on
// each other; an interval over minutes would be far too narrow.
package metric

import (
	"cmp"
	"math"
	"slices"
)

// Cases are the observed minutes that probabilities are scored on. Case i was
// active, which means had a call, if Active[i]; it belongs to function
// Function[i], counted from 0.
type Cases struct {
	Active   []bool
	Function []int32
}

// Add appends one case.
func (c *Cases) Add(function int, active bool) {
	c.Function, c.Active = append(c.Function, int32(function)), append(c.Active, active)
}

// BaseRate returns the share of active cases, 0 if there are none. If keep is
// not nil, only the functions for which it returns true count.
func (c *Cases) BaseRate(keep func(function int) bool) float64 {
	active, n := 0.0, 0.0
	for i, a := range c.Active {
		if keep == nil || keep(int(c.Function[i])) {
			active, n = active+Indicator(a), n+1
		}
	}
	return active / max(1, n)
}

// Ranking holds the predicted probabilities of one method in descending order,
// each with its case: active is 1 or 0. All slices have the same length.
type Ranking struct {
	p, active []float64
	function  []int32
}

// Rank sorts predictions: p[i] is the probability that case i of c is active. If
// keep is not nil, only cases of functions for which it returns true are taken.
// Equal probabilities stay in the order of the cases.
func Rank(p []float32, c *Cases, keep func(function int) bool) Ranking {
	order := make([]int, 0, len(p))
	for i := range p {
		if keep == nil || keep(int(c.Function[i])) {
			order = append(order, i)
		}
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Or(cmp.Compare(p[b], p[a]), cmp.Compare(a, b)) })
	r := Ranking{make([]float64, len(order)), make([]float64, len(order)), make([]int32, len(order))}
	for i, at := range order {
		r.p[i], r.active[i], r.function[i] = float64(p[at]), Indicator(c.Active[at]), c.Function[at]
	}
	return r
}

// Scores returns average precision and Brier score:
//
//	AP = Σ (R_n - R_{n-1})·P_n,  Brier = Σ (p - a)²/N
//
// P and R are precision and recall of the cases with a probability of at least
// p_n, over the distinct probabilities p_n in descending order; a is 1 for an
// active case. AP is 0 if no case is active. This is the definition of
// scikit-learn's average_precision_score, which does not interpolate.
//
// The cases of function f count times[f] times, once if times is nil. Both
// scores come from one pass, since a bootstrap computes them hundreds of times.
func (r Ranking) Scores(times []float64) (precision, brier float64) {
	var hits, counted, all float64 // counted: hits up to the previous distinct probability
	for i, p := range r.p {
		w := 1.0
		if times != nil {
			w = times[r.function[i]]
		}
		hits, all = hits+w*r.active[i], all+w
		d := p - r.active[i]
		brier += w * d * d
		// Tied probabilities are one step of the curve: their order says nothing.
		if i+1 == len(r.p) || r.p[i+1] != p {
			if all > 0 { // a function may count zero times
				precision += (hits - counted) * hits / all
			}
			counted = hits
		}
	}
	return precision / max(hits, 1), brier / max(all, 1)
}

// CurvePoint is one point of a precision-recall curve.
type CurvePoint struct{ Recall, Precision float64 }

// curveStep is the least distance in recall between two points of a curve: finer
// steps cannot be seen in a plot.
const curveStep = 0.002

// Curve returns the precision-recall curve over the distinct probabilities in
// descending order, thinned to steps of curveStep. The last point is always kept.
func (r Ranking) Curve() []CurvePoint {
	positives := 0.0
	for _, a := range r.active {
		positives += a
	}
	var curve []CurvePoint
	hits := 0.0
	for i := range r.p {
		hits += r.active[i]
		last := i+1 == len(r.p)
		if !last && r.p[i+1] == r.p[i] {
			continue
		}
		point := CurvePoint{hits / max(positives, 1), hits / float64(i+1)}
		if len(curve) == 0 || last || point.Recall-curve[len(curve)-1].Recall >= curveStep {
			curve = append(curve, point)
		}
	}
	return curve
}

// bins is the number of equally wide bins of a reliability diagram.
const bins = 15

// Bin is one bin of a reliability diagram. A method is calibrated if Predicted
// and Observed are equal in every bin.
type Bin struct {
	Predicted float64 // mean predicted probability
	Observed  float64 // share of active cases
	N         int     // cases
}

// Reliability returns the bins that have cases, in ascending order.
func (r Ranking) Reliability() []Bin {
	all := make([]Bin, bins)
	for i, p := range r.p {
		b := &all[min(int(p*bins), bins-1)]
		b.Predicted += p
		b.Observed += r.active[i]
		b.N++
	}
	all = slices.DeleteFunc(all, func(b Bin) bool { return b.N == 0 })
	for i := range all {
		all[i].Predicted /= float64(all[i].N)
		all[i].Observed /= float64(all[i].N)
	}
	return all
}

// CalibrationError returns the expected calibration error (ECE), which is 0 if
// the method is calibrated:
//
//	ECE = Σ_b N_b·|Predicted_b - Observed_b| / Σ_b N_b
func (r Ranking) CalibrationError() float64 {
	sum := 0.0
	for _, b := range r.Reliability() {
		sum += math.Abs(b.Predicted-b.Observed) * float64(b.N)
	}
	return sum / max(1, float64(len(r.p)))
}

// Indicator returns 1 if the condition holds, otherwise 0.
func Indicator(condition bool) float64 {
	if condition {
		return 1
	}
	return 0
}
