package capacity

import (
	"cmp"
	"slices"
)

// Carry returns the calls per second that 1, 2, ... replicas carry, as far as
// the load test goes, and the lowest rate that was tested. It is empty where the
// samples did not say how many replicas were ready.
func (m *Model) Carry() (from float64, carry []float64) { return m.from, slices.Clone(m.carry) }

// highest returns the highest rate of arrivals that was tested, as far as the
// samples tell.
func (m *Model) highest() float64 {
	if n := len(m.carry); n > 0 {
		return m.carry[n-1]
	}
	return m.high[rate]
}

// measureCarry asks the model for each run that had just enough replicas for
// calls that arrived whether or not earlier ones were answered. What n replicas
// carry is the highest rate below the first for which it answers more.
func (m *Model) measureCarry(samples []Sample) {
	type point struct {
		rate     float64
		replicas int
	}
	var points []point
	most := 0
	for _, s := range samples {
		if s.Ready == s.Replicas && s.X[rate] > 0 && kindOf(s.X) == open {
			p := point{s.X[rate], m.Predict(s.X).Replicas}
			points, most = append(points, p), max(most, p.replicas)
		}
	}
	if len(points) == 0 {
		return
	}
	slices.SortFunc(points, func(a, b point) int { return cmp.Compare(a.rate, b.rate) })
	m.from, m.carry = points[0].rate, make([]float64, most)
	for i := range m.carry {
		for _, p := range points {
			if p.replicas > i+1 {
				break
			}
			m.carry[i] = p.rate
		}
	}
}
