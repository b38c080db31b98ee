package scaler

import (
	"strings"
	"testing"
	"time"

	"prewarm/shared/openfaas"
)

// without runs do while the lists of the gateway lack the function.
func (w *world) without(do func()) {
	f := w.functions[name]
	delete(w.functions, name)
	do()
	w.functions[name] = f
}

// One list lacks the function: its namespace was empty, or the list was cut short. A batch
// that was applied before is sent again meanwhile and afterwards.
func TestAFunctionThatOneListLacksKeepsItsDecidedSteps(t *testing.T) {
	for _, away := range []time.Duration{0, time.Minute, replaySince - time.Minute} {
		w := newWorld(t, openfaas.ModeActive)
		w.deploy("other.openfaas-fn", 0, openfaas.ModeActive)
		done := w.seal(w.forecast(name, 3))
		w.post(done, 200)
		w.tick()
		w.without(func() {
			w.post(w.seal(w.forecast("other.openfaas-fn", 1)), 200)
			w.post(w.seal(w.forecast(name, 3)), 503)
			w.now = w.now.Add(away)
		})
		w.functions[name].Replicas = 0
		w.now = w.now.Add(-away) // so that the age of the batch does not refuse it
		w.post(done, 409)
		w.expectCalls(name+"=3", "other.openfaas-fn=1")
	}
}

// The list lacks the function for a moment. The connector delivers the batch again, and the
// step is not lost.
func TestAFunctionThatOneListLacksLosesNoStep(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	w.minute(1)
	w.tick()
	body := w.seal(w.forecast(name, 4))
	w.without(func() {
		if text := w.post(body, 503); !strings.Contains(text, "missing in the list of the gateway: "+name) {
			t.Errorf("got %q", text)
		}
	})
	w.now = w.now.Add(time.Second)
	w.post(body, 200)
	w.expectCalls(name+"=1", name+"=4")
}

// A list is cut short while a number of prewarm stands, start times are measured and a limit
// holds. All of it is there afterwards.
func TestOneListForgetsNothingOfAFunction(t *testing.T) {
	w := on(t, openfaas.Standard, nil)
	w.functions[name].Created = w.now
	w.minute(3)
	w.functions[name].Replicas = 1
	w.minute(3) // the autoscaler set it back: a limit
	w.scaler.starts.samples[name] = []float64{7}
	w.tick()
	w.without(func() { w.post(w.seal(w.forecast(name, 3)), 503) })
	d := w.minute(3)
	expectReason(t, d, "OpenFaaS' autoscaler set 3 back to 1: at most 1 until 09:02 UTC")
	if d.Inputs.ReadinessSeconds != 7 || d.Inputs.Started != 0 || !strings.Contains(w.exported(), "prewarm_wanted_replicas{") {
		t.Errorf("got %+v", d)
	}
}

// A deleted function is waited for a moment, in which its batch is delivered again. It never
// becomes a dead letter.
func TestADeletedFunctionIsForgotten(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	w.post(w.seal(w.forecast(name, 2)), 200)
	delete(w.functions, name)
	w.tick()
	body := w.seal(w.forecast(name, 2))
	w.post(body, 503)
	w.now = w.now.Add(missingWait)
	w.post(body, 200)
	w.now = w.now.Add(replaySince)
	w.post(w.seal(w.forecast(name, 2)), 200)
	if len(w.scaler.state.functions) != 0 || len(w.decisions()) != 1 {
		t.Error("a deleted function must leave the state and get no decision")
	}
}

// The function is deleted and deployed again with one replica. The gateway tells the time of
// its creation, or a list has lacked it.
func TestAFunctionThatIsCreatedAgainHasNoNumbersOfTheOldOne(t *testing.T) {
	for story, again := range map[string]func(w *world){
		"created later":        func(w *world) { w.functions[name].Created = w.now },
		"created after a list": func(w *world) { w.without(func() { w.minuteWithout() }); w.functions[name].Created = w.now },
		"missing in a list":    func(w *world) { w.functions[name].Created = time.Time{}; w.without(func() { w.minuteWithout() }) },
		"while restarted":      func(w *world) { w.restart(); w.functions[name].Created = w.now.Add(time.Second) },
	} {
		w := on(t, openfaas.Standard, nil)
		w.functions[name].Created = w.now.Add(-time.Hour)
		if story == "missing in a list" {
			w.functions[name].Created = time.Time{}
		}
		w.minute(5)
		w.functions[name].Replicas = 1
		again(w)
		if d := w.minute(5); d.SetBack != nil || d.Applied != 5 || d.Inputs.Started != -1 {
			t.Errorf("%s: got %+v, applied %d, started %d", story, d.SetBack, d.Applied, d.Inputs.Started)
		}
	}
}

// minuteWithout posts forecasts of another function a minute later.
func (w *world) minuteWithout() {
	w.t.Helper()
	w.deploy("other.openfaas-fn", 0, openfaas.ModeActive)
	w.tick()
	w.post(w.seal(w.forecast("other.openfaas-fn", 0)), 200)
}

// Limits and start times of a function that was certainly replaced are those of the old one.
func TestAFunctionThatIsCreatedAgainHasNoLimitsOfTheOldOne(t *testing.T) {
	w := on(t, openfaas.Standard, nil)
	w.functions[name].Created = w.now.Add(-time.Hour)
	w.minute(3)
	w.functions[name].Replicas = 1
	w.minute(3)
	w.scaler.starts.samples[name] = []float64{7}
	w.functions[name].Created = w.now
	if d := w.minute(3); d.Applied != 3 || d.Inputs.ReadinessMeasured {
		t.Errorf("got %+v", d)
	}
}

// The same forecasts do not scale a function again that was created again since.
func TestAFunctionThatIsCreatedAgainKeepsItsDecidedSteps(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	body := w.seal(w.forecast(name, 3))
	w.post(body, 200)
	w.functions[name].Created, w.functions[name].Replicas = w.now, 0
	w.tick()
	w.post(w.seal(w.forecast(name, 0)), 200)
	w.post(body, 409)
	w.expectCalls(name + "=3")
}
