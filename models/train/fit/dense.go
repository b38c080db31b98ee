package fit

import (
	"context"
	"fmt"

	"prewarm/shared/forecast"
	"prewarm/shared/forecast/feature"
	"prewarm/shared/nn/dense"
)

// denseSet is the training data of the dense network, a dense.Rows. The rows of
// one example have most of their inputs in common. These are stored once, which
// takes a fraction of the memory.
type denseSet struct {
	varying []float32 // rows × VaryingColumns
	shared  []float32 // examples × SharedColumns
	example []int32   // of each row: index of its shared inputs
	active  []bool    // of each row
}

// add takes the rows of the picked horizons of one example.
func (s *denseSet) add(varying, shared []float32, picked []int, future []int32) {
	example := int32(len(s.shared) / feature.SharedColumns)
	s.shared = append(s.shared, shared...)
	for _, t := range picked {
		s.varying = append(s.varying, varying[t*feature.VaryingColumns:(t+1)*feature.VaryingColumns]...)
		s.example, s.active = append(s.example, example), append(s.active, future[t] > 0)
	}
}

// join appends the rows of other.
func (s *denseSet) join(other denseSet) {
	// The examples of other follow those that s has already.
	before := int32(len(s.shared) / feature.SharedColumns)
	s.varying, s.shared, s.active = append(s.varying, other.varying...), append(s.shared, other.shared...), append(s.active, other.active...)
	for _, e := range other.example {
		s.example = append(s.example, before+e)
	}
}

// Len returns the number of rows.
func (s *denseSet) Len() int { return len(s.active) }

// Read writes row i to dst and returns whether the step was active.
func (s *denseSet) Read(dst []float64, i int) bool {
	for j, v := range s.varying[i*feature.VaryingColumns:][:feature.VaryingColumns] {
		dst[j] = float64(v)
	}
	for j, v := range s.shared[int(s.example[i])*feature.SharedColumns:][:feature.SharedColumns] {
		dst[feature.VaryingColumns+j] = float64(v)
	}
	return s.active[i]
}

// trainDense trains the dense network, or returns one of weights 0 if there is to
// be none. Options with few updates of the LSTMs, as in tests, shorten its training
// too.
func (o Options) trainDense(ctx context.Context, rows *denseSet) (*dense.Network, error) {
	if o.WithoutDense {
		shape := forecast.DenseShape(1)
		return dense.FromParams(shape, make([]float32, shape.Size())), nil
	}
	cfg := o.Dense
	cfg.Updates = min(cfg.Updates, 40*o.Updates)
	n, err := dense.Train(ctx, cfg, feature.VaryingColumns, feature.SharedColumns, rows, o.source("dense network", 0))
	if err != nil {
		return nil, fmt.Errorf("fit: dense network: %w", err)
	}
	return n, nil
}
