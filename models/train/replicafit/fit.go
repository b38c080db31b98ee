// Package replicafit trains the replica model of package capacity on load tests, and
// evaluates it on loads that were held out.
package replicafit

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat"

	"prewarm/shared/capacity"
	"prewarm/shared/forest"
	"prewarm/shared/loadtest"
)

// Options are the options of the training.
type Options struct {
	About capacity.About
	// Low and High bound the target of a run whose answer is n: it takes n-1+Low to
	// n-High replicas, a fraction of a replica included. Both are from 0 to 0.5. If
	// too few replicas break the objective and one too many does not, Low should be
	// the larger.
	Low, High float64
}

// config is a small forest, because load tests have some hundred rows. Its large
// leaves keep to what all loads of a kind have in common.
func config() forest.Config { return forest.Config{Trees: 60, MinLeaf: 5, Features: 8} }

// spreadFolds is the number of blocks that are held out to measure the spread.
const spreadFolds = 5

// Train fits a model to samples. The result depends on samples, o and rng only.
func Train(samples []loadtest.Sample, o Options, rng *rand.Rand) (*capacity.Model, error) {
	if err := check(samples, o); err != nil {
		return nil, err
	}
	spread, err := measureSpread(samples, o, rng)
	if err != nil {
		return nil, err
	}
	m, err := train(samples, o, rng)
	if err != nil {
		return nil, err
	}
	m.About, m.Spread = o.About, spread
	return m, nil
}

// check returns an error that names the first sample or option out of bounds.
func check(samples []loadtest.Sample, o Options) error {
	if len(samples) == 0 {
		return fmt.Errorf("fit: no samples to train on")
	}
	for _, v := range []float64{o.Low, o.High} {
		if !(v >= 0 && v <= 0.5) {
			return fmt.Errorf("fit: low and high must be between 0 and 0.5, were: %v, %v", o.Low, o.High)
		}
	}
	for i, s := range samples {
		if err := s.X.Validate(); err != nil {
			return fmt.Errorf("samples[%d]: %w", i, err)
		}
		if s.Replicas < 1 || s.Replicas > capacity.MaxReplicas {
			return fmt.Errorf("fit: samples[%d].replicas must be between 1 and %d, was: %d", i, capacity.MaxReplicas, s.Replicas)
		}
	}
	return nil
}

// measureSpread returns the 5 % and 95 % quantiles of the error of log c on
// blocks of loads that were held out, or zeros for a single load.
func measureSpread(samples []loadtest.Sample, o Options, rng *rand.Rand) ([2]float64, error) {
	var errors []float64
	// Blocks of neighbours: a shuffled fold would hold out loads whose neighbours
	// are known, and the spread would come out too small.
	folds := Folds(samples, spreadFolds, false, nil)
	for fold := range spreadFolds {
		rest, held := split(samples, folds, fold)
		if len(rest) == 0 || len(held) == 0 {
			continue
		}
		m, err := train(rest, o, rng)
		if err != nil {
			return [2]float64{}, err
		}
		for _, s := range held {
			c := m.LogCapacity(s.X)
			// The error is the distance to the nearest value that the sample allows,
			// 0 if the prediction is within its bounds.
			errors = append(errors, o.target(m, s, c)-c)
		}
	}
	if len(errors) == 0 {
		return [2]float64{}, nil
	}
	slices.Sort(errors)
	return [2]float64{stat.Quantile(0.05, stat.Empirical, errors, nil), stat.Quantile(0.95, stat.Empirical, errors, nil)}, nil
}

// rounds is how often levels and forest are trained again, see train.
const rounds = 6

// train fits level and forest to all samples.
//
// The capacity of a sample is known within bounds only: n replicas are enough and
// n-1 are not. Each round replaces the target of a sample by the prediction of the
// model of the round before, cut to the bounds, and trains again: regression on
// censored values.
//
// Source: Buckley, James, "Linear regression with censored data", Biometrika
// 66(3), 1979, with a forest in the place of the line.
func train(samples []loadtest.Sample, o Options, rng *rand.Rand) (*capacity.Model, error) {
	// Scale and reserve first: columns, levels and targets all depend on them.
	m := &capacity.Model{Service: fastest(samples)}
	standardise(m, samples)
	x, y := make([]float32, 0, capacity.Columns*len(samples)), make([]float32, len(samples))
	for _, s := range samples {
		x = m.AppendColumns(x, s.X)
	}
	l := levels{Model: m, samples: samples, options: o, targets: make([]float64, len(samples))}
	l.fitReserve()
	l.fit()
	for range rounds {
		l.retarget()
		for i, s := range samples {
			// The forest learns what the level of the kind leaves over.
			y[i] = float32(l.targets[i] - m.Level[s.X.Kind()])
		}
		var err error
		if m.Forest, err = forest.TrainRegressor(config(), x, capacity.Columns, y, rng); err != nil {
			return nil, err
		}
	}
	measureCarry(m, samples)
	return m, nil
}

// fastest returns the lowest 10th percentile of the latency in seconds: that of a
// run whose calls did not wait. It is 1 if no run has one.
func fastest(samples []loadtest.Sample) float64 {
	least := math.Inf(1)
	for _, s := range samples {
		if s.X[capacity.P10] > 0 {
			least = math.Min(least, s.X[capacity.P10])
		}
	}
	if math.IsInf(least, 1) {
		return 1
	}
	return least
}

// standardise measures mean, standard deviation and range of each feature. The
// deviation of a feature that never changes counts as 1.
func standardise(m *capacity.Model, samples []loadtest.Sample) {
	column := make([]float64, len(samples))
	for f := range capacity.Features {
		for i, s := range samples {
			column[i] = s.X[f]
		}
		m.Low[f], m.High[f] = slices.Min(column), slices.Max(column)
		m.Mean[f], m.Scale[f] = stat.PopMeanStdDev(column, nil)
		// A scale of 0 or NaN would divide a constant feature into NaN.
		if !(m.Scale[f] > 0) || math.IsInf(m.Scale[f], 0) {
			m.Scale[f] = 1
		}
	}
}
