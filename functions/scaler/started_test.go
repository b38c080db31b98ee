package scaler

import (
	"fmt"
	"strings"
	"testing"

	"prewarm/shared/event"
	"prewarm/shared/openfaas"
)

// decideAt decides on a forecast of n replicas a step later, while the gateway lists the
// given replicas, and returns the replicas that appeared without prewarm.
func (w *world) decideAt(n int32, replicas int) int {
	w.t.Helper()
	w.tick()
	w.functions[name].Replicas = replicas
	w.post(w.seal(w.forecast(name, n)), 200)
	return w.last().Inputs.Started
}

func TestReplicasThatPrewarmDidNotStartAreCounted(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	for i, c := range []struct {
		story    string
		forecast int32
		replicas int
		want     int
	}{
		{"nothing is known before the first decision", 2, 1, -1},
		{"prewarm has set two", 2, 2, 0},
		{"two more calls at a time: another controller adds two", 2, 4, 2},
		{"they are known now", 0, 4, 0},
		{"released to two by the rate", 0, 2, 0},
		{"released to one", 0, 1, 0},
		{"released to none; then a call wakes the function", 0, 1, 1},
		{"the call's replica was held for a step", 0, 1, 0},
		{"an operator scales down", 0, 0, 0},
	} {
		if got := w.decideAt(c.forecast, c.replicas); got != c.want {
			t.Errorf("%d, %s: got %d, want %d", i, c.story, got, c.want)
		}
	}
}

// The stream of decisions has what the gateway had after the last one.
func TestStartsAreCountedAcrossARestart(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	w.decideAt(2, 0)
	w.restart()
	if got := w.decideAt(2, 3); got != 1 {
		t.Errorf("prewarm had set two of three: got %d", got)
	}
}

// The community edition keeps one replica, whatever is asked for.
func TestAReplicaThatTheGatewayKeptWasNotStarted(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	w.most = 5
	w.decideAt(0, 1)
	if got := w.decideAt(0, 1); got != 0 {
		t.Errorf("got %d", got)
	}
}

// An HPA sets what the policy wants, a while after the decision.
func TestReplicasOfADelegatedFunctionAreStartedByPrewarm(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	w.functions[name].Annotations[openfaas.AnnotationActuator] = "hpa"
	w.decideAt(3, 0)
	if got := w.decideAt(3, 3); got != 0 {
		t.Errorf("the HPA followed: got %d", got)
	}
	if got := w.decideAt(0, 5); got != 2 {
		t.Errorf("the HPA went above the wanted number for another metric: got %d", got)
	}
	w.functions[name].Annotations[openfaas.AnnotationMode] = "observe"
	w.decideAt(9, 0)
	if got := w.decideAt(9, 1); got != 1 {
		t.Errorf("in mode observe nobody follows: got %d", got)
	}
}

// The first attempt fails after the woken replica was seen: the second one counts it,
// and holds it.
func TestAStartIsNotLostWithAFailedAttempt(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	w.decideAt(0, 0)
	w.tick()
	w.functions[name].Replicas = 1
	body := w.seal(w.forecast(name, 3))
	w.gwErr = fmt.Errorf("%w: status 500", openfaas.ErrUnavailable)
	w.post(body, 503)
	w.gwErr = nil
	w.post(body, 200)
	if d := w.last(); d.Inputs.Started != 1 {
		t.Errorf("got %+v", d.Inputs)
	}
}

// The gateway does not answer in time, and scales all the same.
func TestACallWithoutAnAnswerStartsNothingByItself(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	w.decideAt(0, 0)
	w.tick()
	body := w.seal(w.forecast(name, 3))
	w.gwErr = fmt.Errorf("%w", openfaas.ErrTimeout)
	w.post(body, 503)
	w.gwErr, w.functions[name].Replicas = nil, 3
	w.post(body, 200)
	if d := w.last(); d.Inputs.Started != 0 {
		t.Errorf("got %+v", d.Inputs)
	}
}

// Nothing is scaled while the suite is paused.
func TestAPausedFunctionKeepsItsColdStarts(t *testing.T) {
	for replicas, want := range map[int]float64{0: 0.75, 1: 0} {
		w := newWorld(t, openfaas.ModeActive)
		w.paused, w.functions[name].Replicas = true, replicas
		f := w.forecast(name, 1)
		f.ExpectedCold = 0.75
		w.post(w.seal(f), 200)
		if got := w.last().Inputs.ExpectedColdLeft; got != want {
			t.Errorf("%d replicas: got %v, want %v", replicas, got, want)
		}
	}
}

func TestDecisionsStateTheMemoryOfAReplica(t *testing.T) {
	w := newWorld(t, openfaas.ModeObserve)
	w.functions[name].MemoryBytes = 128 << 20
	w.post(w.seal(w.forecast(name, 1)), 200)
	if got := w.last().Inputs.MemoryBytes; got != 128<<20 {
		t.Errorf("got %d", got)
	}
}

func TestExpectedColdStartsAreExportedWithTheForecast(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	f := w.forecast(name, 0)
	f.ExpectedCold = 0.75
	for h := range f.PActive {
		f.PActive[h] = 0.01 // below the cost ratio: prewarm keeps nothing
	}
	w.post(w.seal(f), 200)
	left := w.last().Inputs.ExpectedColdLeft
	for _, line := range []string{
		`prewarm_expected_cold_starts{function_name="hello.openfaas-fn"} 0.75`,
		fmt.Sprintf(`prewarm_expected_cold_starts_left{function_name="hello.openfaas-fn"} %v`, left),
	} {
		if !strings.Contains(w.exported(), line+"\n") {
			t.Errorf("%s is missing in\n%s", line, w.exported())
		}
	}
	w.tick()
	none := event.Forecast{Function: name, Origin: w.now.Unix() / 60 * 60, StepSeconds: 60, NoData: "2 known steps, 3 are needed"}
	w.post(w.seal(none), 200)
	if strings.Contains(w.exported(), "prewarm_expected_cold") {
		t.Errorf("without a forecast nothing is expected:\n%s", w.exported())
	}
}
