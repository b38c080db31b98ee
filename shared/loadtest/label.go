package loadtest

import (
	"fmt"
	"slices"
)

// Objective is the bound of latency and errors that a run must meet.
type Objective struct {
	Percentile float64 // one of Percentiles
	Latency    float64 // highest latency at the percentile, in seconds
	ErrorRate  float64 // highest share of failed calls, 0 to 1
}

// Check checks the bounds of an objective from a command line. The error names the
// flag.
func (o Objective) Check() error {
	switch {
	case !slices.Contains(Percentiles[:], o.Percentile):
		return fmt.Errorf("-percentile must be one of %v, was: %v", Percentiles, o.Percentile)
	case !(o.Latency > 0 && o.Latency <= maxLatency):
		return fmt.Errorf("-objective must be above 0 and at most %v seconds, was: %v", maxLatency, o.Latency)
	case !(o.ErrorRate >= 0 && o.ErrorRate < 1):
		return fmt.Errorf("-errors must be at least 0 and below 1, was: %v", o.ErrorRate)
	}
	return nil
}

// maxLatency bounds the latency of an objective in seconds.
const maxLatency = 3600

// Met reports whether a run met the objective. A run without calls did not. It
// panics if the percentile is none of Percentiles.
func (o Objective) Met(r Row) bool {
	for i, p := range Percentiles {
		if p == o.Percentile {
			return r.Requests > 0 && r.Latency[i] <= o.Latency && r.ErrorRate() <= o.ErrorRate
		}
	}
	panic("loadtest: the objective's percentile is not measured")
}

// Load is one point of the grid of a load test; see Row.
type Load struct {
	Rate        float64
	Concurrency int
}

// Label is a load with the fewest replicas that met the objective, 0 if no measured
// number of replicas did.
type Label struct {
	Load
	Replicas int
}

// Labels returns the label of each load, in the order in which loads first appear
// in the rows. If a load has several runs at one number of replicas, more than half
// of them must meet the objective, so that a single disturbed run does not decide.
func Labels(rows []Row, o Objective) []Label {
	type point struct {
		load     Load
		replicas int
	}
	balance := map[point]int{} // runs that met the objective less those that did not
	order, seen := []Label(nil), map[Load]int{}
	for _, r := range rows {
		load := Load{r.Rate, r.Concurrency}
		if _, ok := seen[load]; !ok {
			seen[load] = len(order)
			order = append(order, Label{Load: load})
		}
		if p := (point{load, r.Replicas}); o.Met(r) {
			balance[p]++
		} else {
			balance[p]--
		}
	}
	// The result does not depend on the order of the map: the minimum is taken.
	for p, more := range balance {
		l := &order[seen[p.load]]
		if more > 0 && (l.Replicas == 0 || p.replicas < l.Replicas) {
			l.Replicas = p.replicas
		}
	}
	return order
}
