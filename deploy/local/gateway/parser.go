package gateway

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"prewarm/deploy/local/controller"
)

// parser keeps the first error.
// A value that cannot be read counts as its fallback for the rest of the parse, so that
// the caller checks for an error once, at the end.
type parser struct{ err error }

// fail records an error unless there is one already.
func (p *parser) fail(format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf(format, args...)
	}
}

// within returns the count that an updated function has if it had n replicas.
// faas-netes sets it to the minimum; a larger count that the labels allow is kept here, so
// that an update in place does not slow down the calls.
func (s settings) within(n int) uint64 { return uint64(max(s.min, min(n, s.max))) }

// check checks conditions between values.
func (p *parser) check(s settings) {
	if s.min > s.max {
		p.fail("label %s must be at most %s (%d), was: %d", labelMin, labelMax, s.max, s.min)
	}
	if s.healthPath != "" && !strings.HasPrefix(s.healthPath, "/") {
		p.fail("annotation %s must begin with /, was: %q", annotationHealthPath, s.healthPath)
	}
}

// scaling reads the labels of the controllers. The gateway does not act on them, but a mistake
// is reported to the one who deploys, not to the log of a controller.
// OpenFaaS scales to zero only if the label for it is set, so that a minimum of 0 alone is a
// mistake.
func (p *parser) scaling(labels map[string]string, s settings) controller.Scaling {
	scaling, err := controller.ReadScaling(labels, 1)
	if err != nil {
		p.fail("label %w", err)
	}
	if s.min == 0 && !scaling.Zero {
		p.fail("label %s must be at least 1 without %s=true, was: 0", labelMin, labelZero)
	}
	return scaling
}

// number reads an integer in [low, high]. kind is what the error calls key: a label, an
// annotation or an environment variable.
func (p *parser) number(kind string, from map[string]string, key string, fallback, low, high int) int {
	text, set := from[key]
	if !set {
		return fallback
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < low || n > high {
		p.fail("%s %s must be an integer from %d to %d, was: %q", kind, key, low, high, text)
		return fallback
	}
	return n
}

// duration reads a duration such as "90s" or, as the watchdog does, plain seconds.
func (p *parser) duration(kind string, from map[string]string, key string, fallback time.Duration) time.Duration {
	text, set := from[key]
	if !set {
		return fallback
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		d, err = time.ParseDuration(text + "s")
	}
	if err != nil || d < 0 {
		p.fail("%s %s must be a duration such as 90s, was: %q", kind, key, text)
		return fallback
	}
	return d
}

// timeout returns the first of the watchdog's timeouts that is set and not zero.
// exec_timeout bounds the work of a call itself, the other two its connection.
func (p *parser) timeout(env map[string]string) time.Duration {
	for _, name := range []string{"exec_timeout", "write_timeout", "read_timeout"} {
		if d := p.duration("environment variable", env, name, 0); d > 0 {
			return d
		}
	}
	return defaultTimeout
}
