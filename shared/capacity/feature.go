// Package capacity is the replica model: from what a load test or a minute of
// traffic looks like, it tells how many replicas the load needs. A random forest
// learns it from runs whose answer is known.
package capacity

import (
	"errors"
	"fmt"
	"math"
	"strings"
)

// Features is the number of features.
const Features = 9

// Vector holds the features in the order of Names.
type Vector [Features]float64

// Names returns the features' names in their fixed order, which training and
// serving share. Latencies are in seconds.
func Names() [Features]string {
	return [Features]string{
		"requests_per_second", "response_bytes", "error_share", "concurrency",
		"p10_seconds", "p50_seconds", "p75_seconds", "p90_seconds", "p99_seconds",
	}
}

// ErrFeatures is wrapped by every error about the features of a request.
var ErrFeatures = errors.New("capacity: invalid features")

// ErrorShare is the share of failed answers, failed / (succeeded + failed), and 0
// where there was no answer.
func ErrorShare(succeeded, failed float64) float64 {
	if succeeded+failed <= 0 {
		return 0
	}
	return failed / (succeeded + failed)
}

// FromMap reads named features. The error names all that are missing, unknown,
// not finite or out of bounds.
func FromMap(values map[string]float64) (Vector, error) {
	var x Vector
	var missing, wrong []string
	known := map[string]bool{}
	for i, name := range Names() {
		known[name] = true
		v, ok := values[name]
		if !ok {
			missing = append(missing, name)
			continue
		}
		x[i] = v
	}
	for name := range values {
		if !known[name] {
			wrong = append(wrong, name)
		}
	}
	var problems []error
	if len(missing) > 0 {
		problems = append(problems, fmt.Errorf("%w: must be set: %s", ErrFeatures, strings.Join(missing, ", ")))
	}
	if len(wrong) > 0 {
		problems = append(problems, fmt.Errorf("%w: unknown: %.300q", ErrFeatures, wrong))
	}
	return x, errors.Join(append(problems, x.Validate())...)
}

// Validate checks the bounds: finite and at least 0, and a share at most 1.
func (x Vector) Validate() error {
	var problems []error
	for i, name := range Names() {
		if v := x[i]; !(v >= 0) || v > math.MaxFloat32 {
			problems = append(problems, fmt.Errorf("%w: %s must be finite and at least 0, was: %v", ErrFeatures, name, v))
		}
	}
	if x[2] > 1 {
		problems = append(problems, fmt.Errorf("%w: error_share must be at most 1, was: %v", ErrFeatures, x[2]))
	}
	return errors.Join(problems...)
}

// Sample is one run with its answer.
type Sample struct {
	X        Vector
	Replicas int // 1 to MaxReplicas
}
