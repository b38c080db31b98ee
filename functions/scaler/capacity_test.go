package scaler

import (
	"strings"
	"testing"

	"prewarm/shared/event"
	"prewarm/shared/openfaas"
)

// Two replicas by Little's law, at 25 calls per second each, stand for 37.5 calls per
// second; the load test found that these need three. Reason and inputs name the model.
func TestALoadTestDeterminesTheReplicas(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	f := w.forecast(name, 2)
	f.LoadRate = 25
	w.post(w.seal(f), 200)
	if d := w.last(); d.Applied != 2 || !strings.Contains(d.Reason, "each carries 25 calls/s by Little's law") || d.Inputs.CapacityModel != "" || d.Inputs.CallsPerReplica != 25 {
		t.Errorf("without a load test: %+v", d)
	}
	w.tick()
	f = w.forecast(name, 2)
	f.LoadRate = 25
	f.Capacity = &event.Capacity{Model: "resize 1", From: 2, Carry: []float64{10, 25, 45}}
	w.post(w.seal(f), 200)
	d := w.last()
	if d.Wanted != 3 || d.Applied != 3 || !strings.Contains(d.Reason, "each of 3 carries 15 calls/s by load test (resize 1)") {
		t.Errorf("with a load test: %+v", d)
	}
	if d.Inputs.CapacityModel != "resize 1" || d.Inputs.CallsPerReplica != 15 {
		t.Errorf("inputs %+v", d.Inputs)
	}
	w.expectCalls(name+"=2", name+"=3")
}
