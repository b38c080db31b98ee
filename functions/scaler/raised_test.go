package scaler

import (
	"testing"

	"prewarm/shared/event"
	"prewarm/shared/openfaas"
)

// Another controller raises what prewarm has lowered. It is left to scale in.
func TestWhatIsRaisedAgainIsNotLowered(t *testing.T) {
	w := on(t, openfaas.Standard, nil)
	w.functions[name].Replicas = 4
	w.minute(2)
	w.functions[name].Replicas = 4
	if d := w.minute(2); d.SetBack != nil || d.Wanted != 4 {
		t.Errorf("in the step of the raise replicas are held: %+v", d)
	}
	d := w.minute(2)
	expect(t, d, openfaas.Autoscaler, 2, 4, "OpenFaaS' autoscaler set 2 back to 4: prewarm lowers nothing until 09:03 UTC")
	if d.Wanted != 4 {
		t.Errorf("got %+v", d)
	}
	w.restart()
	w.functions[name].Replicas = 3 // the other controller scales in
	if d := w.minute(2); d.Wanted != 3 {
		t.Errorf("got %+v", d)
	}
	if d := w.minute(5); d.Wanted != 5 {
		t.Errorf("the limit holds no raise: %+v", d)
	}
	w.expectCalls(name+"=2", name+"=5")
}

// From none, a call may have done it. A step without a call shows that it was not.
func TestAFunctionThatIsRaisedFromZeroWithoutACallIsLeftAlone(t *testing.T) {
	for _, called := range []bool{true, false} {
		w := newWorld(t, openfaas.ModeActive)
		w.functions[name].Replicas = 1
		quiet := func() event.Forecast {
			f := w.forecast(name, 0)
			f.Recent = make([]int32, 180)
			return f
		}
		w.post(w.seal(quiet()), 200)
		w.functions[name].Replicas = 1
		w.tick()
		w.post(w.seal(quiet()), 200)
		w.tick()
		f := quiet()
		if called {
			f.Recent[179] = 1
		}
		w.post(w.seal(f), 200)
		if d := w.last(); called {
			w.expectCalls(name+"=0", name+"=0")
		} else {
			expect(t, d, openfaas.ControllerUnknown, 0, 1, "another controller set 0 back to 1: at least 1 until")
			w.expectCalls(name + "=0")
		}
	}
}

// The community edition keeps one replica. What prewarm itself adds to it is released again.
func TestAFunctionThatStaysAboveZeroIsReleasedToTheLeast(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	w.most, w.functions[name].Replicas = 5, 1
	w.minute(0)
	for _, c := range []struct {
		forecast int32
		want     int
	}{{0, 1}, {4, 4}, {0, 2}, {0, 1}, {0, 1}} {
		if d := w.minute(c.forecast); d.Wanted != c.want {
			t.Errorf("forecast %d: wanted %d, want %d: %s", c.forecast, d.Wanted, c.want, d.Reason)
		}
	}
	w.expectCalls(name+"=0", name+"=4", name+"=2", name+"=1")
}
