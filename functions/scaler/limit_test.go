package scaler

import (
	"fmt"
	"strings"
	"testing"

	"prewarm/shared/openfaas"
	"prewarm/shared/policy"
)

func TestAClampWithoutAnErrorIsLearned(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	w.most = 5
	for range 5 {
		w.post(w.seal(w.forecast(name, 9)), 200)
		w.tick()
	}
	w.expectCalls(name + "=9") // learned from one read-back and the next step
	if d := w.last(); d.Wanted != 5 || !strings.Contains(d.Reason, "at most 5") {
		t.Errorf("got %+v", d)
	}
	w.calls = nil
	w.now = w.now.Add(limitLifetime)
	w.post(w.seal(w.forecast(name, 9)), 200)
	w.expectCalls(name + "=9")
}

func TestARefusalIsLearnedAtOnce(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	w.functions[name].Replicas = 1
	w.gwErr = fmt.Errorf("%w: status 400", openfaas.ErrRefused)
	w.post(w.seal(w.forecast(name, 0)), 200)
	if d := w.last(); d.Applied != -1 || !strings.Contains(d.Reason, "gateway refused") {
		t.Errorf("got %+v", d)
	}
	w.gwErr = nil
	w.tick()
	w.post(w.seal(w.forecast(name, 0)), 200)
	w.expectCalls()
}

// The community edition on Kubernetes answers a scale to none with 400.
func TestAGatewayThatRefusesNoneIsAskedForTheLeast(t *testing.T) {
	w := on(t, openfaas.Community, nil)
	w.functions[name].Replicas, w.functions[name].Annotations[openfaas.AnnotationZero] = 2, "true"
	w.gwErr = fmt.Errorf("%w: status 400", openfaas.ErrRefused)
	w.scaler.cfg.Policy.MaxDown = 10
	w.minute(0)
	w.gwErr = nil
	w.minute(0)
	w.minute(0)
	w.expectCalls(name + "=1")
	expectReason(t, w.last(), "the gateway refused 0: at least 1 until")
}

func TestTheLabelsOfOpenFaaSBoundTheReplicas(t *testing.T) {
	cfg := Config{Mode: openfaas.ModeObserve, Policy: policy.DefaultConfig(), Concurrency: 1}
	for zero, want := range map[string]int{"": 1, "false": 1, "true": 0} {
		s, problem := cfg.scaling(openfaas.Function{Labels: map[string]string{openfaas.LabelMin: "0", openfaas.LabelZero: zero}}, openfaas.EditionUnknown)
		if s.Min != want || s.MinActive != 1 || problem != "" {
			t.Errorf("scale.min 0 with scale.zero %q: got %+v, want min %d", zero, s, want)
		}
	}
	if _, problem := cfg.scaling(openfaas.Function{Labels: map[string]string{openfaas.LabelMin: "9", openfaas.LabelMax: "3"}}, openfaas.EditionUnknown); problem == "" {
		t.Error("a maximum below the minimum must be a problem")
	}
	if s, problem := cfg.scaling(openfaas.Function{Labels: map[string]string{openfaas.LabelMin: "30"}}, openfaas.EditionUnknown); s.Max != 30 || problem != "" {
		t.Errorf("a minimum above the default maximum raises that: got %+v, %q", s, problem)
	}
}
