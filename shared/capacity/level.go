package capacity

import "math"

// target returns the log c nearest to the one given by which the demand of a
// sample takes as many replicas, a fraction of them included, as is true to its
// answer; see Options.
func (m *Model) target(s Sample, o Options, logCapacity float64) float64 {
	n, d := float64(s.Replicas), m.staffed(s.X)
	least := n - 1 + o.Low
	if n == 1 {
		least = math.SmallestNonzeroFloat32 // however small, a load takes one
	}
	return math.Log(d / min(max(d/math.Exp(logCapacity), least), n-o.High))
}

// firstTarget is the target that nothing is known of: the middle.
func (m *Model) firstTarget(s Sample, o Options) float64 {
	return m.target(s, o, math.Log(m.staffed(s.X)/(float64(s.Replicas)-0.5)))
}

// measureReserve takes the reserve with which one capacity for all arrivals is
// nearest to what their answers allow, by the squared distance of log c.
func (m *Model) measureReserve(samples []Sample, targets []float64, o Options) {
	best, least := 0.0, math.Inf(1)
	for _, reserve := range []float64{0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2} {
		m.reserve = reserve
		m.fitLevels(samples, targets, o)
		sum := 0.0
		for i, s := range samples {
			sum += math.Pow(targets[i]-m.level[kindOf(s.X)], 2)
		}
		if sum < least {
			best, least = reserve, sum
		}
	}
	m.reserve = best
}

// fitLevels finds the mean log c of each kind as if there were nothing else, as
// fit does with the forest. The first targets of one replica do not count where
// there are others: they bound the capacity from below alone.
func (m *Model) fitLevels(samples []Sample, targets []float64, o Options) {
	for i, s := range samples {
		targets[i] = m.firstTarget(s, o)
	}
	m.measureLevels(samples, targets, func(s Sample) bool { return s.Replicas > 1 })
	for range rounds {
		m.retarget(samples, targets, o)
	}
}

// retarget moves the targets to where the model sees them, as far as their bounds
// allow, and the levels to their mean.
func (m *Model) retarget(samples []Sample, targets []float64, o Options) {
	for i, s := range samples {
		targets[i] = m.target(s, o, m.logCapacity(s.X))
	}
	m.measureLevels(samples, targets, func(Sample) bool { return true })
}

// measureLevels takes the mean of the targets of each kind over those samples
// that count, or over all of a kind where none does.
func (m *Model) measureLevels(samples []Sample, targets []float64, counts func(Sample) bool) {
	var sum, n, allSum, all [kinds]float64
	for i, s := range samples {
		k := kindOf(s.X)
		allSum[k], all[k], m.seen[k] = allSum[k]+targets[i], all[k]+1, true
		if counts(s) {
			sum[k], n[k] = sum[k]+targets[i], n[k]+1
		}
	}
	for k := range kinds {
		switch {
		case n[k] > 0:
			m.level[k] = sum[k] / n[k]
		case all[k] > 0:
			m.level[k] = allSum[k] / all[k]
		}
	}
}
