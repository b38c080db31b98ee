package event

import (
	"fmt"
	"slices"
	"time"
	"unicode/utf8"
)

// TypeMode is the type of the envelope around a Mode. It has no stream: the values of the
// key-value bucket of package bus are such envelopes.
const TypeMode = "prewarm.mode"

// Mode is a mode that the operator has set for one function. It is stronger than the
// function's annotation, and nothing is deployed for it.
type Mode struct {
	Function string    `json:"function"` // name.namespace
	Mode     string    `json:"mode"`     // one of Modes
	By       string    `json:"by"`       // who set it, for logs and pages
	Time     time.Time `json:"time"`
}

// Key is the key of the value in its bucket.
func (m *Mode) Key() string { return m.Function }

// maxBy bounds the name of who set a mode, in bytes.
const maxBy = 128

// Modes returns the values of Mode.Mode.
func Modes() []string { return []string{"off", "observe", "active"} }

// Validate checks a mode from outside. The error wraps ErrPayload.
func (m *Mode) Validate() error {
	err := CheckFunction(m.Function)
	switch {
	case err != nil:
	case !slices.Contains(Modes(), m.Mode):
		err = fmt.Errorf("mode must be one of off, observe, active, was: %.20q", m.Mode)
	default:
		err = checkSet(m.By, m.Time)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrPayload, err)
	}
	return nil
}

// checkSet checks who has set something, and when.
func checkSet(by string, at time.Time) error {
	switch {
	case len(by) == 0 || len(by) > maxBy || !utf8.ValidString(by):
		return fmt.Errorf("by must have 1 to %d bytes of UTF-8, had: %d", maxBy, len(by))
	case at.IsZero() || at.Unix() < 0:
		return fmt.Errorf("time must be set and not before 1970, was: %v", at)
	}
	return nil
}
