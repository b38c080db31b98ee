package scaler

import (
	"testing"
	"time"

	"prewarm/shared/event"
	"prewarm/shared/openfaas"
)

// The idler looks at calls alone: no call for 15 minutes, and it takes what prewarm warmed.
func TestWhatTheIdlerTakesIsWarmedAgainOncePerHourOrAfterACall(t *testing.T) {
	w := on(t, openfaas.Standard, map[string]string{openfaas.LabelZero: "true", openfaas.LabelMax: "1"})
	w.functions[name].Replicas = 0
	var calledAt time.Time
	next := func(n int32) event.Decision {
		w.tick()
		f := w.forecast(name, n)
		f.Recent = make([]int32, 180)
		if ago := int(w.now.Sub(calledAt).Minutes()); ago < 180 {
			f.Recent[179-ago] = 1
		}
		w.post(w.seal(f), 200)
		return w.last()
	}
	if d := next(1); d.Applied != 1 {
		t.Errorf("a likely call: %+v", d)
	}
	w.functions[name].Replicas = 0
	d := next(1)
	expect(t, d, openfaas.Idler, 1, 0, "the idler (15m) took 1 replica that was warm for a call: at most 0 until 09:02 UTC")
	if next(1); len(w.calls) != 1 {
		t.Errorf("got %v", w.calls)
	}
	w.tick()
	calledAt, w.functions[name].Replicas = w.now, 1
	next(0)
	if next(0); len(w.calls) != 2 { // released: the limit ended with the call
		t.Errorf("got %v", w.calls)
	}
	if d := next(1); d.Applied != 1 || d.Inputs.PActive != 1 {
		t.Errorf("got %+v", d)
	}
	w.functions[name].Replicas = 0
	expect(t, next(1), openfaas.Idler, 1, 0, "set again, once per hour") // the call is minutes ago: its time is not over
}
