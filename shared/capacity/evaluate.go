package capacity

import (
	"math"
	"math/rand/v2"
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

// Folds assign each of n samples to one of k folds: in blocks of neighbours, or
// at random.
func Folds(n, k int, random bool, rng *rand.Rand) []int {
	folds := make([]int, n)
	for i := range folds {
		folds[i] = i * k / n
	}
	if random {
		rng.Shuffle(n, func(i, j int) { folds[i], folds[j] = folds[j], folds[i] })
	}
	return folds
}

// Evaluate predicts each fold from the others and returns the scores of the
// model, the majority class of the others, the last value (the answer of the
// sample before, as a controller in operation would know it), and the formula of
// capacity: see Formula.
func Evaluate(samples []Sample, folds []int, seed uint64) ([]Score, error) {
	if err := check(samples); err != nil {
		return nil, err
	}
	names := []string{"forest", "majority class", "last value", "capacity formula"}
	predicted := make([][]int, len(names))
	for i := range predicted {
		predicted[i] = make([]int, len(samples))
	}
	for fold := range maxOf(folds) + 1 {
		var train []Sample
		for i, s := range samples {
			if folds[i] != fold {
				train = append(train, s)
			}
		}
		m, err := fit(train, rand.New(rand.NewPCG(seed, uint64(fold)))) // without its spread
		if err != nil {
			return nil, err
		}
		formula, common := FitFormula(train), majority(train)
		for i, s := range samples {
			if folds[i] != fold {
				continue
			}
			a, err := m.Predict(s.X)
			if err != nil {
				return nil, err
			}
			last := common
			if i > 0 {
				last = samples[i-1].Replicas
			}
			predicted[0][i], predicted[1][i], predicted[2][i], predicted[3][i] = a.Replicas, common, last, formula.Replicas(s.X)
		}
	}
	scores := make([]Score, len(names))
	for i, name := range names {
		scores[i] = score(name, predicted[i], samples)
	}
	return scores, nil
}

func maxOf(folds []int) (most int) {
	for _, f := range folds {
		most = max(most, f)
	}
	return most
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
// ceil(L / capacity), with the same L as the model.
type Formula struct{ Capacity float64 }

// FitFormula returns the capacity with the least mean absolute error among those
// that the samples suggest.
func FitFormula(samples []Sample) Formula {
	best, least := Formula{1}, math.Inf(1)
	for _, s := range samples {
		f := Formula{inProgress(s.X) / float64(s.Replicas)}
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

// Replicas returns ceil(L / capacity), from 1 to MaxReplicas.
func (f Formula) Replicas(x Vector) int { return needed(inProgress(x), math.Log(f.Capacity)) }
