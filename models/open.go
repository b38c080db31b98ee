package models

import (
	"fmt"
	"os"

	"prewarm/shared/forecast"
)

// Full is the name of the embedded weights for Open.
const Full = "full"

// Open returns the predictor with the weights of a file that models/train wrote, or
// with the embedded weights if name is Full. An error names the file.
func Open(name string) (*forecast.Predictor, error) {
	if name == Full {
		return Load()
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("models: %w", err)
	}
	defer file.Close()
	p, err := forecast.Load(file)
	if err != nil {
		return nil, fmt.Errorf("models: %s: %w", name, err)
	}
	return p, nil
}
