package replicafit

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

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

// score compares predictions with the answers of samples, one by one.
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
	names := methodNames()
	predicted := make([][]int, len(names))
	for fold := range slices.Max(folds) + 1 {
		rest, held := split(samples, folds, fold)
		if len(rest) == 0 || len(held) == 0 {
			return nil, fmt.Errorf("fit: fold %d has %d samples, and %d are outside of it: fewer folds or more loads", fold, len(held), len(rest))
		}
		// The source is that of the fold, so that a score does not depend on how
		// many folds come before.
		m, err := trainMethods(rest, o, rand.New(rand.NewPCG(seed, uint64(fold))))
		if err != nil {
			return nil, err
		}
		for _, s := range held {
			for i, n := range m.predict(s, samples) {
				predicted[i] = append(predicted[i], n)
			}
		}
	}
	// In the order of the predictions, which were appended fold by fold.
	answers := inFolds(samples, folds)
	scores := make([]Score, len(names))
	for i, name := range names {
		scores[i] = score(name, predicted[i], answers)
	}
	return scores, nil
}
