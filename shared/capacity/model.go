package capacity

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat"

	"prewarm/shared/forest"
)

// MaxReplicas is the largest answer that is learned.
const MaxReplicas = 100

// Model is a trained model. It learns how much load one replica carries, given
// how the load looks:
//
//	replicas = ceil(L / c(x)),  L = calls in progress
//
// with log c from a random forest on standardised features. Loads between those
// of the tests are then answered in proportion, which a forest alone cannot. It
// is safe for concurrent use.
type Model struct {
	mean, scale Vector     // of the features in training
	spread      [2]float64 // 5 % and 95 % quantiles of log c's error on held-out samples
	forest      *forest.Forest
}

// config is small: load tests have some hundred rows.
func config() forest.Config { return forest.Config{Trees: 200, MinLeaf: 2, Features: 4} }

// spreadFolds is the number of blocks that are held out to measure the spread.
const spreadFolds = 5

// Train fits a model to samples; the result depends on them and rng only.
func Train(samples []Sample, rng *rand.Rand) (*Model, error) {
	if err := check(samples); err != nil {
		return nil, err
	}
	spread, err := measureSpread(samples, rng)
	if err != nil {
		return nil, err
	}
	m, err := fit(samples, rng)
	if err != nil {
		return nil, err
	}
	m.spread = spread
	return m, nil
}

// check names the first sample that cannot be learned.
func check(samples []Sample) error {
	if len(samples) == 0 {
		return fmt.Errorf("capacity: no samples to train on")
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

// measureSpread returns how far log c is off on blocks that were held out.
func measureSpread(samples []Sample, rng *rand.Rand) ([2]float64, error) {
	var off []float64
	folds := Folds(len(samples), spreadFolds, false, nil)
	for fold := range spreadFolds {
		var train, held []Sample
		for i, s := range samples {
			if folds[i] == fold {
				held = append(held, s)
			} else {
				train = append(train, s)
			}
		}
		if len(train) == 0 || len(held) == 0 {
			continue
		}
		m, err := fit(train, rng)
		if err != nil {
			return [2]float64{}, err
		}
		for _, s := range held {
			off = append(off, target(s)-m.logCapacity(s.X))
		}
	}
	if len(off) == 0 {
		return [2]float64{}, nil // a single sample
	}
	slices.Sort(off)
	return [2]float64{stat.Quantile(0.05, stat.Empirical, off, nil), stat.Quantile(0.95, stat.Empirical, off, nil)}, nil
}

// fit trains the forest on all samples.
func fit(samples []Sample, rng *rand.Rand) (*Model, error) {
	m := &Model{}
	m.standardise(samples)
	x, y := make([]float32, 0, Features*len(samples)), make([]float32, len(samples))
	for i, s := range samples {
		x = append(x, m.scaled(s.X)...)
		y[i] = float32(target(s))
	}
	var err error
	m.forest, err = forest.TrainRegressor(config(), x, Features, y, rng)
	return m, err
}

// target is log c of a sample. That n replicas are enough and n-1 are not says
// that c lies between L/n and L/(n-1): the middle of the bounds on n is taken.
func target(s Sample) float64 { return math.Log(inProgress(s.X) / (float64(s.Replicas) - 0.5)) }

// inProgress returns the calls in progress by Little's law, rate x mean latency,
// with the mean taken from the percentiles below the tail; above 0.
func inProgress(x Vector) float64 {
	return math.Max(x[0]*(x[4]+x[5]+x[6]+x[7])/4, 1e-6)
}

// standardise keeps mean and standard deviation of each feature with the model.
func (m *Model) standardise(samples []Sample) {
	column := make([]float64, len(samples))
	for f := range Features {
		for i, s := range samples {
			column[i] = s.X[f]
		}
		m.mean[f], m.scale[f] = stat.PopMeanStdDev(column, nil)
		if !(m.scale[f] > 0) || math.IsInf(m.scale[f], 0) {
			m.scale[f] = 1 // a feature that never changes
		}
	}
}

// scaled returns (x - mean) / scale.
func (m *Model) scaled(x Vector) []float32 {
	out := make([]float32, Features)
	for f, v := range x {
		out[f] = float32((v - m.mean[f]) / m.scale[f])
	}
	return out
}

func (m *Model) logCapacity(x Vector) float64 {
	return float64(m.forest.Predict(make([]float32, 1), m.scaled(x))[0])
}

// Answer is what the model makes of a load.
type Answer struct {
	Replicas int    `json:"replicas"`
	Low      int    `json:"low"` // Low to High held 90 % of the held-out samples
	High     int    `json:"high"`
	Reason   string `json:"reason"`
}

// Predict returns the replicas that a load needs, with their interval.
func (m *Model) Predict(x Vector) (Answer, error) {
	if err := x.Validate(); err != nil {
		return Answer{}, err
	}
	load, c := inProgress(x), m.logCapacity(x)
	a := Answer{Replicas: needed(load, c), Low: needed(load, c+m.spread[1]), High: needed(load, c+m.spread[0])}
	a.Low, a.High = min(a.Low, a.Replicas), max(a.High, a.Replicas)
	a.Reason = fmt.Sprintf("%.1f calls in progress (%.1f/s by %.0f callers, p99 %.3f s, %.1f %% errors), of which a replica carries %.1f: %d, in 90 %% of cases %d to %d",
		load, x[0], x[3], x[8], 100*x[2], math.Exp(c), a.Replicas, a.Low, a.High)
	return a, nil
}

// needed returns ceil(load / e^logCapacity), from 1 to MaxReplicas.
func needed(load, logCapacity float64) int {
	return int(math.Min(math.Max(1, math.Ceil(load/math.Exp(logCapacity)-1e-9)), MaxReplicas))
}
