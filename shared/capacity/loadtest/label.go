package loadtest

import (
	"fmt"
	"slices"
)

// Objective is what a load must meet.
type Objective struct {
	Percentile float64 // one of Percentiles
	Latency    float64 // seconds at that percentile, at most
	ErrorRate  float64 // at most; 0.01 by default of the command
}

// Check checks an objective that came from a command line; the error names the
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

// Met reports whether a run met the objective. A run without calls met nothing.
func (o Objective) Met(r Row) bool {
	for i, p := range Percentiles {
		if p == o.Percentile {
			return r.Requests > 0 && r.Latency[i] <= o.Latency && r.ErrorRate() <= o.ErrorRate
		}
	}
	panic("loadtest: the objective's percentile is not measured")
}

// Load is one point of the grid.
type Load struct {
	Rate        float64
	Concurrency int
}

// Label is the fewest replicas of a load that met the objective, 0 where none
// did.
type Label struct {
	Load
	Replicas int
}

// Labels returns the label of each load, in the order in which the rows name
// them. A load at one number of replicas may have several runs, more than half of
// which must meet the objective: so that one run that something else disturbed
// does not say what the load needs.
func Labels(rows []Row, o Objective) []Label {
	type point struct {
		load     Load
		replicas int
	}
	balance, order, seen := map[point]int{}, []Label(nil), map[Load]int{}
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
	for p, more := range balance {
		l := &order[seen[p.load]]
		if more > 0 && (l.Replicas == 0 || p.replicas < l.Replicas) {
			l.Replicas = p.replicas
		}
	}
	return order
}
