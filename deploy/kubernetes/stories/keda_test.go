package stories

import (
	"testing"
	"time"

	"prewarm/shared/hpa"
)

// operator is a model of KEDA: the loop that scales from and to zero, and the HPA that
// KEDA creates for a ScaledObject.
//
// Source: KEDA v2.21.0, pkg/scaling/executor/scale_scaledobjects.go, RequestScale
// (Apache-2.0).
type operator struct {
	w          *world
	minimum    int
	cooldown   time.Duration
	lastActive time.Time
	hpa        *hpa.Controller
}

// requestScale is one round of RequestScale, with the external scaler as its trigger.
func (o *operator) requestScale() {
	active, err := o.w.cache.Active(function)
	switch {
	case err != nil: // no fallback: the replicas do not change
	case active && o.w.replicas() == 0:
		o.w.set(max(o.minimum, 1), "keda")
		o.lastActive = o.w.now
	case active:
		o.lastActive = o.w.now
	case o.w.replicas() > 0 && o.minimum == 0:
		// The last activity is unknown, or longer ago than the cooldown.
		if o.lastActive.Add(o.cooldown).Before(o.w.now) {
			o.w.set(0, "keda")
		}
	case o.w.replicas() < o.minimum:
		o.w.set(o.minimum, "keda")
	}
}

// external is the metric that the HPA reads through KEDA's metrics server.
func (o *operator) external(current int, tolerance hpa.Tolerance) (int, error) {
	wanted, err := o.w.cache.Wanted(function)
	if err != nil {
		return 0, hpa.ErrNoMetrics
	}
	return hpa.AverageValue(current, float64(wanted), 1, tolerance), nil
}

// withKEDA lets KEDA scale the function with the values of examples/scaledobject.yaml.
func (w *world) withKEDA(minimum int) {
	o := &operator{w: w, minimum: minimum, cooldown: 30 * time.Second, hpa: likeTheExample(max(minimum, 1), 10)}
	was := false
	w.each = append(w.each, func() { // the stream IsActive
		if active, err := w.cache.Active(function); err == nil && active != was {
			was = active
			o.requestScale()
		}
	})
	w.every(15*time.Second, 11*time.Second, o.requestScale)
	w.every(hpa.SyncPeriod, 7*time.Second, func() {
		w.set(o.hpa.Sync(w.now, w.replicas(), w.cpu, o.external), "hpa")
	})
	w.every(2*time.Second, 0, func() { // the external scaler polls the gateway
		if list, err := w.List(w.t.Context()); err == nil && !w.noPoll {
			w.cache.Observe(list)
		}
	})
	w.each = append(w.each, func() { // OpenFaaS wakes a function at zero
		if w.replicas() == 0 && w.load(w.minute()) > 0 {
			w.set(1, "gateway")
		}
	})
}

// atZero is a function that may scale to zero and has no replica.
func atZero(t *testing.T) *world {
	w := newWorld(t, 0, "keda")
	w.labels["com.openfaas.scale.zero"] = "true"
	return w
}

func TestKEDABringsAFunctionUpBeforeItsLoadAndBackToZero(t *testing.T) {
	w := atZero(t)
	w.load = steps(0, 0, 10, 3, 15, 0)
	w.forecast = steps(0, 0, 8, 3, 15, 0)
	w.withKEDA(0)
	w.run(10 * time.Minute)
	if w.ready() != 3 {
		t.Errorf("%d replicas are ready when the load comes", w.ready())
	}
	w.run(20 * time.Minute)
	if w.replicas() != 0 || w.turns() != 1 || w.by("scaler") != 0 || w.by("gateway") != 0 {
		t.Errorf("the scale went %+v", w.changes)
	}
}

// TestKEDADoesNotPutBackAFunctionThatACallWoke: the gateway brings it up half a
// minute before the scaler can know.
func TestKEDADoesNotPutBackAFunctionThatACallWoke(t *testing.T) {
	w := atZero(t)
	w.load = steps(0, 0, 5.5, 1, 5.6, 0, 20.1, 1, 20.2, 0)
	w.forecast = steps(0, 0)
	w.withKEDA(0)
	w.run(40 * time.Minute)
	if w.by("gateway") != 2 || w.by("keda") != 2 || w.replicas() != 0 {
		t.Errorf("each call must wake it once, and KEDA release it once: %+v", w.changes)
	}
	for i := 1; i < len(w.changes); i += 2 {
		if held := w.changes[i].at - w.changes[i-1].at; held < time.Minute {
			t.Errorf("released %v after the call", held)
		}
	}
}

func TestKEDAHoldsWhenTheChainOrTheGatewayStops(t *testing.T) {
	w := atZero(t)
	w.load, w.forecast = steps(0, 0), steps(0, 2, 10, 0)
	w.withKEDA(0)
	w.run(9 * time.Minute)
	w.stopped = true
	w.run(time.Hour)
	if w.replicas() != 2 {
		t.Errorf("%d replicas without decisions: %+v", w.replicas(), w.changes)
	}
	w.noPoll = true
	w.run(time.Minute)
	w.stopped = false
	w.run(10 * time.Minute)
	if w.replicas() != 1 {
		t.Errorf("%d replicas while the gateway is not seen: not to zero: %+v", w.replicas(), w.changes)
	}
	w.noPoll = false
	w.run(5 * time.Minute)
	if w.replicas() != 0 || w.turns() != 1 {
		t.Errorf("the scale went %+v", w.changes)
	}
}

func TestKEDAOnTheCommunityEditionStaysWithinItsLimits(t *testing.T) {
	w := newWorld(t, 1, "keda")
	w.labels["com.openfaas.scale.max"] = "5"
	w.load, w.forecast = steps(0, 1, 10, 5, 20, 0), steps(0, 1, 9, 8, 20, 0)
	w.withKEDA(1)
	w.run(45 * time.Minute)
	if w.replicas() != 1 || w.turns() != 1 || w.by("hpa") != len(w.changes) {
		t.Errorf("the scale went %+v", w.changes)
	}
	for _, c := range w.changes {
		if c.to < 1 || c.to > 5 {
			t.Errorf("outside of 1 to 5: %+v", c)
		}
	}
}
