package scaler

import (
	"errors"
	"strings"
	"testing"

	"prewarm/shared/event"
	"prewarm/shared/openfaas"
)

// The forecast needs three replicas. What stands in the stream is the mode of the decision,
// and the one that it replaces.
func TestTheModeOfTheOperatorIsStrongerThanTheAnnotation(t *testing.T) {
	const unreadable = "cheap"
	for _, c := range []struct {
		annotation, set, ratio string
		mode, annotated        string // "" for no decision
		scaled                 bool
	}{
		{annotation: "active", mode: "active", scaled: true},
		{annotation: "observe", set: "active", mode: "active", annotated: "observe", scaled: true},
		{annotation: "off", set: "active", mode: "active", annotated: "off", scaled: true},
		{annotation: "", set: "active", mode: "active", annotated: "observe", scaled: true}, // the default
		{annotation: "active", set: "observe", mode: "observe", annotated: "active"},
		{annotation: "active", set: "off"},
		{annotation: "active", set: "active", mode: "active", scaled: true}, // nothing is replaced
		{annotation: "on", set: "active", mode: "observe", annotated: "observe"},
		{annotation: "observe", set: "active", ratio: unreadable, mode: "observe", annotated: "observe"},
		{annotation: "off", set: "active", ratio: unreadable, mode: "observe", annotated: "off"},
		{annotation: "active", set: "active", ratio: unreadable, mode: "observe"},
		{annotation: "active", set: "off", ratio: unreadable},
	} {
		w := newWorld(t, openfaas.Mode(c.annotation))
		if c.ratio != "" {
			w.functions[name].Annotations[openfaas.AnnotationCostRatio] = c.ratio
		}
		if c.set != "" {
			w.modes = map[string]event.Mode{name: {Function: name, Mode: c.set}, "other.ns": {Function: "other.ns", Mode: "off"}}
		}
		w.post(w.seal(w.forecast(name, 3)), 200)
		if c.mode == "" {
			if len(w.stream) != 0 || len(w.calls) != 0 {
				t.Errorf("%+v: got %+v", c, w.decisions())
			}
			continue
		}
		if d := w.last(); d.Mode != c.mode || d.Annotated != c.annotated || (len(w.calls) > 0) != c.scaled {
			t.Errorf("%+v: got mode %q instead of %q, calls %v", c, d.Mode, d.Annotated, w.calls)
		} else if c.ratio != "" && !strings.Contains(d.Reason, unreadable) {
			t.Errorf("%+v: the reason must name what cannot be read, was: %s", c, d.Reason)
		}
	}
}

func TestWithoutTheModesNothingIsScaled(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	w.modesErr = errors.New("no answer")
	w.post(w.seal(w.forecast(name, 3)), 503)
	w.expectCalls()
	if len(w.stream) != 0 {
		t.Errorf("got %+v", w.decisions())
	}
	w.modesErr = nil // the connector delivers the batch again
	w.post(w.seal(w.forecast(name, 3)), 200)
	w.expectCalls(name + "=3")
}
