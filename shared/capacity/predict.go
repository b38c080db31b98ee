package capacity

import (
	"fmt"
	"math"
	"strings"
)

// Answer is the prediction for one load.
type Answer struct {
	Replicas int    `json:"replicas"` // 1 to MaxReplicas
	Interval [2]int `json:"interval"` // least and most replicas of 90 % of the held-out runs
	Reason   string `json:"reason"`
	Model    string `json:"model"` // name and version
}

// Predict returns the replicas that a load needs, with their interval. It panics
// if x is not valid.
func (m *Model) Predict(x Vector) Answer {
	if err := x.Validate(); err != nil {
		panic(err)
	}
	load, c := m.Staffed(x), m.LogCapacity(x)
	n := needed(load, c)
	low, high := min(needed(load, c+m.Spread[1]), n), max(needed(load, c+m.Spread[0]), n)
	a := Answer{Replicas: capped(n), Interval: [2]int{capped(low), capped(high)}, Model: m.String()}
	a.Reason = m.reason(x, math.Exp(c)*m.demand(x)/load, a)
	if high > MaxReplicas {
		a.Reason += fmt.Sprintf("; capped at %d replicas, the most that a replica model answers: without that %.6g, in 90 %% of cases %.6g to %.6g", MaxReplicas, n, low, high)
	}
	return a
}

// reason explains an answer in words. each is the demand that one replica carries.
func (m *Model) reason(x Vector, each float64, a Answer) string {
	what := fmt.Sprintf("%.1f calls in service (%.1f/s of %.3f s)", m.demand(x), x[Rate], m.Service)
	if x.Kind() == Closed {
		what = fmt.Sprintf("%.0f callers that call again at once (%.1f/s)", x[callers], x[Rate])
	}
	text := fmt.Sprintf("%s, of which a replica carries %.2f (%s): %d, in 90 %% of cases %d to %d",
		what, each, m.About.Objective, a.Replicas, a.Interval[0], a.Interval[1])
	if far := m.outside(x); len(far) > 0 {
		text += "; not tested: " + strings.Join(far, ", ")
	}
	return text
}

// outside returns what of x lies outside of the load test, in words.
func (m *Model) outside(x Vector) []string {
	var far []string
	k, high := x.Kind(), m.High
	if k == Open {
		high[Rate] = m.highest()
	}
	for f, name := range Names() {
		if x[f] < m.Low[f] || x[f] > high[f] {
			far = append(far, fmt.Sprintf("%s %.4g (%.4g to %.4g)", name, x[f], m.Low[f], high[f]))
		}
	}
	if !m.Seen[k] {
		far = append(far, [Kinds]string{"arrivals that do not wait for answers", "callers that call again at once"}[k])
	}
	return far
}

// Replicas returns ceil(load / e^logCapacity), from 1 to MaxReplicas.
func Replicas(load, logCapacity float64) int { return capped(needed(load, logCapacity)) }

// needed returns Replicas without its upper bound. The small number keeps a
// quotient that rounding has put just above a whole number from costing a replica.
func needed(load, logCapacity float64) float64 {
	return math.Max(1, math.Ceil(load/math.Exp(logCapacity)-1e-9))
}

func capped(replicas float64) int { return int(math.Min(replicas, MaxReplicas)) }
