package scaler

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"prewarm/shared/event"
	"prewarm/shared/openfaas"
)

// trueForecast returns the forecast of now that the chain makes when the clock is right: it
// has other data than the one that a wrong clock has named after the same step.
func (w *world) trueForecast(n int32) event.Forecast {
	f := w.forecast(name, n)
	f.Evidence = 77
	return f
}

// The clocks were ahead for a while, and are right again. Each step that was decided ahead is
// decided when its time comes, also after a restart before or in that time.
func TestStepsDecidedAheadAreDecidedWhenTheirTimeComes(t *testing.T) {
	for _, lead := range []time.Duration{3 * time.Minute, 10 * time.Minute, time.Hour} {
		for _, restart := range []int{-1, 0, 5} {
			w, _ := clockAhead(t, lead, 5)
			w.calls = nil
			for i := range int(lead/time.Minute) + 8 {
				if i == restart {
					w.restart()
				}
				w.tick()
				body := w.seal(w.trueForecast(int32(2 + i%2)))
				if lead < 5*time.Minute && i == 0 {
					w.post(body, 409) // the wrong clock may have decided this step in its time
					continue
				}
				w.post(body, 200)
				w.post(body, 409)
				w.expectCalls(fmt.Sprintf("%s=%d", name, 2+i%2))
				w.calls = nil
			}
		}
	}
}

// Steps were decided an hour behind; then the clock is right.
func TestStepsDecidedBehindHoldUpNothing(t *testing.T) {
	for _, restart := range []bool{false, true} {
		w, decided := clockAhead(t, -time.Hour, 5)
		if restart {
			w.restart()
		}
		w.calls = nil
		for _, body := range decided {
			w.post(body, 409)
		}
		for _, n := range []int32{3, 4, 5} {
			w.tick()
			w.post(w.seal(w.trueForecast(n)), 200)
		}
		w.expectCalls(name+"=3", name+"=4", name+"=5")
	}
}

// A limit that a clock an hour ahead has imposed begins now at the latest.
func TestALimitOfAClockThatWasAheadEndsAnHourFromNow(t *testing.T) {
	for _, restart := range []bool{false, true} {
		w := on(t, openfaas.Standard, nil)
		w.now = w.now.Add(24 * time.Hour)
		w.minute(3)
		w.functions[name].Replicas = 1
		w.minute(3)
		w.now = w.now.Add(-24 * time.Hour)
		if restart {
			w.restart()
		}
		if d := w.minute(3); d.Wanted != 1 || !strings.Contains(d.Reason, "at most 1 until 09:03 UTC") {
			t.Errorf("restart %v: got %d, %s", restart, d.Wanted, d.Reason)
		}
		w.now = w.now.Add(limitLifetime)
		if d := w.minute(3); d.Wanted != 3 {
			t.Errorf("restart %v: got %d, %s", restart, d.Wanted, d.Reason)
		}
	}
}

// A reversal of a clock that was ahead is an hour ago an hour from now.
func TestAReversalOfAClockThatWasAheadIsRememberedForAnHour(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	var l limits
	l.reverse(now.Add(24 * time.Hour))
	l.rewind(now)
	if l.mayReverse(now) || !l.mayReverse(now.Add(limitLifetime)) {
		t.Errorf("got %+v", l)
	}
}

// Prewarm released the function while the clock was ahead, and a call woke it. It is not known
// what came since the release: nothing was set back.
func TestACallAfterTheClockWasSetBackIsNoSetBack(t *testing.T) {
	for _, restart := range []bool{false, true} {
		w := on(t, openfaas.EditionUnknown, map[string]string{openfaas.LabelZero: "true"})
		w.now = w.now.Add(time.Hour)
		w.minute(0)
		w.now = w.now.Add(-time.Hour)
		if restart {
			w.restart()
		}
		w.functions[name].Replicas = 1
		for range 3 {
			w.tick()
			f := w.trueForecast(0)
			f.Recent = []int32{0, 1}
			w.post(w.seal(f), 200)
			if d := w.last(); d.SetBack != nil {
				t.Errorf("restart %v: got %+v, %s", restart, d.SetBack, d.Reason)
			}
		}
	}
}

// The clock was ahead for the decision of a function that is not decided again. Its series
// would look current for an hour.
func TestSeriesThatAreDatedAheadEnd(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	w.deploy("other.openfaas-fn", 0, openfaas.ModeActive)
	w.now = w.now.Add(time.Hour)
	w.post(w.seal(w.forecast(name, 2), w.forecast("other.openfaas-fn", 0)), 200)
	w.now = w.now.Add(-time.Hour)
	w.post(w.seal(w.trueForecast(2)), 200)
	if text := w.exported(); strings.Contains(text, "other.openfaas-fn") || !strings.Contains(text, `prewarm_decision_timestamp_seconds{function_name="hello.openfaas-fn"} 1.8e+09`) {
		t.Errorf("got\n%s", text)
	}
}

// While the clock was a day ahead, the scaler read none of the last hour's decisions. When it
// is right again, it reads them.
func TestTheStreamIsReadAgainWhenTheClockIsSetBack(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	done := w.seal(w.forecast(name, 2))
	w.post(done, 200)
	w.restart()
	w.scaler.bus = blind{w}
	w.now = w.now.Add(24 * time.Hour)
	w.post(w.seal(w.forecast(name, 2)), 200)
	w.now = w.now.Add(-24 * time.Hour)
	w.scaler.bus, w.functions[name].Replicas = w, 0
	w.post(done, 409)
	w.expectCalls(name + "=2")
}

// blind is a bus whose stream has nothing as young as asked for.
type blind struct{ *world }

func (b blind) ReplayAfter(_ context.Context, _ string, _ uint64, _ time.Duration, _ func([]byte)) (uint64, error) {
	return uint64(len(b.stream)), nil
}

// Replicas become ready after the clock was set: forward or back by an hour. The difference is
// no start time, and the polls end.
func TestAClockThatIsSetGivesNoStartTime(t *testing.T) {
	for _, by := range []time.Duration{time.Hour, -time.Hour} {
		w := newWorld(t, openfaas.ModeActive)
		starts := w.scaler.starts
		starts.begin(name, 1, 0)
		starts.begin("other.openfaas-fn", 1, 0)
		w.now = w.now.Add(by)
		w.functions[name].Available = 1
		if more := starts.take(w.List(t.Context())); more || len(starts.samples) != 0 {
			t.Errorf("%v: still pending %v, samples %v", by, more, starts.samples)
		}
	}
}

func TestReadyReplicasThatAreDatedAheadAreReplaced(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	var l readyLog
	shown := func(ready int) []openfaas.Function { return []openfaas.Function{{Name: name, Available: ready}} }
	l.observe(shown(2), now)
	l.observe(shown(2), now.Add(time.Hour))
	l.observe(shown(7), now.Add(time.Hour+time.Minute))
	l.observe(shown(3), now.Add(time.Minute))
	if at := [2]int{l.at(name, now), l.at(name, now.Add(time.Hour))}; at != [2]int{2, 3} {
		t.Errorf("got %v", at)
	}
}
