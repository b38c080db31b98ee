package scaler

import (
	"fmt"
	"strconv"

	"prewarm/shared/config"
	"prewarm/shared/gateway"
)

// Labels of OpenFaaS that bound a function's replicas, with the defaults of
// its documentation.
const (
	labelMin   = "com.openfaas.scale.min"
	labelMax   = "com.openfaas.scale.max"
	labelZero  = "com.openfaas.scale.zero"
	defaultMin = 1
	defaultMax = 20
)

// Annotations of prewarm.
const (
	annotationMode        = "prewarm.mode"
	annotationCostRatio   = "prewarm.cost-ratio"
	annotationConcurrency = "prewarm.concurrency"
)

// settings are what labels and annotations say of one function.
type settings struct {
	mode                string
	costRatio           float64
	concurrency         float64
	min, minActive, max int
	problem             string // what could not be read, empty where all could
}

// readSettings takes the defaults for what is absent or cannot be read. A
// function whose settings cannot be read is only observed: acting on a guess
// could scale what the owner meant to leave alone.
func (c Config) readSettings(f gateway.Function) settings {
	labels := config.NewReader(func(k string) string { return f.Labels[k] })
	notes := config.NewReader(func(k string) string { return f.Annotations[k] })
	s := settings{
		mode:        c.Mode,
		costRatio:   notes.Float(annotationCostRatio, c.Policy.CostRatio, 1e-4, 0.9999),
		concurrency: notes.Float(annotationConcurrency, c.Concurrency, 0.01, 1e6),
		minActive:   labels.Int(labelMin, defaultMin, 0, 10000),
	}
	s.max = labels.Int(labelMax, max(defaultMax, s.minActive), max(1, s.minActive), 10000)
	if f.Annotations[annotationMode] != "" {
		s.mode = notes.OneOf(annotationMode, modeObserve, modeActive, modeOff)
	}
	s.min = s.minActive
	if zero, err := strconv.ParseBool(f.Labels[labelZero]); err == nil && zero {
		s.min = 0
	}
	for _, r := range []*config.Reader{labels, notes} {
		if err := r.Err(); err != nil && s.mode != modeOff {
			s.mode, s.problem = modeObserve, fmt.Sprintf("settings: %v", err)
		}
	}
	return s
}
