// Package config reads configuration from environment values: defaults, parse,
// validate. Every problem names the key, the bound and the value, and all
// problems are reported at once.
package config

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Reader reads keys and collects what is wrong with them.
type Reader struct {
	getenv func(string) string
	errs   []error
}

// NewReader returns a Reader over getenv, for instance os.Getenv.
func NewReader(getenv func(string) string) *Reader { return &Reader{getenv: getenv} }

// Err joins all problems found so far, nil where there are none.
func (r *Reader) Err() error { return errors.Join(r.errs...) }

func (r *Reader) fail(format string, args ...any) {
	r.errs = append(r.errs, fmt.Errorf(format, args...))
}

// String returns the value of key, def where it is empty.
func (r *Reader) String(key, def string) string {
	if v := strings.TrimSpace(r.getenv(key)); v != "" {
		return v
	}
	return def
}

// Required returns the value of key and records an error where it is empty.
func (r *Reader) Required(key string) string {
	v := r.String(key, "")
	if v == "" {
		r.fail("%s must be set", key)
	}
	return v
}

// Int returns the integer value of key, which must lie in [min, max].
func (r *Reader) Int(key string, def, min, max int) int {
	return number(r, key, "a whole number", def, min, max, strconv.Atoi)
}

// Float returns the value of key, which must be finite and in [min, max].
func (r *Reader) Float(key string, def, min, max float64) float64 {
	return number(r, key, "a number", def, min, max, func(s string) (float64, error) { return strconv.ParseFloat(s, 64) })
}

// Duration returns the value of key ("90s", "1m30s"), which must lie in [min, max].
func (r *Reader) Duration(key string, def, min, max time.Duration) time.Duration {
	return number(r, key, "a duration such as 1m30s", def, min, max, time.ParseDuration)
}

// Bool returns the value of key: true, false, 1 or 0.
func (r *Reader) Bool(key string, def bool) bool {
	v := r.String(key, "")
	if v == "" {
		return def
	}
	b, err := strconv.ParseBool(v)
	if err != nil {
		r.fail("%s must be true or false, was: %q", key, v)
		return def
	}
	return b
}

// URL returns the value of key as an absolute URL with one of the schemes,
// without a trailing slash.
func (r *Reader) URL(key, def string, schemes ...string) string {
	v := strings.TrimRight(r.String(key, def), "/")
	if _, err := ParseURL(v, schemes...); err != nil {
		r.fail("%s %w", key, err)
	}
	return v
}

// ParseURL parses an absolute URL with one of the schemes. The error begins with
// what the URL must be, to be put behind the name of a key or flag, and shows no
// password.
func ParseURL(text string, schemes ...string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || !slices.Contains(schemes, u.Scheme) {
		return nil, fmt.Errorf("must be a URL with scheme %s and a host, was: %q", strings.Join(schemes, " or "), redact(text))
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
			return nil, fmt.Errorf("must be a URL with a port from 1 to 65535, was: %q", u.Redacted())
		}
	}
	return u, nil
}

// OneOf returns the value of key, which must be one of the choices; the first is the default.
func (r *Reader) OneOf(key string, choices ...string) string {
	v := r.String(key, choices[0])
	if !slices.Contains(choices, v) {
		r.fail("%s must be one of %s, was: %q", key, strings.Join(choices, ", "), v)
	}
	return v
}

// number parses and bounds one value. The comparison is written so that a NaN
// fails it.
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

// redact hides a password, which may be part of a URL and must not reach a log.
// Where the text is no such URL, what is before an @ may be one.
func redact(v string) string {
	u, err := url.Parse(v)
	if err != nil || u.User == nil && strings.Contains(v, "@") {
		return "(unreadable)"
	}
	return u.Redacted()
}
