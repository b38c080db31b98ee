// Package config reads configuration from the environment: default, parse, validate. It
// also makes the HTTP clients of the services that keys name, with their certificates.
//
// A Reader collects the errors, so that a program reports all wrong keys at once. Every
// error names the key, its bound and the value, but never a secret. A value with an
// error is replaced by its default, so that reading can go on. An empty or blank value
// counts as absent.
package config

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Reader reads keys and collects the errors. It is not safe for concurrent use.
type Reader struct {
	getenv func(string) string
	errs   []error
}

// NewReader returns a Reader over getenv, for instance os.Getenv.
func NewReader(getenv func(string) string) *Reader { return &Reader{getenv: getenv} }

// Err returns all errors so far, one per line, or nil if there are none.
func (r *Reader) Err() error { return errors.Join(r.errs...) }

// fail adds an error.
func (r *Reader) fail(format string, args ...any) {
	r.errs = append(r.errs, fmt.Errorf(format, args...))
}

// Check adds an error, unless it is nil. It names its key.
func (r *Reader) Check(err error) {
	if err != nil {
		r.errs = append(r.errs, err)
	}
}

// String returns the value of key without surrounding white space.
func (r *Reader) String(key, def string) string {
	if v := strings.TrimSpace(r.getenv(key)); v != "" {
		return v
	}
	return def
}

// Int returns the value of key, a whole number in [min, max].
func (r *Reader) Int(key string, def, min, max int) int {
	return number(r, key, "a whole number", def, min, max, strconv.Atoi)
}

// Float returns the value of key, a finite number in [min, max].
func (r *Reader) Float(key string, def, min, max float64) float64 {
	return number(r, key, "a number", def, min, max, func(s string) (float64, error) { return strconv.ParseFloat(s, 64) })
}

// Auto is what FloatOrAuto returns for the word auto.
const Auto = 0

// FloatOrAuto returns the value of key, a finite number in [min, max] with a min above Auto, or
// Auto for the word auto: the caller then finds the number itself.
func (r *Reader) FloatOrAuto(key string, def, min, max float64) float64 {
	if r.String(key, "") == "auto" {
		return Auto
	}
	return number(r, key, "auto or a number", def, min, max, func(s string) (float64, error) { return strconv.ParseFloat(s, 64) })
}

// Duration returns the value of key, such as 90s or 1m30s, in [min, max].
func (r *Reader) Duration(key string, def, min, max time.Duration) time.Duration {
	return number(r, key, "a duration such as 1m30s", def, min, max, time.ParseDuration)
}

// Bool returns the value of key: true, false, 1, 0, or what else strconv.ParseBool reads.
func (r *Reader) Bool(key string, def bool) bool {
	v := r.String(key, "")
	if v == "" {
		return def
	}
	b, err := strconv.ParseBool(v)
	if err != nil {
		r.fail("%s must be true or false, was: %.200q", key, v)
		return def
	}
	return b
}

// Parse returns the value of key, or of def if it is absent, as parse reads it, and the
// zero value after an error. The error of parse begins with "must", so that the key can
// stand before it.
func Parse[T any](r *Reader, key, def string, parse func(string) (T, error)) T {
	v, err := parse(r.String(key, def))
	if err != nil {
		r.fail("%s %w", key, err)
		v = *new(T)
	}
	return v
}

// OneOf returns the value of key, one of the choices. The first is the default.
func (r *Reader) OneOf(key string, choices ...string) string {
	v := r.String(key, choices[0])
	if !slices.Contains(choices, v) {
		r.fail("%s must be one of %s, was: %.200q", key, strings.Join(choices, ", "), v)
		return choices[0]
	}
	return v
}

// number parses the value of key and checks its bounds. kind says in an error what the
// value must be. The comparison is written such that NaN is out of bounds.
func number[T int | float64 | time.Duration](r *Reader, key, kind string, def, min, max T, parse func(string) (T, error)) T {
	v := r.String(key, "")
	if v == "" {
		return def
	}
	n, err := parse(v)
	if err != nil {
		r.fail("%s must be %s, was: %.200q", key, kind, v)
		return def
	}
	if !(n >= min && n <= max) {
		r.fail("%s must be between %v and %v, was: %v", key, min, max, n)
		return def
	}
	return n
}
