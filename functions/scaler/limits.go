package scaler

import (
	"fmt"
	"strconv"
	"strings"

	"prewarm/shared/config"
	"prewarm/shared/event"
	"prewarm/shared/openfaas"
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
	annotationActuator    = "prewarm.actuator"
)

// settings are what labels and annotations say of one function.
type settings struct {
	mode                string
	actuator            string
	costRatio           float64
	concurrency         float64
	min, minActive, max int
	problem             string // what could not be read, empty where all could
}

// delegated reports whether another controller sets the function's replicas.
func (s settings) delegated() bool { return s.actuator != actuatorGateway }

// readSettings takes the defaults for what is absent or cannot be read. A
// function whose settings cannot be read is only observed: acting on a guess
// could scale what the owner meant to leave alone.
func (c Config) readSettings(f openfaas.Function) settings {
	labels := config.NewReader(func(k string) string { return f.Labels[k] })
	notes := config.NewReader(func(k string) string { return f.Annotations[k] })
	s := settings{
		mode:        c.Mode,
		actuator:    notes.OneOf(annotationActuator, actuatorGateway, actuatorHPA, actuatorKEDA),
		costRatio:   notes.Float(annotationCostRatio, c.Policy.CostRatio, 1e-4, 0.9999),
		concurrency: notes.Float(annotationConcurrency, c.Concurrency, event.MinConcurrency, event.MaxConcurrency),
		// As OpenFaaS does, which takes the label only where it is above 0.
		minActive: max(defaultMin, labels.Int(labelMin, defaultMin, 0, 10000)),
	}
	s.max = labels.Int(labelMax, max(defaultMax, s.minActive), s.minActive, 10000)
	if f.Annotations[annotationMode] != "" {
		s.mode = notes.OneOf(annotationMode, modeObserve, modeActive, modeOff)
	}
	s.min = s.minActive
	if zero, err := strconv.ParseBool(f.Labels[labelZero]); err == nil && zero {
		s.min = 0
	}
	for _, r := range []*config.Reader{labels, notes} {
		if err := r.Err(); err != nil && s.mode != modeOff {
			s.mode, s.problem = modeObserve, shorten(fmt.Sprintf("settings: %v", err), maxProblem)
		}
	}
	return s
}

// Bounds of what is said of one decision, in bytes. Annotations may be long, and
// the decisions of a batch must fit into one message.
const (
	maxProblem = 300
	maxReason  = 800
)

// shorten cuts a text that has more than most bytes.
func shorten(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "..."
}
