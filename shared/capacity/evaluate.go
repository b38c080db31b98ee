package capacity

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// Score compares predictions with the known answers.
type Score struct {
	Name     string
	Accuracy float64         // share of exact answers
	Error    float64         // mean absolute error in replicas
	Recall   map[int]float64 // by replicas: share of its samples that were found
	AtMost   float64         // share with enough replicas and at most one too many
}

// score computes a Score of predictions for samples.
func score(name string, predicted []int, samples []Sample) Score {
	s := Score{Name: name, Recall: map[int]float64{}}
	count := map[int]float64{}
	for i, sample := range samples {
		d := predicted[i] - sample.Replicas
		count[sample.Replicas]++
		if d == 0 {
			s.Accuracy++
			s.Recall[sample.Replicas]++
		}
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

// Folds assign each sample to one of k folds, the samples of one load to the
// same: in blocks of neighbouring loads, or at random.
func Folds(samples []Sample, k int, random bool, rng *rand.Rand) []int {
	number := map[int]int{}
	for _, s := range samples {
		if _, ok := number[s.Load]; !ok {
			number[s.Load] = len(number)
		}
	}
	fold := make([]int, len(number))
	for i := range fold {
		fold[i] = i * k / len(fold)
	}
	if random {
		rng.Shuffle(len(fold), func(i, j int) { fold[i], fold[j] = fold[j], fold[i] })
	}
	folds := make([]int, len(samples))
	for i, s := range samples {
		folds[i] = fold[number[s.Load]]
	}
	return folds
}

// split returns the samples outside of a fold, and those in it.
func split(samples []Sample, folds []int, fold int) (train, held []Sample) {
	for i, s := range samples {
		if folds[i] == fold {
			held = append(held, s)
		} else {
			train = append(train, s)
		}
	}
	return train, held
}

// Evaluate predicts each fold from the others and returns the scores of the
// model, the majority class of the others, the last value (the answer of the
// load before, as a controller in operation would know it), the formula of
// capacity (see Formula), and the model without what its forest adds to the level
// of each kind of load.
func Evaluate(samples []Sample, folds []int, o Options, seed uint64) ([]Score, error) {
	if err := check(samples, o); err != nil {
		return nil, err
	}
	names := []string{"forest", "majority class", "last value", "capacity formula", "without the forest"}
	predicted := make([][]int, len(names))
	for fold := range slices.Max(folds) + 1 {
		train, held := split(samples, folds, fold)
		if len(train) == 0 || len(held) == 0 {
			return nil, fmt.Errorf("capacity: fold %d has %d samples, and %d are outside of it: fewer folds or more loads", fold, len(held), len(train))
		}
		m, err := fit(train, o, rand.New(rand.NewPCG(seed, uint64(fold))))
		if err != nil {
			return nil, err
		}
		formula, common := FitFormula(train), majority(train)
		for _, s := range held {
			predicted[0] = append(predicted[0], m.Predict(s.X).Replicas)
			predicted[1] = append(predicted[1], common)
			predicted[2] = append(predicted[2], before(samples, s.Load, common))
			predicted[3] = append(predicted[3], formula.Replicas(s.X))
			predicted[4] = append(predicted[4], capped(needed(m.staffed(s.X), m.level[kindOf(s.X)])))
		}
	}
	answers := inFolds(samples, folds)
	scores := make([]Score, len(names))
	for i, name := range names {
		scores[i] = score(name, predicted[i], answers)
	}
	return scores, nil
}

// inFolds returns the samples in the order of their folds.
func inFolds(samples []Sample, folds []int) []Sample {
	var all []Sample
	for fold := range slices.Max(folds) + 1 {
		_, held := split(samples, folds, fold)
		all = append(all, held...)
	}
	return all
}

// before returns the answer of the load before a load, first where there is none.
func before(samples []Sample, load, first int) int {
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
func majority(samples []Sample) int {
	count, best := map[int]int{}, 1
	for _, s := range samples {
		count[s.Replicas]++
	}
	for class, n := range count {
		if n > count[best] || (n == count[best] && class < best) {
			best = class
		}
	}
	return best
}

// Formula is the capacity of a replica as one number for every load:
// ceil(calls in progress / capacity).
type Formula struct{ Capacity float64 }

// FitFormula returns the capacity with the least mean absolute error among those
// that the samples suggest.
func FitFormula(samples []Sample) Formula {
	best, least := Formula{1}, math.Inf(1)
	for _, s := range samples {
		f := Formula{math.Max(inProgress(s.X)/float64(s.Replicas), 1e-6)}
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

// Replicas returns ceil(calls in progress / capacity), from 1 to MaxReplicas.
func (f Formula) Replicas(x Vector) int { return capped(needed(inProgress(x), math.Log(f.Capacity))) }
