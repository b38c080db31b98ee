package audit

import (
	"math/rand/v2"
	"slices"

	"prewarm/models/evaluate/metric"
	"prewarm/shared/capacity"
	"prewarm/shared/forest"
	"prewarm/shared/loadtest"
)

// ReplicaAudit holds how often a classifier names the replicas that a load test
// had. The load tests are rows of a file, in the order in which they were run.
type ReplicaAudit struct {
	N         int           `json:"n"`
	LastValue float64       `json:"last_value"` // share of rows with the replicas of the row before
	Nearby    float64       `json:"alike"`      // share of rows whose most similar row is nearby in the file, see nearbyShare
	Splits    []SplitScores `json:"trials"`
}

// SplitScores is the accuracy over several splits of one kind.
type SplitScores struct {
	Name     string  `json:"name"`
	Accuracy float64 `json:"accuracy"` // mean over the splits
	Least    float64 `json:"least"`    // of one split
	Most     float64 `json:"most"`     // of one split
	Majority float64 `json:"majority_class"`
}

const (
	replicaFolds = 5
	replicaSeeds = 3 // of folds and forests
)

// split is the rows to learn from and the rows to classify.
type split struct{ train, held []loadtest.Sample }

// auditReplicas scores the published kind of classifier, a random forest on the
// features of a load test, on two kinds of splits without a leak and on two with.
func auditReplicas(samples []loadtest.Sample, seed uint64) (*ReplicaAudit, error) {
	r := &ReplicaAudit{N: len(samples), LastValue: lastValue(samples), Nearby: nearbyShare(samples)}
	for _, kind := range []struct {
		name   string
		splits func(rng *rand.Rand) []split
	}{
		{"blocked folds", func(rng *rand.Rand) []split { return folds(samples, false, rng) }},
		{"random folds", func(rng *rand.Rand) []split { return folds(samples, true, rng) }},
		{"random folds after rare classes were repeated", func(rng *rand.Rand) []split { return folds(balanced(samples), true, rng) }},
		// The upper end: what a score on training rows would claim.
		{"its own training rows", func(*rand.Rand) []split { return []split{{samples, samples}} }},
	} {
		s, err := scoreSplits(kind.name, kind.splits, seed)
		if err != nil {
			return nil, err
		}
		r.Splits = append(r.Splits, s)
	}
	return r, nil
}

// lastValue returns the share of rows with the replicas of the row before. A
// classifier with a lower accuracy is of no use: neighbours in the file are alike.
func lastValue(samples []loadtest.Sample) float64 {
	hits := 0.0
	for i := 1; i < len(samples); i++ {
		hits += metric.Indicator(samples[i].Replicas == samples[i-1].Replicas)
	}
	return hits / float64(max(1, len(samples)-1))
}

// folds holds out each fifth of the rows in turn: neighbours in the file, or a
// random fifth.
func folds(samples []loadtest.Sample, random bool, rng *rand.Rand) []split {
	samples = slices.Clone(samples)
	if random {
		rng.Shuffle(len(samples), func(i, j int) { samples[i], samples[j] = samples[j], samples[i] })
	}
	splits := make([]split, replicaFolds)
	for k := range splits {
		from, to := k*len(samples)/replicaFolds, (k+1)*len(samples)/replicaFolds
		// Concat copies: an append to a part of samples would overwrite the rows of
		// the next fold.
		splits[k] = split{train: slices.Concat(samples[:from], samples[to:]), held: samples[from:to]}
	}
	return splits
}

// balanced repeats the rows of each class until all classes have the number of rows of
// the most frequent one. Before a split this is a leak: the same row is on both sides.
func balanced(samples []loadtest.Sample) []loadtest.Sample {
	classes := map[int][]loadtest.Sample{}
	size := 0
	for _, s := range samples {
		classes[s.Replicas] = append(classes[s.Replicas], s)
		size = max(size, len(classes[s.Replicas]))
	}
	var all []loadtest.Sample
	// In ascending order, since a map has none and the folds depend on the order of
	// the rows.
	for class := range capacity.MaxReplicas + 1 {
		if rows := classes[class]; len(rows) > 0 {
			for i := range size {
				all = append(all, rows[i%len(rows)])
			}
		}
	}
	return all
}

// scoreSplits scores the splits of every seed. A seed determines the random folds
// and the forests, so that the spread between splits includes both.
func scoreSplits(name string, splits func(*rand.Rand) []split, seed uint64) (SplitScores, error) {
	t := SplitScores{Name: name, Least: 1}
	n := 0.0
	for i := range uint64(replicaSeeds) {
		rng := rand.New(rand.NewPCG(seed, i))
		for _, s := range splits(rng) {
			accuracy, majority, err := s.classify(rng)
			if err != nil {
				return t, err
			}
			t.Accuracy += accuracy
			t.Majority += majority
			t.Least, t.Most = min(t.Least, accuracy), max(t.Most, accuracy)
			n++
		}
	}
	t.Accuracy /= n
	t.Majority /= n
	return t, nil
}

// classify returns the accuracy of a forest, and that of always naming the most
// frequent class of the training rows. The forest has the defaults of
// scikit-learn's RandomForestClassifier: 100 trees to the last leaf, at each split
// the square root of the number of features.
func (s split) classify(rng *rand.Rand) (accuracy, majority float64, err error) {
	x, y := columns(s.train)
	f, err := forest.TrainClassifier(forest.Config{Trees: 100, Features: 3}, x, capacity.Features, y, 1+slices.Max(y), rng)
	if err != nil {
		return 0, 0, err
	}
	x, want := columns(s.held)
	shares, frequent := f.Predict(make([]float32, len(want)*f.Outputs()), x), mostFrequent(y)
	for i, v := range want {
		if indexOfMax(shares[i*f.Outputs():(i+1)*f.Outputs()]) == v {
			accuracy += 1 / float64(len(want))
		}
		if frequent == v {
			majority += 1 / float64(len(want))
		}
	}
	return accuracy, majority, nil
}

// columns returns the features, row by row as package forest expects them, and the
// replicas as classes.
func columns(samples []loadtest.Sample) (x []float32, y []int) {
	for _, s := range samples {
		for _, v := range s.X {
			x = append(x, float32(v))
		}
		y = append(y, s.Replicas)
	}
	return x, y
}

// indexOfMax returns the index of the largest value, the first one of several.
func indexOfMax[T int | float32](values []T) int { return slices.Index(values, slices.Max(values)) }

// mostFrequent returns the most frequent number of replicas, the least of several.
func mostFrequent(y []int) int {
	count := make([]int, 1+slices.Max(y))
	for _, v := range y {
		count[v]++
	}
	return indexOfMax(count)
}
