package scaler

import (
	"fmt"
	"strings"
	"testing"
	"time"

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

// status returns the error of a gateway client whose scale call was answered with a status.
func status(code int) error {
	class := openfaas.ErrUnavailable
	switch code {
	case 400:
		class = openfaas.ErrRefused
	case 403, 409:
		class = openfaas.ErrDenied
	}
	return fmt.Errorf("%w: status %d", class, code)
}

// A proxy is restarted, credentials are exchanged, two writers meet. The step is not lost.
func TestOneAnswerIsNoLimit(t *testing.T) {
	for _, code := range []int{401, 403, 409} {
		w := newWorld(t, openfaas.ModeActive)
		w.gwErr = status(code)
		body := w.seal(w.forecast(name, 3))
		for range 10 { // the connector tries again
			w.post(body, 503)
		}
		w.gwErr = nil
		w.post(body, 200)
		w.minute(4)
		w.expectCalls(name+"=3", name+"=4")
	}
}

// A permission is missing for days: the batch succeeds again after three steps, and the
// number is tried every ten minutes.
func TestADenialThatLastsIsLearned(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	w.functions[name].Replicas = 1
	w.gwErr = status(403)
	for step, want := range []int{503, 503, 200, 200} {
		w.tick()
		w.post(w.seal(w.forecast(name, 3)), want)
		w.gwErr = map[bool]error{false: status(403)}[step > 1]
	}
	expectReason(t, w.decisions()[0], "; but the gateway refused: gateway: not available: denied: status 403")
	expectReason(t, w.last(), "the gateway refused 3: at most 1 until 08:13 UTC; learned from its answers in 3 steps in a row")
	w.expectCalls()
	w.now = w.now.Add(deniedLifetime)
	w.minute(3)
	w.expectCalls(name + "=3")
}

// Between two denials a call succeeds, or another number is denied.
func TestASuccessForgetsDenials(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	for _, n := range []int32{5, 5, 0, 5, 5} {
		w.tick()
		want := 503
		if w.gwErr = status(409); n == 0 {
			w.gwErr, n, want = nil, 1, 200
		}
		w.post(w.seal(w.forecast(name, n)), want)
	}
	for _, n := range []int32{6, 7, 8} {
		w.tick()
		w.post(w.seal(w.forecast(name, n)), 503)
	}
	w.expectCalls(name + "=1")
}

// The gateway refused 9 as a wrong request, and 4 after three denials. A smaller number that
// it sets shows that it denies no more; that 9 is wrong stays true.
func TestASuccessForgetsALimitThatItDisproves(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	var l limits
	l.refuse(9, 1, false, now)
	l.refuse(0, 1, true, now)
	if l.accept(3); !l.most.at(now) || l.least.at(now) {
		t.Errorf("after a call with 3: %+v", l)
	}
	if l.accept(9); l.most.at(now) {
		t.Errorf("after a call with 9: %+v", l)
	}
}

// The owner of the cluster raises the function by hand: the gateway can do it now.
func TestARefusedNumberThatIsThereIsNoLimit(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	w.gwErr = status(400)
	w.minute(4)
	expectReason(t, w.last(), "but the gateway refused")
	w.gwErr = nil
	w.minute(4)
	expectReason(t, w.last(), "the gateway refused 4: at most 0 until 09:01 UTC; learned from its answer 400 to this number")
	w.functions[name].Replicas = 4
	w.minute(6)
	w.expectCalls(name + "=6")
}
