package scaler

import (
	"strings"
	"testing"

	"prewarm/shared/openfaas"
)

func TestAnActiveFunctionIsWarmedAndReleased(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	w.post(w.seal(w.forecast(name, 2)), 200)
	w.expectCalls(name + "=2")
	d := w.last()
	if d.Wanted != 2 || d.Applied != 2 || d.Observed != 2 || d.Direction != "up" || d.Model != "m1" || !strings.Contains(d.Reason, "chance of a call") {
		t.Errorf("got %+v", d)
	}
	w.tick()
	w.post(w.seal(w.forecast(name, 0)), 200)
	w.tick()
	w.post(w.seal(w.forecast(name, 0)), 200)
	w.expectCalls(name+"=2", name+"=1", name+"=0")
}

func TestAFunctionThatACallWokeIsHeldForAStep(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	w.post(w.seal(w.forecast(name, 0)), 200)
	w.functions[name].Replicas = 1
	w.tick()
	w.post(w.seal(w.forecast(name, 0)), 200)
	if d := w.last(); d.Wanted != 1 || !strings.Contains(d.Reason, "raised it") {
		t.Errorf("got %+v", d)
	}
	w.tick()
	w.post(w.seal(w.forecast(name, 0)), 200)
	w.expectCalls(name + "=0")
}
