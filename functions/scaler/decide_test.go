package scaler

import (
	"strings"
	"testing"
	"time"

	"prewarm/shared/openfaas"
	"prewarm/shared/policy"
)

func TestObserveDecidesAndNeverActs(t *testing.T) {
	for _, mode := range []openfaas.Mode{openfaas.ModeObserve, ""} {
		w := newWorld(t, mode)
		w.post(w.seal(w.forecast(name, 3)), 200)
		w.expectCalls()
		if d := w.last(); d.Wanted != 3 || d.Applied != -1 || d.Mode != string(openfaas.ModeObserve) {
			t.Errorf("mode %q: got %+v", mode, d)
		}
	}
}

func TestModeOffPublishesNoDecision(t *testing.T) {
	w := newWorld(t, openfaas.ModeOff)
	w.post(w.seal(w.forecast(name, 3)), 200)
	w.expectCalls()
	if len(w.stream) != 0 {
		t.Errorf("got %+v", w.decisions())
	}
}

func TestPauseHoldsAllReplicas(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	w.paused = true
	w.post(w.seal(w.forecast(name, 3)), 200)
	w.expectCalls()
	if d := w.last(); d.Wanted != 0 || !strings.HasPrefix(d.Reason, "paused by the operator; ") {
		t.Errorf("got %+v", d)
	}
	w.tick()
	w.pauseNote = "nobody can trust the switch"
	w.post(w.seal(w.forecast(name, 3)), 200)
	w.expectCalls()
	if d := w.last(); d.Wanted != 0 || !strings.HasPrefix(d.Reason, "paused, because nobody can trust the switch; ") {
		t.Errorf("got %+v", d)
	}
}

func TestAFunctionWithAnUnreadableAnnotationIsOnlyObserved(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	w.functions[name].Annotations[openfaas.AnnotationCostRatio] = "cheap"
	w.post(w.seal(w.forecast(name, 2)), 200)
	w.expectCalls()
	if d := w.last(); d.Mode != string(openfaas.ModeObserve) || !strings.Contains(d.Reason, `prewarm.cost-ratio must be auto or a number, was: "cheap"`) {
		t.Errorf("got %+v", d)
	}
}

func TestLabelsAndAnnotationsOverrideTheConfiguration(t *testing.T) {
	cfg := Config{Mode: openfaas.ModeObserve, Policy: policy.DefaultConfig(), Concurrency: 1}
	for _, c := range []struct {
		cause string
		fn    openfaas.Function
		want  openfaas.Scaling
	}{
		{"everything is set", openfaas.Function{
			Labels:      map[string]string{openfaas.LabelMin: "2", openfaas.LabelMax: "7", openfaas.LabelZero: "true"},
			Annotations: map[string]string{openfaas.AnnotationMode: "active", openfaas.AnnotationCostRatio: "0.2", openfaas.AnnotationConcurrency: "4"},
		}, openfaas.Scaling{Mode: openfaas.ModeActive, CostRatio: 0.2, Concurrency: 4, Bounds: openfaas.Bounds{Min: 0, MinActive: 2, Max: 7}, Idle: 15 * time.Minute}},
		{"nothing is set", openfaas.Function{},
			openfaas.Scaling{Mode: openfaas.ModeObserve, CostRatio: cfg.Policy.CostRatio, Concurrency: 1, Bounds: openfaas.Bounds{Min: 1, MinActive: 1, Max: 20}}},
	} {
		c.want.Actuator, c.want.Labels = openfaas.ActuatorGateway, c.want.Bounds
		if got, problem := cfg.scaling(c.fn, openfaas.EditionUnknown); got != c.want || problem != "" {
			t.Errorf("%s: got %+v, problem %q, want %+v", c.cause, got, problem, c.want)
		}
	}
}
