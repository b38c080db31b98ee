package scaler

import (
	"fmt"
	"strings"

	"prewarm/shared/openfaas"
)

// settings are what labels and annotations say of one function.
type settings struct {
	openfaas.Scaling
	problem string // which of them cannot be read, empty if all can
}

// delegated reports whether another controller sets the function's replicas.
func (s settings) delegated() bool { return s.Actuator != openfaas.ActuatorGateway }

// readSettings reads labels and annotations. A function of which one cannot be
// read is only observed, and problem says why.
func (c Config) readSettings(f openfaas.Function) settings {
	scaling, err := f.Scaling(openfaas.Scaling{Mode: c.Mode, CostRatio: c.Policy.CostRatio, Concurrency: c.Concurrency})
	s := settings{Scaling: scaling}
	if err != nil && s.Mode != openfaas.ModeOff {
		s.problem = shorten(fmt.Sprintf("settings: %v", err), maxProblem)
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
