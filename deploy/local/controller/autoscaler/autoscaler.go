// Package autoscaler adds and removes replicas with the load of functions, as the autoscaler
// of OpenFaaS Standard does. Its source is not public; what it does is documented.
//
// Sources: docs.openfaas.com, page "Auto-scaling your functions";
// https://www.openfaas.com/blog/custom-metrics-scaling/ for custom rules.
package autoscaler

import (
	"math"
	"slices"
	"time"

	"prewarm/deploy/local/controller"
)

// Every is the time between two cycles. It is assumed: the documentation says
// "periodically".
const Every = 10 * time.Second

// Scaler decides about functions. It remembers their recommendations for the time of their
// label down.window. Its zero value is ready; it is not safe for concurrent use.
type Scaler struct {
	recommended map[string][]recommendation // by function, oldest first
}

// recommendation is what the load of a function asked for at a time.
type recommendation struct {
	at       time.Time
	replicas int
}

// Decide returns the replicas of a function after the cycle at now. load is that of all its
// replicas together, in the unit of its type; 0 if there is none.
//
//   - A function at zero stays there: only a call brings it back.
//   - If least and most replicas are equal, the function is left alone.
//   - Otherwise the recommendation holds, except that replicas are removed only down to the
//     highest one within the label down.window.
func (s *Scaler) Decide(now time.Time, f controller.Function, scaling controller.Scaling, load float64) int {
	if f.Replicas == 0 || scaling.Min == scaling.Max {
		delete(s.recommended, f.Name)
		return f.Replicas
	}
	want := Recommend(scaling, load)
	highest := s.remember(now, f.Name, scaling.DownWindow, want)
	if want < f.Replicas {
		return max(want, min(highest, f.Replicas))
	}
	return want
}

// rounding is how far a quotient may be above a whole number without another replica.
const rounding = 1e-9

// Recommend returns the replicas that a load asks for, between the least and the most:
//
//	ceil(ready * (load / ready) / (target * proportion))
//
// The ready replicas cancel out, also if there are none.
func Recommend(s controller.Scaling, load float64) int {
	replicas := math.Ceil(load/(s.Target*s.Proportion) - rounding)
	// Bounded before the conversion, which a huge float does not survive.
	return int(max(float64(s.Min), min(replicas, float64(s.Max))))
}

// remember adds a recommendation, forgets those that are older than the window, and returns
// the highest one.
func (s *Scaler) remember(now time.Time, function string, window time.Duration, replicas int) int {
	if s.recommended == nil {
		s.recommended = map[string][]recommendation{}
	}
	kept := slices.DeleteFunc(s.recommended[function], func(r recommendation) bool { return now.Sub(r.at) > window })
	kept = append(kept, recommendation{now, replicas})
	s.recommended[function] = kept
	return slices.MaxFunc(kept, func(a, b recommendation) int { return a.replicas - b.replicas }).replicas
}
