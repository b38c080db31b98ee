package models

import (
	"bytes"
	_ "embed"
	"fmt"

	"prewarm/shared/forecast/hourly"
)

// hourlyWeights is a file that hourly.Load reads, written by models/train.
//
//go:embed hourly.bin
var hourlyWeights []byte

// LoadHourly returns the hourly predictor with the embedded weights.
func LoadHourly() (*hourly.Predictor, error) {
	p, err := hourly.Load(bytes.NewReader(hourlyWeights))
	if err != nil {
		return nil, fmt.Errorf("models: embedded hourly weights: %w", err)
	}
	return p, nil
}

// HourlySize returns the bytes of the embedded hourly weights.
func HourlySize() int { return len(hourlyWeights) }
