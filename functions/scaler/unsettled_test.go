package scaler

import (
	"testing"

	"prewarm/shared/openfaas"
	"prewarm/shared/series"
)

// A first attempt fails at the gateway. The second one finds the same.
func TestASetBackIsNotLostWithAFailedAttempt(t *testing.T) {
	w := on(t, openfaas.Community, nil)
	w.minute(3)
	w.functions[name].Replicas = 1
	w.tick()
	body := w.seal(w.forecast(name, 3))
	w.gwErr = openfaas.ErrUnavailable
	w.post(body, 503)
	w.gwErr = nil
	w.post(body, 200)
	expect(t, w.last(), openfaas.AlertManager, 3, 1, "set again")
}

// Nobody fights while the suite is paused: the pause holds what is there.
func TestAPausedScalerJudgesNothing(t *testing.T) {
	w := on(t, openfaas.Standard, nil)
	w.minute(3)
	w.paused, w.functions[name].Replicas = true, 1
	if d := w.minute(3); d.SetBack != nil {
		t.Errorf("got %+v", d)
	}
}

// The store does not answer for a step, in which the policy holds what is there.
func TestASetBackIsNotForgottenInAnUnknownStep(t *testing.T) {
	w := on(t, openfaas.Standard, nil)
	w.minute(3)
	w.functions[name].Replicas = 1
	w.tick()
	f := w.forecast(name, 3)
	f.Recent = []int32{series.NoData}
	w.post(w.seal(f), 200)
	if d := w.last(); d.SetBack != nil || d.Wanted != 1 {
		t.Errorf("got %+v", d)
	}
	expect(t, w.minute(3), openfaas.Autoscaler, 3, 1, "at most 1")
	w.expectCalls(name + "=3")
}

// The owner does what the reason says, and need not wait for the end of the hour.
func TestALimitEndsWhenItsControllerIsSwitchedOff(t *testing.T) {
	for _, c := range []struct {
		key, value, actuator string
		applied              int
	}{
		{openfaas.LabelMin, "20", "gateway", 3},
		{openfaas.LabelType, openfaas.TypePrewarm, "openfaas", -1}, // it follows
	} {
		w := on(t, openfaas.Standard, map[string]string{})
		w.functions[name].Annotations[openfaas.AnnotationMin] = "1"
		for range 3 {
			w.minute(3)
			w.functions[name].Replicas = 1
		}
		if d := w.minute(3); d.Wanted != 1 {
			t.Errorf("%s: got %+v", c.key, d)
		}
		w.functions[name].Labels[c.key], w.functions[name].Annotations[openfaas.AnnotationActuator] = c.value, c.actuator
		if d := w.minute(3); d.Wanted != 3 || d.Applied != c.applied {
			t.Errorf("%s: got %+v", c.key, d)
		}
	}
}

// The scaler is restarted while the gateway does not tell its edition.
func TestALimitStaysWhileTheEditionIsNotKnown(t *testing.T) {
	w := on(t, openfaas.Standard, nil)
	w.minute(3)
	w.functions[name].Replicas = 1
	w.minute(3)
	w.restart()
	w.edition = openfaas.EditionUnknown
	expectReason(t, w.minute(3), "OpenFaaS' autoscaler set 3 back to 1: at most 1 until")
	w.expectCalls(name + "=3")
}

// The owner names the controller that prewarm did not know, as the reason says.
func TestALimitEndsWhenItsControllerBecomesTheActuator(t *testing.T) {
	w := on(t, openfaas.EditionUnknown, nil)
	for range 3 {
		w.minute(4)
		w.functions[name].Replicas = 1
	}
	if d := w.minute(4); d.Wanted != 1 {
		t.Errorf("got %+v", d)
	}
	w.functions[name].Annotations[openfaas.AnnotationActuator] = "hpa"
	if d := w.minute(4); d.Wanted != 4 {
		t.Errorf("got %+v, %s", d, d.Reason)
	}
}

// Each second step is measured late, so that nothing is scaled in on it. The gateway sets one
// replica if it is asked for none.
func TestABoundOfTheGatewayIsLearnedAcrossProvisionalSteps(t *testing.T) {
	w := on(t, openfaas.Community, nil)
	w.most = 5
	w.functions[name].Annotations[openfaas.AnnotationZero] = "true"
	for i := range 7 {
		w.tick()
		f := w.forecast(name, 0)
		f.Provisional, f.Recent = i%2 == 1, make([]int32, 180)
		w.post(w.seal(f), 200)
	}
	w.expectCalls(name + "=0")
	expectReason(t, w.last(), "set 0 back to 1: at least 1 until")
}

// The list of the gateway lags after the call and is right a step later. What happens to the
// number then is not a bound of the gateway.
func TestALateListIsNoBoundOfTheGateway(t *testing.T) {
	w := on(t, openfaas.Community, nil)
	l := &lagging{world: w, lists: 100}
	w.scaler.gateway = l
	if d := w.minute(3); d.Observed != 1 {
		t.Errorf("got %+v", d)
	}
	l.left = 0
	w.minute(3)
	w.functions[name].Replicas = 1
	expect(t, w.minute(3), openfaas.AlertManager, 3, 1, "set again")
}

// Another controller raises what prewarm has released, and the step after that is measured late.
func TestReplicasThatComeBackAreJudgedAfterAProvisionalStep(t *testing.T) {
	for _, restarted := range []bool{false, true} {
		w := on(t, openfaas.EditionUnknown, nil)
		w.functions[name].Replicas = 5
		w.minute(3)
		w.functions[name].Replicas = 5
		w.minute(3) // in the step of the raise all is held
		w.tick()
		f := w.forecast(name, 3)
		f.Provisional = true
		w.post(w.seal(f), 200)
		if restarted {
			w.restart()
		}
		expect(t, w.minute(3), openfaas.ControllerUnknown, 3, 5, "prewarm lowers nothing until")
		w.expectCalls(name + "=3")
	}
}
