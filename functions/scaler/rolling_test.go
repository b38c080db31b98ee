package scaler

import (
	"errors"
	"testing"
	"time"

	"prewarm/shared/event"
	"prewarm/shared/openfaas"
)

func TestNoForecastIsAcceptedForLongerThanDecisionsAreReadBack(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	f := w.forecast(name, 2)
	f.StepSeconds = 3600 // max_age_steps of an hour are longer than decisions are read back
	f.Origin = w.now.Unix() / 3600 * 3600
	body := w.seal(f)
	w.now = time.Unix(f.Origin, 0).Add(event.MaxAge + time.Second)
	w.post(body, 409)
	w.now = time.Unix(f.Origin, 0).Add(-event.MaxAge - time.Second)
	w.post(body, 409)
	w.expectCalls()
	w.now = time.Unix(f.Origin, 0).Add(event.MaxAge)
	w.post(body, 200)
}

func TestTwoScalersOfARollingUpdateApplyABatchOnce(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	w.post(w.seal(w.forecast(name, 2)), 200)
	old := w.scaler
	w.restart()
	w.tick()
	w.post(w.seal(w.forecast(name, 1)), 200) // the new one has read the decisions
	updated := w.scaler

	w.tick()
	body := w.seal(w.forecast(name, 4))
	w.scaler = old
	w.post(body, 200)
	w.functions[name].Replicas = 0
	w.scaler = updated
	w.post(body, 409) // the batch is delivered again, to the new one
	w.tick()
	w.post(body, 409)
	w.expectCalls(name+"=2", name+"=1", name+"=4")

	w.post(w.seal(w.forecast(name, 6)), 200)
	w.scaler = old
	w.tick()
	w.post(w.seal(w.forecast(name, 0)), 200)
	if d := w.last(); d.Wanted >= 6 {
		t.Errorf("the old one must not hold the replicas that the new one set: %+v", d)
	}
}

func TestNothingIsScaledIfTheOtherScalersDecisionsCannotBeRead(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	w.post(w.seal(w.forecast(name, 2)), 200)
	w.tick()
	w.readErr = errors.New("no NATS")
	body := w.seal(w.forecast(name, 3))
	w.post(body, 503)
	w.readErr = nil
	w.post(body, 200)
	w.expectCalls(name+"=2", name+"=3")
}
