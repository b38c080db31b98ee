package capacity

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat"

	"prewarm/shared/forest"
)

// MaxReplicas is the largest answer, in training as in prediction.
const MaxReplicas = 100

// Model is a trained model. It learns how much of a demand one replica carries,
// given how the load looks:
//
//	replicas = ceil(staffed(x) / c(x))
//
// with log c as the mean of the kind of load and, from a random forest on
// standardised features, the deviation from it. Loads between those of the tests,
// and beyond them, are then answered in proportion, which a forest alone cannot.
// It is safe for concurrent use.
type Model struct {
	about       About
	version     string         // of the file that it was read from
	mean, scale Vector         // of the features in training
	low, high   Vector         // their range
	service     float64        // seconds of a call that does not wait
	reserve     float64        // see staffed
	spread      [2]float64     // 5 % and 95 % quantiles of log c's error on held-out loads
	from        float64        // calls per second, the lowest of the test
	carry       []float64      // calls per second that 1, 2, ... replicas carry
	level       [kinds]float64 // mean log c of each kind of load
	seen        [kinds]bool    // kinds in training
	forest      *forest.Forest // log c but for the level
}

// About says what a model was trained from.
type About struct {
	Name      string // of the function that was tested
	Objective string // in words
}

// Options say how to train.
type Options struct {
	About About
	// Low and High bound the replicas, a fraction of them included, that a run with
	// the answer n is learned to take: n-1+Low to n-High. Both are at least 0 and at
	// most 0.5. Where too few replicas break the objective and one too many does
	// not, Low is the larger.
	Low, High float64
}

// config is small: load tests have some hundred rows. Large leaves keep to what
// all loads of a kind have in common.
func config() forest.Config { return forest.Config{Trees: 60, MinLeaf: 5, Features: 8} }

// spreadFolds is the number of blocks that are held out to measure the spread.
const spreadFolds = 5

// Train fits a model to samples; the result depends on them, o and rng only.
func Train(samples []Sample, o Options, rng *rand.Rand) (*Model, error) {
	if err := check(samples, o); err != nil {
		return nil, err
	}
	spread, err := measureSpread(samples, o, rng)
	if err != nil {
		return nil, err
	}
	m, err := fit(samples, o, rng)
	if err != nil {
		return nil, err
	}
	m.about, m.spread = o.About, spread
	return m, nil
}

// check names the first sample that cannot be learned.
func check(samples []Sample, o Options) error {
	if len(samples) == 0 {
		return fmt.Errorf("capacity: no samples to train on")
	}
	for _, v := range []float64{o.Low, o.High} {
		if !(v >= 0 && v <= 0.5) {
			return fmt.Errorf("capacity: low and high must be between 0 and 0.5, were: %v, %v", o.Low, o.High)
		}
	}
	for i, s := range samples {
		if err := s.X.Validate(); err != nil {
			return fmt.Errorf("samples[%d]: %w", i, err)
		}
		if s.Replicas < 1 || s.Replicas > MaxReplicas {
			return fmt.Errorf("capacity: samples[%d].replicas must be between 1 and %d, was: %d", i, MaxReplicas, s.Replicas)
		}
	}
	return nil
}

// measureSpread returns how far log c is off on blocks of loads that were held
// out.
func measureSpread(samples []Sample, o Options, rng *rand.Rand) ([2]float64, error) {
	var off []float64
	folds := Folds(samples, spreadFolds, false, nil)
	for fold := range spreadFolds {
		train, held := split(samples, folds, fold)
		if len(train) == 0 || len(held) == 0 {
			continue
		}
		m, err := fit(train, o, rng)
		if err != nil {
			return [2]float64{}, err
		}
		for _, s := range held {
			c := m.logCapacity(s.X)
			off = append(off, m.target(s, o, c)-c)
		}
	}
	if len(off) == 0 {
		return [2]float64{}, nil // a single load
	}
	slices.Sort(off)
	return [2]float64{stat.Quantile(0.05, stat.Empirical, off, nil), stat.Quantile(0.95, stat.Empirical, off, nil)}, nil
}

// rounds is how often the forest is trained, see fit.
const rounds = 6

// fit trains the forest on all samples. That n replicas are enough and n-1 are
// not only bounds the capacity, so level and forest are trained again with each
// target moved to where the last ones saw it, as far as its bounds allow:
// regression on censored values.
//
// Source: Buckley, James, "Linear regression with censored data", Biometrika
// 66(3), 1979, with a forest in the place of the line.
func fit(samples []Sample, o Options, rng *rand.Rand) (*Model, error) {
	m := &Model{}
	m.standardise(samples)
	m.service = fastest(samples)
	x, y := make([]float32, 0, columns*len(samples)), make([]float32, len(samples))
	targets := make([]float64, len(samples))
	for _, s := range samples {
		x = m.appendColumns(x, s.X)
	}
	m.measureReserve(samples, targets, o)
	m.fitLevels(samples, targets, o)
	for range rounds {
		m.retarget(samples, targets, o)
		for i, s := range samples {
			y[i] = float32(targets[i] - m.level[kindOf(s.X)])
		}
		var err error
		if m.forest, err = forest.TrainRegressor(config(), x, columns, y, rng); err != nil {
			return nil, err
		}
	}
	m.measureCarry(samples)
	return m, nil
}

// fastest returns the lowest 10th percentile of the latency: that of a run in
// which calls did not wait.
func fastest(samples []Sample) float64 {
	least := math.Inf(1)
	for _, s := range samples {
		if s.X[p10] > 0 {
			least = math.Min(least, s.X[p10])
		}
	}
	if math.IsInf(least, 1) {
		return 1
	}
	return least
}

// standardise keeps mean, standard deviation and range of each feature with the
// model.
func (m *Model) standardise(samples []Sample) {
	column := make([]float64, len(samples))
	for f := range Features {
		for i, s := range samples {
			column[i] = s.X[f]
		}
		m.low[f], m.high[f] = slices.Min(column), slices.Max(column)
		m.mean[f], m.scale[f] = stat.PopMeanStdDev(column, nil)
		if !(m.scale[f] > 0) || math.IsInf(m.scale[f], 0) {
			m.scale[f] = 1 // a feature that never changes
		}
	}
}

func (m *Model) logCapacity(x Vector) float64 {
	if m.forest == nil {
		return m.level[kindOf(x)] // before the first is trained
	}
	row, out := make([]float32, 0, columns), make([]float32, 1)
	return m.level[kindOf(x)] + float64(m.forest.Predict(out, m.appendColumns(row, x))[0])
}
