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
	"net/url"
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

// URL returns the value of key, an absolute URL with one of the schemes, without
// trailing slashes.
func (r *Reader) URL(key, def string, schemes ...string) string {
	v := strings.TrimRight(r.String(key, def), "/")
	if _, err := ParseURL(v, schemes...); err != nil {
		r.fail("%s %w", key, err)
		return def
	}
	return v
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

// URLs is URL for a list that is separated by commas, such as the servers of a cluster.
func (r *Reader) URLs(key, def string, schemes ...string) string {
	var urls []string
	for part := range strings.SplitSeq(r.String(key, def), ",") {
		v := strings.TrimRight(strings.TrimSpace(part), "/")
		if _, err := ParseURL(v, schemes...); err != nil {
			r.fail("%s %w", key, err)
			return def
		}
		urls = append(urls, v)
	}
	return strings.Join(urls, ",")
}

// BaseURL is URL for an address below which a program makes its calls, see ParseBase.
func (r *Reader) BaseURL(key, def string, schemes ...string) string {
	u, err := ParseBase(r.String(key, def), schemes...)
	if err != nil {
		r.fail("%s %w", key, err)
		return def
	}
	return u.String()
}

// ParseBase is ParseURL for an address to whose path those of calls are added. It refuses
// user, query and fragment. The path of the result has no empty parts and no slash at its
// end.
func ParseBase(text string, schemes ...string) (*url.URL, error) {
	u, err := ParseURL(text, schemes...)
	if err != nil {
		return nil, err
	}
	if u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		shown := withoutSecrets(u)
		if redact(text) == unreadable { // what stands before a question mark may belong to a password
			shown = unreadable
		}
		return nil, fmt.Errorf("must be a URL without user, query and fragment, was: %q with one of them", shown)
	}
	u = u.JoinPath("/")
	u.Path, u.RawPath = strings.TrimRight(u.Path, "/"), strings.TrimRight(u.RawPath, "/")
	return u, nil
}

// ParseURL parses an absolute URL with one of the schemes. The error begins with "must
// be", so that the name of a key or flag can stand before it, and shows no password.
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

// unreadable stands for a URL that may hold a password in any part.
const unreadable = "(unreadable)"

// redact hides the password in a URL, which must not reach a log. If the text is not a
// URL with a user, the part before an @ may still be a password, so all of it is hidden.
func redact(v string) string {
	u, err := url.Parse(v)
	if err != nil || u.User == nil && strings.Contains(v, "@") {
		return unreadable
	}
	return u.Redacted()
}
