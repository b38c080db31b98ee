package audit

import (
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat"

	"prewarm/shared/capacity"
	"prewarm/shared/forest"
)

// ReplicaAudit is how often a classifier gives load tests the number of
// replicas that they had.
type ReplicaAudit struct {
	N         int     `json:"n"`
	LastValue float64 `json:"last_value"` // accuracy of the answer of the row before
	Alike     float64 `json:"alike"`      // see alike
	Trials    []Trial `json:"trials"`
}

// Trial is the accuracy over several splits into rows to learn from and rows
// to answer.
type Trial struct {
	Name     string  `json:"name"`
	Accuracy float64 `json:"accuracy"` // mean over the splits
	Least    float64 `json:"least"`    // of one split
	Most     float64 `json:"most"`
	Majority float64 `json:"majority_class"` // accuracy of the class that is most frequent in training
}

const (
	replicaFolds = 5
	replicaSeeds = 3 // of folds and forests
)

// split is rows to learn from and rows to answer.
type split struct{ train, held []capacity.Sample }

// auditReplicas scores the published kind of classifier, a random forest over
// the features of a run, on splits that leak and on some that do not.
func auditReplicas(samples []capacity.Sample, seed uint64) (*ReplicaAudit, error) {
	r := &ReplicaAudit{N: len(samples), LastValue: lastValue(samples), Alike: alike(samples)}
	for _, kind := range []struct {
		name   string
		splits func(rng *rand.Rand) []split
	}{
		{"blocked folds", func(rng *rand.Rand) []split { return folds(samples, false, rng) }},
		{"random folds", func(rng *rand.Rand) []split { return folds(samples, true, rng) }},
		{"random folds after rare classes were repeated", func(rng *rand.Rand) []split { return folds(balanced(samples), true, rng) }},
		{"its own training rows", func(*rand.Rand) []split { return []split{{samples, samples}} }},
	} {
		t, err := try(kind.name, kind.splits, seed)
		if err != nil {
			return nil, err
		}
		r.Trials = append(r.Trials, t)
	}
	return r, nil
}

// lastValue returns the share of rows with the answer of the row before.
func lastValue(samples []capacity.Sample) float64 {
	hits := 0.0
	for i := 1; i < len(samples); i++ {
		if samples[i].Replicas == samples[i-1].Replicas {
			hits++
		}
	}
	return hits / float64(max(1, len(samples)-1))
}

// folds holds out each fifth in turn, of neighbours or at random.
func folds(samples []capacity.Sample, random bool, rng *rand.Rand) []split {
	samples = slices.Clone(samples)
	if random {
		rng.Shuffle(len(samples), func(i, j int) { samples[i], samples[j] = samples[j], samples[i] })
	}
	splits := make([]split, replicaFolds)
	for k := range splits {
		from, to := k*len(samples)/replicaFolds, (k+1)*len(samples)/replicaFolds
		splits[k] = split{train: slices.Concat(samples[:from], samples[to:]), held: samples[from:to]}
	}
	return splits
}

// balanced repeats the rows of each class until all are as frequent as the most
// frequent one. Done before a split, it puts the same row on both sides.
func balanced(samples []capacity.Sample) []capacity.Sample {
	classes := map[int][]capacity.Sample{}
	size := 0
	for _, s := range samples {
		classes[s.Replicas] = append(classes[s.Replicas], s)
		size = max(size, len(classes[s.Replicas]))
	}
	var all []capacity.Sample
	for class := range capacity.MaxReplicas + 1 {
		if rows := classes[class]; len(rows) > 0 {
			for i := range size {
				all = append(all, rows[i%len(rows)])
			}
		}
	}
	return all
}

// try scores the splits of every seed.
func try(name string, splits func(*rand.Rand) []split, seed uint64) (Trial, error) {
	t := Trial{Name: name, Least: 1}
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

// classify returns the accuracies of a forest with the defaults of
// scikit-learn's RandomForestClassifier (100 trees to the last leaf, the root
// of the number of features a split), and of the most frequent class.
func (s split) classify(rng *rand.Rand) (accuracy, majority float64, err error) {
	x, y := table(s.train)
	f, err := forest.TrainClassifier(forest.Config{Trees: 100, Features: 3}, x, capacity.Features, y, 1+slices.Max(y), rng)
	if err != nil {
		return 0, 0, err
	}
	x, want := table(s.held)
	shares, common := f.Predict(make([]float32, len(want)*f.Outputs()), x), mode(y)
	for i, v := range want {
		if largest(shares[i*f.Outputs():(i+1)*f.Outputs()]) == v {
			accuracy += 1 / float64(len(want))
		}
		if common == v {
			majority += 1 / float64(len(want))
		}
	}
	return accuracy, majority, nil
}

// table returns features, row by row, and answers.
func table(samples []capacity.Sample) (x []float32, y []int) {
	for _, s := range samples {
		for _, v := range s.X {
			x = append(x, float32(v))
		}
		y = append(y, s.Replicas)
	}
	return x, y
}

// largest returns the index of the largest value, the first of several.
func largest(values []float32) int {
	best := 0
	for i, v := range values {
		if v > values[best] {
			best = i
		}
	}
	return best
}

// mode returns the most frequent answer.
func mode(y []int) int {
	count := make([]float32, 1+slices.Max(y))
	for _, v := range y {
		count[v]++
	}
	return largest(count)
}

// session is how far apart in the file rows may be that count as of the same
// series of tests.
const session = 20

// alike returns the share of rows whose nearest other row, by standardised
// features, is of the same session. Random folds part many of these pairs.
func alike(samples []capacity.Sample) float64 {
	x := standardised(samples)
	found := 0.0
	for i := range x {
		nearest, least := i, math.Inf(1)
		for j := range x {
			d := 0.0
			for f := range x[i] {
				d += (x[i][f] - x[j][f]) * (x[i][f] - x[j][f])
			}
			if j != i && d < least {
				nearest, least = j, d
			}
		}
		if max(i-nearest, nearest-i) <= session {
			found++
		}
	}
	return found / float64(len(x))
}

// standardised returns the features with mean 0 and standard deviation 1.
func standardised(samples []capacity.Sample) []capacity.Vector {
	x := make([]capacity.Vector, len(samples))
	column := make([]float64, len(samples))
	for f := range capacity.Features {
		for i, s := range samples {
			column[i] = s.X[f]
		}
		mean, deviation := stat.PopMeanStdDev(column, nil)
		for i, v := range column {
			if deviation > 0 {
				x[i][f] = (v - mean) / deviation
			}
		}
	}
	return x
}
