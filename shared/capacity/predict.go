package capacity

import (
	"fmt"
	"math"
	"strings"
)

// Answer is what the model makes of a load.
type Answer struct {
	Replicas int    `json:"replicas"`
	Interval [2]int `json:"interval"` // held 90 % of the held-out runs
	Reason   string `json:"reason"`
	Model    string `json:"model"` // name and version
}

// Predict returns the replicas that a load needs, with their interval. It panics
// if x is not valid.
func (m *Model) Predict(x Vector) Answer {
	if err := x.Validate(); err != nil {
		panic(err)
	}
	load, c := m.staffed(x), m.logCapacity(x)
	n := needed(load, c)
	low, high := min(needed(load, c+m.spread[1]), n), max(needed(load, c+m.spread[0]), n)
	a := Answer{Replicas: capped(n), Interval: [2]int{capped(low), capped(high)}, Model: m.String()}
	a.Reason = m.reason(x, math.Exp(c)*demand(x, m.service)/load, a)
	if high > MaxReplicas {
		a.Reason += fmt.Sprintf("; capped at %d replicas, the most that a replica model answers: without that %.6g, in 90 %% of cases %.6g to %.6g", MaxReplicas, n, low, high)
	}
	return a
}

// reason puts an answer into words; each is what one replica carries.
func (m *Model) reason(x Vector, each float64, a Answer) string {
	what := fmt.Sprintf("%.1f calls in service (%.1f/s of %.3f s)", demand(x, m.service), x[rate], m.service)
	if kindOf(x) == closed {
		what = fmt.Sprintf("%.0f callers that call again at once (%.1f/s)", x[callers], x[rate])
	}
	text := fmt.Sprintf("%s, of which a replica carries %.2f (%s): %d, in 90 %% of cases %d to %d",
		what, each, m.about.Objective, a.Replicas, a.Interval[0], a.Interval[1])
	if far := m.outside(x); len(far) > 0 {
		text += "; not tested: " + strings.Join(far, ", ")
	}
	return text
}

// outside names what of x lies outside of the load test.
func (m *Model) outside(x Vector) []string {
	var far []string
	k, high := kindOf(x), m.high
	if k == open {
		high[rate] = m.highest()
	}
	for f, name := range Names() {
		if x[f] < m.low[f] || x[f] > high[f] {
			far = append(far, fmt.Sprintf("%s %.4g (%.4g to %.4g)", name, x[f], m.low[f], high[f]))
		}
	}
	if !m.seen[k] {
		far = append(far, [kinds]string{"arrivals that do not wait for answers", "callers that call again at once"}[k])
	}
	return far
}

// needed returns ceil(load / e^logCapacity), at least 1.
func needed(load, logCapacity float64) float64 {
	return math.Max(1, math.Ceil(load/math.Exp(logCapacity)-1e-9))
}

func capped(replicas float64) int { return int(math.Min(replicas, MaxReplicas)) }

// About returns what the model was trained from.
func (m *Model) About() About { return m.about }

// String returns name and version.
func (m *Model) String() string { return m.about.Name + " " + m.version }
