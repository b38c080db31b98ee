package collector

import (
	"fmt"
	"strconv"
	"strings"

	"prewarm/shared/event"
	"prewarm/shared/openfaas"
)

// Annotations of a function that the collector reads.
const (
	annotationMode        = "prewarm.mode"
	annotationConcurrency = "prewarm.concurrency"
	annotationCapacity    = "prewarm.capacity"
)

// switchedOff reports whether the function is to be left alone.
func switchedOff(annotations map[string]string) bool {
	return strings.EqualFold(strings.TrimSpace(annotations[annotationMode]), "off")
}

// readConcurrency returns the calls that one replica serves at a time, def
// where the annotation is absent. A value out of bounds is an error.
func readConcurrency(annotations map[string]string, def float64) (float64, error) {
	text := strings.TrimSpace(annotations[annotationConcurrency])
	if text == "" {
		return def, nil
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || !(v >= event.MinConcurrency && v <= event.MaxConcurrency) {
		return def, fmt.Errorf("%s must be a number from %g to %g, was: %.40q", annotationConcurrency, event.MinConcurrency, event.MaxConcurrency, text)
	}
	return v, nil
}

// concurrency is readConcurrency that logs what it refuses.
func (c *Collector) concurrency(f openfaas.Function) float64 {
	v, err := readConcurrency(f.Annotations, c.cfg.concurrency)
	if err != nil {
		c.warnOnce(f.Name, annotationConcurrency, f.Annotations[annotationConcurrency], err)
	}
	return v
}

// replicaModel returns the name of the replica model that a function asks for. One
// that is too long is none.
func (c *Collector) replicaModel(f openfaas.Function) string {
	name := strings.TrimSpace(f.Annotations[annotationCapacity])
	if len(name) > event.MaxModelName {
		c.warnOnce(f.Name, annotationCapacity, name, fmt.Errorf("%s must have at most %d characters, had: %d", annotationCapacity, event.MaxModelName, len(name)))
		return ""
	}
	return name
}

// setting is what can be refused of a function: an annotation, or its name.
type setting struct{ function, name string }

// warnOnce logs that a value of a function is refused, until the value changes.
func (c *Collector) warnOnce(function, name, value string, err error) {
	if s := (setting{function, name}); c.warned[s] != value {
		c.warned[s] = value
		c.log.Warn("function is misconfigured", "function", function, "error", err)
	}
}
