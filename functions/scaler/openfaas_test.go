package scaler

import (
	"strings"
	"testing"

	"prewarm/shared/openfaas"
)

// following returns a function that OpenFaaS' autoscaler scales by prewarm_wanted_replicas.
func following(t *testing.T, replicas int) *world {
	w := on(t, openfaas.Standard, map[string]string{openfaas.LabelType: openfaas.TypePrewarm, openfaas.LabelMin: "2"})
	w.functions[name].Annotations[openfaas.AnnotationActuator] = "openfaas"
	w.functions[name].Annotations[openfaas.AnnotationZero] = "true"
	w.functions[name].Replicas, w.functions[name].Available = replicas, replicas
	return w
}

// The autoscaler works between the least and the most. Prewarm sets none, and the first.
func TestOpenFaaSFollowsAndPrewarmCrossesZero(t *testing.T) {
	w := following(t, 4)
	if d := w.minute(7); d.Wanted != 7 || d.Applied != -1 || d.Others != nil || strings.Contains(d.Reason, "missing") {
		t.Errorf("up to the autoscaler: %+v", d)
	}
	w.functions[name].Replicas = 7 // it followed
	if d := w.minute(3); d.Wanted != 3 || d.Applied != -1 || d.Inputs.Started != 0 {
		t.Errorf("up to the autoscaler: %+v", d)
	}
	if d := w.minute(0); d.Applied != 0 {
		t.Errorf("to none: %+v", d)
	}
	if d := w.minute(5); d.Wanted != 5 || d.Applied != 2 {
		t.Errorf("back to the least, the rest is up to the autoscaler: %+v", d)
	}
	w.functions[name].Replicas = 5
	if d := w.minute(5); d.SetBack != nil || d.Inputs.Started != 0 {
		t.Errorf("the autoscaler followed: %+v", d)
	}
	w.expectCalls(name+"=0", name+"=2")
}

// With the label instead of prewarm.zero, the idler takes what prewarm has brought back.
func TestTheIdlerOfAFunctionThatOpenFaaSScalesIsNamed(t *testing.T) {
	w := following(t, 0)
	delete(w.functions[name].Annotations, openfaas.AnnotationZero)
	w.functions[name].Labels[openfaas.LabelZero] = "true"
	w.minute(3)
	w.functions[name].Replicas = 0
	d := w.minute(3)
	expect(t, d, openfaas.Idler, 2, 0, "the idler (15m) took 2 replicas that were warm for a call")
	w.expectCalls(name + "=2")
}

// The annotation changes from gateway to hpa: what the HPA sets is not set back.
func TestTheNumberOfAnotherActuatorIsNotSetBack(t *testing.T) {
	w := on(t, openfaas.Standard, nil)
	w.minute(5)
	w.functions[name].Annotations[openfaas.AnnotationActuator] = "hpa"
	w.functions[name].Replicas = 2
	if d := w.minute(5); d.SetBack != nil || d.Wanted != 5 {
		t.Errorf("got %+v", d)
	}
}

func TestWithoutPrewarmZeroTheLastReplicasStay(t *testing.T) {
	w := following(t, 4)
	w.functions[name].Annotations[openfaas.AnnotationZero] = "false"
	if d := w.minute(0); d.Wanted != 2 || d.Applied != -1 {
		t.Errorf("got %+v", d)
	}
	w.expectCalls()
}

func TestAnAutoscalerThatDoesNotFollowIsNamed(t *testing.T) {
	w := following(t, 1)
	delete(w.functions[name].Labels, openfaas.LabelType)
	d := w.minute(3)
	expectReason(t, d, "; OpenFaaS' autoscaler does not follow: the label com.openfaas.scale.type: prewarm is missing")
	if len(d.Others) != 1 || d.Others[0] != openfaas.Autoscaler {
		t.Errorf("got %+v", d.Others)
	}
}

// A gateway that sets one replica if it is asked for none is not asked each minute.
func TestAFunctionThatDoesNotStayAtNoneIsLeftToOpenFaaS(t *testing.T) {
	w := following(t, 1)
	w.functions[name].Labels[openfaas.LabelMin], w.most = "1", 5
	for range 6 {
		w.minute(0)
	}
	w.expectCalls(name + "=0")
	expectReason(t, w.last(), "set 0 back to 1: at least 1 until")
}
