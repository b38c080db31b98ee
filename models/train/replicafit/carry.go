package replicafit

import (
	"cmp"
	"slices"

	"prewarm/shared/capacity"
	"prewarm/shared/loadtest"
)

// measureCarry sets LowestRate and Carry. It asks the model about each run of
// arrivals that had just enough replicas: n replicas carry the highest rate below
// the first one that the model answers with more than n. Both stay zero if the
// samples do not have the number of ready replicas.
func measureCarry(m *capacity.Model, samples []loadtest.Sample) {
	type point struct {
		rate     float64
		replicas int
	}
	var points []point
	most := 0
	for _, s := range samples {
		// A run with more ready replicas than needed, or of callers that wait for
		// answers, does not show what n replicas carry at most.
		if s.Ready == s.Replicas && s.X[capacity.Rate] > 0 && s.X.Kind() == capacity.Open {
			p := point{s.X[capacity.Rate], m.Predict(s.X).Replicas}
			points, most = append(points, p), max(most, p.replicas)
		}
	}
	if len(points) == 0 {
		return
	}
	slices.SortFunc(points, func(a, b point) int { return cmp.Compare(a.rate, b.rate) })
	// carry[i] belongs to i+1 replicas, in calls per second. It never falls with i:
	// more replicas pass all points that fewer pass.
	carry := make([]float64, most)
	for i := range carry {
		for _, p := range points {
			if p.replicas > i+1 {
				break
			}
			carry[i] = p.rate
		}
	}
	m.LowestRate, m.Carry = points[0].rate, carry
}
