package replicafit

import (
	"math"

	"prewarm/shared/capacity"
	"prewarm/shared/loadtest"
)

// target returns the value of log c that is nearest to logCapacity among those
// with which the demand of s takes its known number of replicas; see Options.
func (o Options) target(m *capacity.Model, s loadtest.Sample, logCapacity float64) float64 {
	n, d := float64(s.Replicas), m.Staffed(s.X)
	least := n - 1 + o.Low
	if n == 1 {
		least = math.SmallestNonzeroFloat32 // the smallest load takes one replica, too
	}
	// d/exp(logCapacity) is the number of replicas, with a fraction, that the model
	// asks for. It is held between the bounds, and converted back to a capacity.
	return math.Log(d / min(max(d/math.Exp(logCapacity), least), n-o.High))
}

// firstTarget returns the target in the middle of the bounds, for a model that
// knows nothing yet.
func (o Options) firstTarget(m *capacity.Model, s loadtest.Sample) float64 {
	// n-0.5 replicas, with the fraction: the middle of what an answer of n allows.
	return o.target(m, s, math.Log(m.Staffed(s.X)/(float64(s.Replicas)-0.5)))
}

// levels fits the level of each kind of load, and the reserve.
type levels struct {
	*capacity.Model
	samples []loadtest.Sample
	options Options
	targets []float64 // log c of each sample
}

// fitReserve sets the reserve with which one capacity for all arrivals is nearest
// to what their answers allow, by the squared distance of log c.
func (l *levels) fitReserve() {
	best, least := 0.0, math.Inf(1)
	for _, reserve := range []float64{0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2} {
		// The levels depend on the reserve, so they are fitted again for each
		// candidate. The caller fits them once more for the best.
		l.Reserve = reserve
		l.fit()
		sum := 0.0
		for i, s := range l.samples {
			sum += math.Pow(l.targets[i]-l.Level[s.X.Kind()], 2)
		}
		if sum < least {
			best, least = reserve, sum
		}
	}
	l.Reserve = best
}

// fit sets the mean log c of each kind without a forest, in the number of rounds of
// train. The first mean leaves out answers of one replica, which bound the capacity
// from below only.
func (l *levels) fit() {
	for i, s := range l.samples {
		l.targets[i] = l.options.firstTarget(l.Model, s)
	}
	l.average(func(s loadtest.Sample) bool { return s.Replicas > 1 })
	for range rounds {
		l.retarget()
	}
}

// retarget replaces the targets by the model's predictions, cut to their bounds, and
// sets the levels to the mean of the targets.
func (l *levels) retarget() {
	for i, s := range l.samples {
		l.targets[i] = l.options.target(l.Model, s, l.LogCapacity(s.X))
	}
	l.average(func(loadtest.Sample) bool { return true })
}

// average sets each level to the mean target of the samples of its kind that
// count, or of all samples of the kind if none counts.
func (l *levels) average(counts func(loadtest.Sample) bool) {
	var sum, n, allSum, all [capacity.Kinds]float64
	for i, s := range l.samples {
		k := s.X.Kind()
		allSum[k], all[k], l.Seen[k] = allSum[k]+l.targets[i], all[k]+1, true
		if counts(s) {
			sum[k], n[k] = sum[k]+l.targets[i], n[k]+1
		}
	}
	for k := range capacity.Kinds {
		switch {
		case n[k] > 0:
			l.Level[k] = sum[k] / n[k]
		case all[k] > 0:
			l.Level[k] = allSum[k] / all[k]
		}
	}
}
