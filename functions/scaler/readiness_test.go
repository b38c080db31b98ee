package scaler

import (
	"testing"
	"time"

	"prewarm/shared/openfaas"
)

func TestStartTimesAreMeasured(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	w.functions[name].Available = 0
	w.post(w.seal(w.forecast(name, 1)), 200)
	if !w.scaler.starts.take(w.List(t.Context())) {
		t.Fatal("the measurement ended before the replica was ready")
	}
	w.now = w.now.Add(7 * time.Second)
	w.functions[name].Available = 1
	if w.scaler.starts.take(w.List(t.Context())) {
		t.Fatal("the measurement goes on after the replica was ready")
	}
	if got, measured := w.scaler.starts.p90(name); got != 7*time.Second || !measured {
		t.Errorf("got %v, measured %t", got, measured)
	}
	w.tick()
	w.post(w.seal(w.forecast(name, 1)), 200)
	if d := w.last(); d.Available != 1 {
		t.Errorf("the decision does not state the ready replicas: %+v", d)
	}
	w.restart()
	w.post(w.seal(w.forecast(name, 1)), 409)
	if got, measured := w.scaler.starts.p90(name); got != 7*time.Second || !measured {
		t.Errorf("after a restart: got %v, measured %t", got, measured)
	}
}

// readiness_default is 5 s at the first decision, and 40 s after a restart.
func TestAnAssumedReadinessTimeIsNotRestored(t *testing.T) {
	w := newWorld(t, openfaas.ModeObserve)
	w.scaler.starts.cfg.Readiness = 5 * time.Second
	w.post(w.seal(w.forecast(name, 1)), 200)
	w.restart()
	w.scaler.starts.cfg.Readiness = 40 * time.Second
	w.tick()
	w.post(w.seal(w.forecast(name, 1)), 200)
	for i, want := range []float64{5, 40} {
		if in := w.decisions()[i].Inputs; in.ReadinessSeconds != want || in.ReadinessMeasured {
			t.Errorf("decision %d rests on %v s, measured %t; want %v s, assumed", i, in.ReadinessSeconds, in.ReadinessMeasured, want)
		}
	}
}

func TestReplicasThatNeverBecomeReadyGiveNoSample(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	w.scaler.starts.begin(name, 3, 0)
	w.now = w.now.Add(startTimeout + time.Second)
	if w.scaler.starts.take(w.List(t.Context())) || len(w.scaler.starts.samples) != 0 {
		t.Error("the measurement must end without a sample")
	}
}
