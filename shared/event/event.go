// Package event holds the messages of the chain: windows of the collector, forecasts
// of the predictor, decisions of the scaler. They travel in a signed Envelope; see Seal
// and Open.
package event

import (
	"fmt"
	"regexp"
)

// Types of envelope, which are also the subjects of their streams.
const (
	TypeWindows   = "prewarm.windows"
	TypeForecasts = "prewarm.forecasts"
	TypeDecisions = "prewarm.decisions"
)

// MaxBatch bounds the functions of one message, which keeps it below MaxBody.
const MaxBatch = 200

// functionName is the form of the label function_name in the gateway's metrics.
var functionName = regexp.MustCompile(`^[a-zA-Z0-9]([-a-zA-Z0-9_]{0,61}[a-zA-Z0-9])?\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$`)

// CheckFunction returns an error unless name has the form name.namespace.
func CheckFunction(name string) error {
	if !functionName.MatchString(name) {
		return fmt.Errorf("function must have the form name.namespace, was: %.140q", name)
	}
	return nil
}
