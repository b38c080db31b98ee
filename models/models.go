// Package models embeds the trained models of the suite: the forecaster, the hourly
// forecaster and the replica model. README.md is their model card.
package models

import (
	"bytes"
	_ "embed"
	"fmt"

	"prewarm/shared/capacity"
	"prewarm/shared/forecast"
)

// weights is a file that forecast.Load reads, written by models/train.
//
//go:embed forecast.bin
var weights []byte

// replicas is a file that capacity.Load reads, written by models/train -grid.
//
//go:embed replicas.bin
var replicas []byte

// Load returns the predictor with the embedded weights.
func Load() (*forecast.Predictor, error) {
	p, err := forecast.Load(bytes.NewReader(weights))
	if err != nil {
		return nil, fmt.Errorf("models: embedded weights: %w", err)
	}
	return p, nil
}

// Size returns the bytes of the embedded weights.
func Size() int { return len(weights) }

// Replicas returns the embedded replica model. The error wraps capacity.ErrNoModel if
// the file is empty.
func Replicas() (*capacity.Model, error) {
	m, err := capacity.Load(bytes.NewReader(replicas))
	if err != nil {
		return nil, fmt.Errorf("models: embedded replica model: %w", err)
	}
	return m, nil
}

// ReplicaSize returns the bytes of the embedded replica model.
func ReplicaSize() int { return len(replicas) }
