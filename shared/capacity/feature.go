package capacity

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// Features is the number of features.
const Features = 9

// Vector holds the features of one load in the order of Names.
type Vector [Features]float64

// Indexes of a Vector. The percentiles of the latency follow each other.
const (
	Rate = iota
	size
	errorShare
	callers
	P10
	p50
	p75
	p90
	p99
)

// Names returns the names of the features in the order that training and inference
// share. Concurrency is the number of callers, each with one call at a time.
// Latencies are in seconds. See ErrorShare for error_share.
func Names() [Features]string {
	return [Features]string{
		"requests_per_second", "response_bytes", "error_share", "concurrency",
		"p10_seconds", "p50_seconds", "p75_seconds", "p90_seconds", "p99_seconds",
	}
}

// ErrFeatures is wrapped by every error about the features of a request.
var ErrFeatures = errors.New("capacity: invalid features")

// ErrorShare returns the share of failed answers, failed / (succeeded + failed), and
// 0 if there was no answer.
func ErrorShare(succeeded, failed float64) float64 {
	if succeeded+failed <= 0 {
		return 0
	}
	return failed / (succeeded + failed)
}

// FromJSON reads an object of named features. The error wraps ErrFeatures and names
// every feature that is missing, unknown, given twice, no number, not finite or out
// of bounds, so that a caller can correct all of them at once.
func FromJSON(body []byte) (Vector, error) {
	var x Vector
	var given map[string]json.RawMessage
	if err := json.Unmarshal(body, &given); err != nil || given == nil {
		return x, fmt.Errorf("%w: the body must be an object with %s", ErrFeatures, strings.Join(nameList(), ", "))
	}
	problems := givenTwice(body)
	var missing []string
	for i, name := range Names() {
		text, ok := given[name]
		if delete(given, name); !ok {
			missing = append(missing, name)
			continue
		}
		var v *float64
		if err := json.Unmarshal(text, &v); err != nil || v == nil {
			problems = append(problems, fmt.Errorf("%w: %s must be a finite number, was: %.40s", ErrFeatures, name, text))
			continue
		}
		x[i] = *v
	}
	if len(missing) > 0 {
		problems = append(problems, fmt.Errorf("%w: must be set: %s", ErrFeatures, strings.Join(missing, ", ")))
	}
	if len(given) > 0 {
		problems = append(problems, fmt.Errorf("%w: unknown: %.300q", ErrFeatures, slices.Sorted(maps.Keys(given))))
	}
	return x, errors.Join(append(problems, x.Validate())...)
}

// givenTwice returns an error for each name that is more than once in a valid
// object. encoding/json would silently take the last value.
func givenTwice(body []byte) (problems []error) {
	in := json.NewDecoder(bytes.NewReader(body))
	_, _ = in.Token() // the brace
	seen := map[json.Token]bool{}
	for in.More() {
		name, _ := in.Token()
		var value json.RawMessage
		_ = in.Decode(&value)
		if seen[name] {
			problems = append(problems, fmt.Errorf("%w: %.40s must be given once, was given again: %.40s", ErrFeatures, name, value))
		}
		seen[name] = true
	}
	return problems
}

func nameList() []string {
	names := Names()
	return names[:]
}

// Validate checks that all features are finite and at least 0, that the error share
// is at most 1, and that percentiles ascend. The error names all that are wrong.
func (x Vector) Validate() error {
	var problems []error
	for i, name := range Names() {
		if v := x[i]; !(v >= 0) || v > math.MaxFloat32 {
			problems = append(problems, fmt.Errorf("%w: %s must be finite and at least 0, was: %v", ErrFeatures, name, v))
		}
	}
	if x[errorShare] > 1 {
		problems = append(problems, fmt.Errorf("%w: error_share must be at most 1, was: %v", ErrFeatures, x[errorShare]))
	}
	for i := p50; i <= p99; i++ {
		if x[i] < x[i-1] {
			problems = append(problems, fmt.Errorf("%w: %s must be at least %s (%v), was: %v", ErrFeatures, Names()[i], Names()[i-1], x[i-1], x[i]))
		}
	}
	return errors.Join(problems...)
}
