package scaler

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"prewarm/shared/openfaas"
)

// exported returns the metrics of the scaler as text.
func (w *world) exported() string {
	rec := httptest.NewRecorder()
	w.scaler.Metrics().ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	return rec.Body.String()
}

func TestWantedReplicasAreExportedForEveryActuator(t *testing.T) {
	for _, actuator := range []string{"gateway", "hpa", "keda"} {
		w := newWorld(t, openfaas.ModeActive)
		w.functions[name].Annotations[openfaas.AnnotationActuator] = actuator
		w.post(w.seal(w.forecast(name, 3)), 200)
		for _, line := range []string{
			`prewarm_wanted_replicas{function_name="hello.openfaas-fn"} 3`,
			`prewarm_function_actuator{actuator="` + actuator + `",function_name="hello.openfaas-fn",mode="active"} 1`,
			`prewarm_decision_timestamp_seconds{function_name="hello.openfaas-fn"} 1.8e+09`,
		} {
			if !strings.Contains(w.exported(), line+"\n") {
				t.Errorf("%s: %s is missing in\n%s", actuator, line, w.exported())
			}
		}
		if d := w.last(); d.Actuator != actuator || d.Wanted != 3 {
			t.Errorf("got %+v", d)
		}
	}
}

func TestADelegatedFunctionIsNeverScaledThroughTheGateway(t *testing.T) {
	for _, actuator := range []string{"hpa", "keda"} {
		w := newWorld(t, openfaas.ModeActive)
		w.functions[name].Annotations[openfaas.AnnotationActuator] = actuator
		for _, n := range []int32{2, 0, 9, 1} {
			w.post(w.seal(w.forecast(name, n)), 200)
			w.tick()
		}
		w.expectCalls()
		if d := w.last(); d.Applied != -1 || d.Mode != string(openfaas.ModeActive) {
			t.Errorf("got %+v", d)
		}
	}
}

func TestADelegatedFunctionHasNoRateLimits(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	f := w.functions[name]
	f.Annotations[openfaas.AnnotationActuator] = "hpa"
	w.post(w.seal(w.forecast(name, 0)), 200)
	w.tick()
	f.Replicas = 12 // raised by another metric of the HPA
	w.post(w.seal(w.forecast(name, 1)), 200)
	if d := w.last(); d.Wanted != 1 {
		t.Errorf("the need must be stated at once, got %d: %s", d.Wanted, d.Reason)
	}
}

func TestTheLookaheadOfADelegatedFunctionHasTheDelayOfItsController(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	w.functions[name].Annotations[openfaas.AnnotationActuator] = "hpa"
	w.scaler.cfg.Delay = 3 * time.Minute
	w.post(w.seal(w.forecast(name, 1)), 200)
	far := w.last().Inputs
	w.functions[name].Annotations[openfaas.AnnotationActuator] = "gateway"
	w.tick()
	w.post(w.seal(w.forecast(name, 1)), 200)
	near := w.last().Inputs
	if far.LookaheadSteps != near.LookaheadSteps+3 || far.ReadinessSeconds != near.ReadinessSeconds {
		t.Errorf("got %+v, with the gateway %+v", far, near)
	}
}

func TestAFunctionWithAnUnknownActuatorIsOnlyObserved(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	w.functions[name].Annotations[openfaas.AnnotationActuator] = "kubelet"
	w.post(w.seal(w.forecast(name, 2)), 200)
	w.expectCalls()
	if d := w.last(); d.Mode != string(openfaas.ModeObserve) || !strings.Contains(d.Reason, "prewarm.actuator must be one of gateway, hpa, keda") {
		t.Errorf("got %+v", d)
	}
}

func TestTheSeriesOfADeletedFunctionEnd(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	w.post(w.seal(w.forecast(name, 2)), 200)
	w.functions[name].Annotations[openfaas.AnnotationMode] = string(openfaas.ModeObserve)
	w.tick()
	w.post(w.seal(w.forecast(name, 2)), 200)
	if text := w.exported(); strings.Count(text, "prewarm_function_actuator{") != 1 || !strings.Contains(text, `mode="observe"`) {
		t.Errorf("a change of the mode must leave one series:\n%s", text)
	}
	delete(w.functions, name)
	w.now = w.now.Add(replaySince + time.Minute)
	w.post(w.seal(w.forecast(name, 2)), 200)
	if text := w.exported(); strings.Contains(text, `function_name="hello`) {
		t.Errorf("series remain:\n%s", text)
	}
}

// Right after the call the gateway reports the applied replicas. A step later, an HPA that
// no annotation names has lowered them.
func TestAControllerThatSetsBackLaterIsLearned(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	for range 6 {
		w.functions[name].Replicas = min(w.functions[name].Replicas, 2)
		w.post(w.seal(w.forecast(name, 6)), 200)
		w.tick()
	}
	w.expectCalls(name+"=6", name+"=6")
	if d := w.last(); d.Wanted != 2 || !strings.Contains(d.Reason, "at most 2") {
		t.Errorf("got %+v", d)
	}
}
