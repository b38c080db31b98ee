package hpaloop_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"prewarm/deploy/experiment/hpaloop"
	"prewarm/shared/hpa"
)

// reactive returns a world whose HPA has CPU as its only metric.
func reactive(t *testing.T) *world {
	w := newWorld(t, nil)
	w.loop = hpaloop.New(w, nil, map[string]*hpa.Controller{function: hpaloop.Kubernetes(1, 10)})
	return w
}

// TestAReactiveHPAScalesOutLateAndInAfterFiveMinutes: a load of 3.5 replicas from minute
// 5 to minute 8. One replica cannot use more than all of its CPU, so that the HPA scales
// out in steps.
func TestAReactiveHPAScalesOutLateAndInAfterFiveMinutes(t *testing.T) {
	w := reactive(t)
	w.load = between(5, 8, 3.5, 0.3)
	if err := w.run(5 * time.Minute); err != nil {
		t.Fatal(err)
	}
	if len(w.changes) > 0 {
		t.Errorf("scaled to %v at rest", w.changes)
	}
	_ = w.run(15 * time.Second)
	if w.ready() != 1 {
		t.Errorf("%d replicas are ready when the load begins, want 1", w.ready())
	}
	_ = w.run(2*time.Minute + 45*time.Second)
	if w.ready() != 5 {
		t.Errorf("%d replicas after three minutes of load, want 3.5 / 0.7 = 5: %v", w.ready(), w.changes)
	}
	if len(w.changes) < 2 || !slices.IsSorted(w.changes) {
		t.Errorf("scaled to %v, want several steps up", w.changes)
	}
	_ = w.run(4 * time.Minute)
	if len(w.replicas) != 5 {
		t.Errorf("%d replicas four minutes after the load", len(w.replicas))
	}
	_ = w.run(2 * time.Minute)
	if len(w.replicas) != 1 {
		t.Errorf("%d replicas six minutes after the load", len(w.replicas))
	}
}

// TestAHybridHPAScalesOutBeforeTheLoad: the same load, predicted a minute before.
func TestAHybridHPAScalesOutBeforeTheLoad(t *testing.T) {
	w := newWorld(t, hpaloop.Example(1, 10))
	w.load, w.wanted = between(5, 8, 3.5, 0.3), between(4, 8, 5, 1)
	if err := w.run(5 * time.Minute); err != nil {
		t.Fatal(err)
	}
	if w.ready() != 5 {
		t.Errorf("%d replicas are ready when the load begins, want 5", w.ready())
	}
	_ = w.run(4*time.Minute + 30*time.Second)
	if len(w.replicas) != 1 {
		t.Errorf("%d replicas a minute and a half after the load", len(w.replicas))
	}
	if !slices.Equal(w.changes, []int{5, 1}) {
		t.Errorf("scaled %v, want up once and down once", w.changes)
	}
}

func TestTheLargerMetricWins(t *testing.T) {
	w := newWorld(t, hpaloop.Example(1, 10))
	w.load, w.wanted = constant(2.8), constant(1)
	_ = w.run(5 * time.Minute)
	if len(w.replicas) != 4 {
		t.Errorf("%d replicas under a load that was not predicted, want 4", len(w.replicas))
	}
	w.load, w.wanted = constant(0.3), constant(7)
	_ = w.run(5 * time.Minute)
	if len(w.replicas) != 7 {
		t.Errorf("%d replicas for a predicted load, want 7", len(w.replicas))
	}
}

func TestWithoutDecisionsNothingIsScaledInAndCPUStillScalesOut(t *testing.T) {
	w := newWorld(t, hpaloop.Example(1, 10))
	w.load, w.wanted = constant(0.3), constant(4)
	_ = w.run(2 * time.Minute)
	for _, silence := range []func(float64) float64{constant(-1), nil} { // no value, and no answer
		w.wanted = silence
		err := w.run(20 * time.Minute)
		if len(w.replicas) != 4 {
			t.Errorf("%d replicas without decisions, want the 4 that there were", len(w.replicas))
		}
		if silence == nil && (err == nil || !strings.Contains(err.Error(), "external metric: the store does not answer")) {
			t.Errorf("got %v", err)
		}
	}
	w.load = constant(4.2)
	_ = w.run(5 * time.Minute)
	if len(w.replicas) != 6 {
		t.Errorf("%d replicas under load, want 6", len(w.replicas))
	}
}

func TestARefusedScaleIsTriedAgain(t *testing.T) {
	w := reactive(t)
	w.load, w.broken = constant(2.8), errors.New("refused")
	if err := w.run(time.Minute); err == nil || !strings.Contains(err.Error(), "scale "+function+" to 2: refused") {
		t.Errorf("got %v", err)
	}
	w.broken = nil
	if err := w.run(5 * time.Minute); err != nil || len(w.replicas) != 4 {
		t.Errorf("%d replicas, %v", len(w.replicas), err)
	}
}
