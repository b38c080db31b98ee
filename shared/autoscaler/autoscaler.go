// Package autoscaler is the algorithm of the autoscaler of OpenFaaS Standard, which adds and
// removes replicas with the load of a function. Its source is not public; what it does is
// documented. It does not scale to zero: that is the idler's part.
//
// Source: docs.openfaas.com, page "Auto-scaling your functions".
package autoscaler

import (
	"math"
	"slices"
	"time"
)

// Rule is how one function is scaled, by its labels com.openfaas.scale.*.
type Rule struct {
	Min, Max   int           // replicas while there are any
	Target     float64       // load per replica
	Proportion float64       // of the target at which replicas are added
	DownWindow time.Duration // over which the highest recommendation is kept, 0 for none
}

// DefaultRule returns the rule of a function without labels: 1 to 20 replicas, a target of 50
// with a proportion of 0.90, and no window.
func DefaultRule() Rule { return Rule{Min: 1, Max: 20, Target: 50, Proportion: 0.90} }

// rounding is how far a quotient may be above a whole number without another replica.
const rounding = 1e-9

// Recommend returns the replicas that a load of all replicas together asks for, between the
// least and the most:
//
//	ceil(ready * (load / ready) / (target * proportion))
//
// The ready replicas cancel out, also if there are none.
func (r Rule) Recommend(load float64) int {
	replicas := math.Ceil(load/(r.Target*r.Proportion) - rounding)
	// Bounded before the conversion, which a huge float does not survive.
	return int(max(float64(r.Min), min(replicas, float64(r.Max))))
}

// Window remembers the recommendations of one function. Its zero value is ready; it is not
// safe for concurrent use.
type Window struct{ recommended []recommendation } // oldest first

// recommendation is what the load of a function asked for at a time.
type recommendation struct {
	at       time.Time
	replicas int
}

// Decide returns the replicas after the cycle at now, given the present ones. load is that of
// all replicas together, in the unit of the function's type; 0 if there is none.
//
//   - A function at zero stays there: only a call brings it back.
//   - If least and most replicas are equal, the function is left alone.
//   - Otherwise the recommendation holds, except that replicas are removed only down to the
//     highest one within the window.
func (w *Window) Decide(now time.Time, r Rule, replicas int, load float64) int {
	if replicas == 0 || r.Min == r.Max {
		w.recommended = nil
		return replicas
	}
	want := r.Recommend(load)
	highest := w.remember(now, r.DownWindow, want)
	if want < replicas {
		return max(want, min(highest, replicas))
	}
	return want
}

// remember adds a recommendation, forgets those that are older than the window, and returns
// the highest one.
func (w *Window) remember(now time.Time, window time.Duration, replicas int) int {
	kept := slices.DeleteFunc(w.recommended, func(r recommendation) bool { return now.Sub(r.at) > window })
	w.recommended = append(kept, recommendation{now, replicas})
	return slices.MaxFunc(w.recommended, func(a, b recommendation) int { return a.replicas - b.replicas }).replicas
}
