package replicafit

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"prewarm/shared/capacity"
	"prewarm/shared/loadtest"
)

// Score compares the predictions of one method with the known answers.
type Score struct {
	Name     string
	Accuracy float64         // share of exact answers
	Error    float64         // mean absolute error in replicas
	Recall   map[int]float64 // by number of replicas: share of its samples with an exact answer
	AtMost   float64         // share with enough replicas and at most one too many
}

// score computes a Score of predictions, one for each sample.
func score(name string, predicted []int, samples []loadtest.Sample) Score {
	s := Score{Name: name, Recall: map[int]float64{}}
	count := map[int]float64{}
	for i, sample := range samples {
		d := predicted[i] - sample.Replicas
		count[sample.Replicas]++
		if d == 0 {
			s.Accuracy++
			s.Recall[sample.Replicas]++
		}
		// One replica too many costs idle time, one too few breaks the objective:
		// the two errors are not alike.
		if d == 0 || d == 1 {
			s.AtMost++
		}
		s.Error += math.Abs(float64(d))
	}
	n := float64(len(samples))
	s.Accuracy, s.Error, s.AtMost = s.Accuracy/n, s.Error/n, s.AtMost/n
	for class, c := range count {
		s.Recall[class] /= c
	}
	return s
}

// Evaluate predicts each fold from the others. It returns the scores of the
// model, which is named "forest", and of four baselines:
//
//   - the most frequent answer of the other folds;
//   - the last value: the answer of the load before, which a controller in
//     operation would know;
//   - the capacity formula, see Formula;
//   - the model without its forest, which leaves the level of each kind of load.
func Evaluate(samples []loadtest.Sample, folds []int, o Options, seed uint64) ([]Score, error) {
	if err := check(samples, o); err != nil {
		return nil, err
	}
	names := []string{"forest", "majority class", "last value", "capacity formula", "without the forest"}
	predicted := make([][]int, len(names))
	for fold := range slices.Max(folds) + 1 {
		rest, held := split(samples, folds, fold)
		if len(rest) == 0 || len(held) == 0 {
			return nil, fmt.Errorf("fit: fold %d has %d samples, and %d are outside of it: fewer folds or more loads", fold, len(held), len(rest))
		}
		// The source is that of the fold, so that a score does not depend on how
		// many folds come before.
		m, err := train(rest, o, rand.New(rand.NewPCG(seed, uint64(fold))))
		if err != nil {
			return nil, err
		}
		formula, common := FitFormula(rest), majority(rest)
		for _, s := range held {
			for i, n := range []int{
				m.Predict(s.X).Replicas, common, before(samples, s.Load, common), formula.Replicas(s.X),
				// The level alone, as Model.Predict would use it with a forest that
				// answers 0.
				capacity.Replicas(m.Staffed(s.X), m.Level[s.X.Kind()]),
			} {
				predicted[i] = append(predicted[i], n)
			}
		}
	}
	// Predictions were appended fold by fold; the answers are brought into the same
	// order.
	answers := inFolds(samples, folds)
	scores := make([]Score, len(names))
	for i, name := range names {
		scores[i] = score(name, predicted[i], answers)
	}
	return scores, nil
}

// before returns the answer of the load before the given one, or first if there
// is none.
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

// majority returns the most frequent answer, the smaller of two.
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

// FitFormula returns the capacity with the least mean absolute error among those
// that the samples suggest.
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
