package capacity

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/stat"

	"prewarm/shared/forest"
)

// MaxReplicas is the largest answer that is learned.
const MaxReplicas = 100

// Model is a trained model. It is safe for concurrent use.
type Model struct {
	mean, scale Vector // of the features in training
	forest      *forest.Forest
}

// config is small: load tests have some hundred rows.
func config() forest.Config { return forest.Config{Trees: 200, MinLeaf: 2, Features: 4} }

// Train fits a model to samples; the result depends on them and rng only.
func Train(samples []Sample, rng *rand.Rand) (*Model, error) {
	if len(samples) == 0 {
		return nil, fmt.Errorf("capacity: no samples to train on")
	}
	top := 0
	for i, s := range samples {
		if err := s.X.Validate(); err != nil {
			return nil, fmt.Errorf("samples[%d]: %w", i, err)
		}
		if s.Replicas < 1 || s.Replicas > MaxReplicas {
			return nil, fmt.Errorf("capacity: samples[%d].replicas must be between 1 and %d, was: %d", i, MaxReplicas, s.Replicas)
		}
		top = max(top, s.Replicas)
	}
	m := &Model{}
	m.standardise(samples)
	x, y := make([]float32, 0, Features*len(samples)), make([]int, len(samples))
	for i, s := range samples {
		x = append(x, m.scaled(s.X)...)
		y[i] = s.Replicas - 1
	}
	var err error
	m.forest, err = forest.TrainClassifier(config(), x, Features, y, max(top, 2), rng)
	return m, err
}

// standardise keeps mean and standard deviation of each feature with the model.
func (m *Model) standardise(samples []Sample) {
	column := make([]float64, len(samples))
	for f := range Features {
		for i, s := range samples {
			column[i] = s.X[f]
		}
		m.mean[f], m.scale[f] = stat.PopMeanStdDev(column, nil)
		if !(m.scale[f] > 0) {
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

// Answer is what the model makes of a load.
type Answer struct {
	Replicas    int     `json:"replicas"`
	Low         int     `json:"low"`  // 5 % quantile of what the trees say
	High        int     `json:"high"` // 95 % quantile
	Probability float64 `json:"probability"`
	Reason      string  `json:"reason"`
}

// Predict returns the number of replicas that most of the forest's weight is
// for, and the interval of 90 % of it.
func (m *Model) Predict(x Vector) (Answer, error) {
	if err := x.Validate(); err != nil {
		return Answer{}, err
	}
	p := m.forest.Predict(make([]float32, m.forest.Outputs()), m.scaled(x))
	best := 0
	for class := range p {
		if p[class] > p[best] {
			best = class
		}
	}
	a := Answer{Replicas: best + 1, Low: quantile(p, 0.05), High: quantile(p, 0.95), Probability: math.Round(1e4*float64(p[best])) / 1e4}
	a.Reason = fmt.Sprintf("%.1f calls/s by %.0f callers with a p99 of %.3f s and %.1f %% errors: %d by %.0f %% of the trees, %d to %d by 90 %%",
		x[0], x[3], x[8], 100*x[2], a.Replicas, 100*a.Probability, a.Low, a.High)
	return a, nil
}

// quantile returns the fewest replicas at which the probability up to them
// reaches level.
func quantile(p []float32, level float64) int {
	sum, total := 0.0, 0.0
	for _, v := range p {
		total += float64(v)
	}
	for class, v := range p {
		if sum += float64(v); sum >= level*total {
			return class + 1
		}
	}
	return len(p)
}
