package replicafit

import (
	"math"
	"math/rand/v2"

	"prewarm/shared/capacity"
	"prewarm/shared/loadtest"
)

// methods are the model and what the baselines take from the same samples.
type methods struct {
	model   *capacity.Model
	common  int // most frequent answer
	formula Formula
}

// methodNames returns the names of the methods, in the order of methods.predict.
func methodNames() []string {
	return []string{"forest", "majority class", "last value", "capacity formula", "without the forest"}
}

// trainMethods trains the model and the baselines.
func trainMethods(samples []loadtest.Sample, o Options, rng *rand.Rand) (methods, error) {
	m, err := train(samples, o, rng)
	if err != nil {
		return methods{}, err
	}
	return methods{m, majority(samples), FitFormula(samples)}, nil
}

// predict returns the answer of each method to a sample. all are the samples of all
// folds, in which the last value is looked up.
func (m methods) predict(s loadtest.Sample, all []loadtest.Sample) []int {
	return []int{
		m.model.Predict(s.X).Replicas, m.common, before(all, s.Load, m.common), m.formula.Replicas(s.X),
		// The level alone, as Model.Predict would use it with a forest that
		// answers 0.
		capacity.Replicas(m.model.Staffed(s.X), m.model.Level[s.X.Kind()]),
	}
}

// before returns the answer of the load that precedes the given one in samples, or
// first if there is none.
func before(samples []loadtest.Sample, load, first int) int {
	answer := first
	for _, s := range samples {
		if s.Load == load {
			return answer
		}
		answer = s.Replicas
	}
	return answer
}

// majority returns the most frequent answer, and the smallest of several.
func majority(samples []loadtest.Sample) int {
	count, best := map[int]int{}, 1
	for _, s := range samples {
		count[s.Replicas]++
	}
	for class, n := range count {
		// A map has no order. The tie goes to the smaller class, so that the result
		// is always the same.
		if n > count[best] || (n == count[best] && class < best) {
			best = class
		}
	}
	return best
}

// Formula has one capacity for every load: ceil(calls in progress / Capacity).
type Formula struct{ Capacity float64 }

// FitFormula returns the formula with the least mean absolute error. It tries the
// capacity that each sample shows: calls in progress / replicas.
func FitFormula(samples []loadtest.Sample) Formula {
	best, least := Formula{1}, math.Inf(1)
	for _, s := range samples {
		f := Formula{math.Max(s.X.InProgress()/float64(s.Replicas), 1e-6)}
		sum := 0.0
		for _, other := range samples {
			sum += math.Abs(float64(f.Replicas(other.X) - other.Replicas))
		}
		if sum < least {
			best, least = f, sum
		}
	}
	return best
}

// Replicas returns ceil(calls in progress / Capacity), from 1 to MaxReplicas.
func (f Formula) Replicas(x capacity.Vector) int {
	return capacity.Replicas(x.InProgress(), math.Log(f.Capacity))
}
