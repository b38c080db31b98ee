package scaler

import (
	"strings"
	"testing"

	"prewarm/shared/event"
	"prewarm/shared/openfaas"
)

// minute decides on a forecast of n replicas a minute later, and returns the decision.
func (w *world) minute(n int32) event.Decision {
	w.t.Helper()
	w.tick()
	w.post(w.seal(w.forecast(name, n)), 200)
	return w.last()
}

// on returns a world of an edition whose function has the labels, and one replica.
func on(t *testing.T, e openfaas.Edition, labels map[string]string) *world {
	w := newWorld(t, openfaas.ModeActive)
	w.edition, w.functions[name].Labels, w.functions[name].Replicas = e, labels, 1
	return w
}

// expect checks a decision: what was set back by whom, and a part of the reason.
func expect(t *testing.T, d event.Decision, by string, from, to int, reason string) {
	t.Helper()
	if d.SetBack == nil || *d.SetBack != (event.SetBack{By: by, From: from, To: to}) || !strings.Contains(d.Reason, reason) {
		t.Errorf("got %+v, %s; want %d set back to %d by %s, %q", d.SetBack, d.Reason, from, to, by, reason)
	}
}

// The autoscaler goes back to one replica within seconds: it would do so again.
func TestTheAutoscalerIsNotFought(t *testing.T) {
	w := on(t, openfaas.Standard, nil)
	w.minute(3)
	w.functions[name].Replicas = 1
	d := w.minute(3)
	expect(t, d, openfaas.Autoscaler, 3, 1, "; but OpenFaaS' autoscaler set 3 back to 1: at most 1 until 09:02 UTC; set com.openfaas.scale.min = com.openfaas.scale.max and prewarm.max, see functions/README.md")
	if d.Wanted != 1 || d.Direction != "hold" || len(d.Others) != 1 || d.Others[0] != openfaas.Autoscaler {
		t.Errorf("got %+v", d)
	}
	for range 58 {
		if d := w.minute(3); d.SetBack != nil || d.Wanted != 1 {
			t.Fatalf("got %+v", d)
		}
	}
	w.expectCalls(name + "=3") // nothing more for an hour
	w.minute(3)
	w.minute(3)
	w.expectCalls(name+"=3", name+"=3")
}

// Load comes, and the autoscaler raises within the hour. Prewarm adds none to its number, and
// takes none away that it wants.
func TestALimitTakesNoReplicasFromAnotherController(t *testing.T) {
	w := on(t, openfaas.Standard, nil)
	w.minute(3)
	w.functions[name].Replicas = 1
	w.minute(3)
	w.functions[name].Replicas = 4
	w.minute(6)
	if d := w.minute(6); d.Wanted != 4 {
		t.Errorf("got %+v", d)
	}
	w.expectCalls(name + "=3")
}

// With min = max in the labels the autoscaler is off, and prewarm.max lets prewarm scale.
func TestAnAutoscalerThatIsOffLeavesTheNumberToPrewarm(t *testing.T) {
	w := on(t, openfaas.Standard, map[string]string{openfaas.LabelMin: "1", openfaas.LabelMax: "1"})
	w.functions[name].Annotations[openfaas.AnnotationMax] = "8"
	if d := w.minute(3); d.Wanted != 3 || d.Others != nil {
		t.Errorf("got %+v", d)
	}
	w.expectCalls(name + "=3")
}

// AlertManager resets to the label's min when an alert resolves, once or again and again.
func TestAfterAlertManagerTheFloorIsSetAgainOncePerHour(t *testing.T) {
	w := on(t, openfaas.Community, nil)
	w.minute(3)
	w.functions[name].Replicas = 1
	d := w.minute(3)
	expect(t, d, openfaas.AlertManager, 3, 1, "; AlertManager set 3 back to 1: set again, once per hour")
	if d.Applied != 3 {
		t.Errorf("got %+v", d)
	}
	for range 300 {
		w.functions[name].Replicas = 1
		w.minute(3)
	}
	if n := len(w.calls); n != 2+4 { // the first, its reversal, and one in each of the next hours that began
		t.Errorf("%d scale calls in five hours: %v", n, w.calls)
	}
	expectReason(t, w.last(), "AlertManager set 3 back to 1: at most 1 until ")
	expectReason(t, w.last(), "leave AlertManager out of the chart")
}

func expectReason(t *testing.T, d event.Decision, part string) {
	t.Helper()
	if !strings.Contains(d.Reason, part) {
		t.Errorf("got %s, want %q", d.Reason, part)
	}
}

// A person, or an HPA that no annotation names.
func TestWhoIsNotKnownIsCalledSo(t *testing.T) {
	w := on(t, openfaas.EditionUnknown, nil)
	w.minute(4)
	w.functions[name].Replicas = 1
	expect(t, w.minute(4), openfaas.ControllerUnknown, 4, 1, "another controller set 4 back to 1: set again")
	w.functions[name].Replicas = 1
	expect(t, w.minute(4), openfaas.ControllerUnknown, 4, 1, "at most 1 until 09:03 UTC")
	if text := w.exported(); !strings.Contains(text, `prewarm_set_back_total{controller="unknown"} 2`+"\n") || !strings.Contains(text, `prewarm_set_back_total{controller="idler"} 0`+"\n") {
		t.Error(text)
	}
}

// What prewarm does not want any more was not set back.
func TestALowerNumberThatIsEnoughIsNotSetBack(t *testing.T) {
	w := on(t, openfaas.Standard, nil)
	w.minute(3)
	w.functions[name].Replicas = 1
	if d := w.minute(1); d.SetBack != nil || d.Wanted != 1 {
		t.Errorf("got %+v", d)
	}
	w.minute(2)
	w.expectCalls(name+"=3", name+"=2")
}

// An hour of the limit continues after a restart, a reversal is remembered as well.
func TestARestartDoesNotForgetWhatWasSetBack(t *testing.T) {
	w := on(t, openfaas.Community, nil)
	w.minute(3)
	w.restart()
	w.functions[name].Replicas = 1
	expect(t, w.minute(3), openfaas.AlertManager, 3, 1, "set again")
	w.restart()
	w.functions[name].Replicas = 1
	expect(t, w.minute(3), openfaas.AlertManager, 3, 1, "at most 1")
	w.restart()
	if d := w.minute(3); d.Wanted != 1 {
		t.Errorf("got %+v", d)
	}
	w.expectCalls(name+"=3", name+"=3")
}

// The scaler is restarted while the applied number stands, several decisions later.
func TestANumberThatStandsIsKnownAfterARestart(t *testing.T) {
	w := on(t, openfaas.Standard, nil)
	w.minute(3)
	w.minute(3)
	w.restart()
	w.functions[name].Replicas = 1
	expect(t, w.minute(3), openfaas.Autoscaler, 3, 1, "at most 1")
}

// The gateway of the community edition sets one replica if it is asked for none.
func TestABoundOfTheGatewayIsNotTakenForAlertManager(t *testing.T) {
	w := on(t, openfaas.Community, nil)
	w.most = 5
	w.functions[name].Annotations[openfaas.AnnotationZero] = "true"
	w.minute(0)
	expect(t, w.minute(0), openfaas.ControllerUnknown, 0, 1, "another controller set 0 back to 1: at least 1 until")
}

// Load comes and goes: an alert raises above the number of prewarm, and resets below it when it
// resolves, every four minutes.
func TestAnAlertThatRaisesFirstIsNotFoughtEither(t *testing.T) {
	w := on(t, openfaas.Community, nil)
	w.minute(3)
	for range 14 {
		w.functions[name].Replicas = 5
		w.minute(5)
		w.functions[name].Replicas = 1
		w.minute(3)
		w.minute(3)
	}
	w.expectCalls(name+"=3", name+"=3") // the first, and one reversal
	expectReason(t, w.last(), "AlertManager set 3 back to 1: at most 1 until ")
}
