package scaler

import (
	"testing"
	"time"

	"prewarm/shared/event"
	"prewarm/shared/openfaas"
	"prewarm/shared/series"
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

// There is no forecast, and a call was seen 8 minutes ago. Keep-alive would keep a replica for
// 10 minutes: an idler of 5 minutes would take it at once.
func TestNothingIsWarmedForTheIdlerToTake(t *testing.T) {
	for _, c := range []struct {
		story string
		ago   int
		label map[string]string
		zero  string
		want  int
	}{
		{"the idler takes it", 8, map[string]string{openfaas.LabelZero: "true", openfaas.LabelZeroDuration: "5m"}, "", 0},
		{"not before its time", 3, map[string]string{openfaas.LabelZero: "true", openfaas.LabelZeroDuration: "5m"}, "", 1},
		{"not before a longer time, the default", 8, map[string]string{openfaas.LabelZero: "true"}, "", 1},
		{"prewarm.zero instead of the label", 8, map[string]string{openfaas.LabelZeroDuration: "5m"}, "true", 1},
		{"it also stands in the way of a least number", 8, map[string]string{openfaas.LabelZero: "true", openfaas.LabelZeroDuration: "5m"}, "false", 0},
	} {
		w := on(t, openfaas.Standard, c.label)
		w.functions[name].Replicas, w.functions[name].Annotations[openfaas.AnnotationZero] = 0, c.zero
		f := w.forecast(name, 0)
		f.NoData = "2 known steps, 3 are needed"
		f.PActive, f.NeedQ50, f.NeedQ90, f.NeedQ95, f.NeedQ99 = nil, nil, nil, nil, nil
		f.Recent = make([]int32, 180)
		f.Recent[179-c.ago] = 1
		w.post(w.seal(f), 200)
		if d := w.last(); d.Wanted != c.want {
			t.Errorf("%s: wanted %d, want %d: %s", c.story, d.Wanted, c.want, d.Reason)
		}
	}
}

// A window of ten minutes without a call: earlier occurrences tell when the last one was.
func TestACallBeforeTheWindowCountsForTheIdler(t *testing.T) {
	for ago, want := range map[int]bool{0: true, 12: false, 20: true} {
		f := &event.Forecast{StepSeconds: 60, Observation: event.Observation{Recent: make([]int32, 10)}}
		if ago > 0 {
			f.Earlier = []event.Occurrence{{Ago: 50, Need: 1}, {Ago: ago, Need: 1}}
		}
		x := &subject{f: f, others: []string{openfaas.Idler}, scaling: openfaas.Scaling{Idle: 15 * time.Minute}}
		if got := x.idlerTakes(); got != want {
			t.Errorf("%d steps ago: got %t", ago, got)
		}
		f.Recent[5] = series.NoData
		if x.idlerTakes() {
			t.Error("an unknown step may have had a call")
		}
		f.Recent[5], f.InFlight = 0, 1
		if x.idlerTakes() {
			t.Error("a call runs")
		}
	}
}

// A call comes every 20 minutes, and the idler takes what is warmed for it. That is tried about
// once per hour, not before each of the twelve calls. In the step of the call nothing is wanted
// any more, so that what the idler took just before is not noticed.
func TestWhatTheIdlerTakesEachTimeIsWarmedOncePerHour(t *testing.T) {
	w := on(t, openfaas.Standard, map[string]string{openfaas.LabelZero: "true", openfaas.LabelMax: "1"})
	w.functions[name].Replicas = 0
	raised := 0
	for minute := range 240 {
		w.tick()
		f := w.forecast(name, 0)
		if minute%20 >= 17 { // within three steps
			f = w.forecast(name, 1)
		}
		f.Recent = make([]int32, 180)
		if minute%20 < 15 {
			f.Recent[179-minute%20] = 1
		}
		w.post(w.seal(f), 200)
		if w.last().Applied == 1 {
			raised++
		}
		w.functions[name].Replicas = 0
	}
	if raised < 4 || raised > 5 {
		t.Errorf("raised %d times in four hours, want 4 or 5: %v", raised, w.calls)
	}
}

// The last call is four minutes ago, and something takes each replica at once: an idler of a
// shorter time than is known, or one of an edition that is not known.
func TestAnIdlerThatActsBeforeItsTimeIsNotFought(t *testing.T) {
	for _, e := range []openfaas.Edition{openfaas.EditionUnknown, openfaas.Standard} {
		w := on(t, e, map[string]string{openfaas.LabelZero: "true"})
		next := func() event.Decision {
			w.tick()
			f := w.forecast(name, 1)
			f.Recent = make([]int32, 180)
			f.Recent[176] = 1
			w.post(w.seal(f), 200)
			return w.last()
		}
		for range 60 {
			w.functions[name].Replicas = 0
			next()
		}
		w.expectCalls(name+"=1", name+"=1") // the first, and one reversal
		expectReason(t, w.last(), "the idler (15m) took 1 replica that was warm for a call: at most 0 until 09:03 UTC")
		w.functions[name].Replicas = 1 // a call woke it: it may be warm for the next one
		next()
		w.restart()
		w.functions[name].Replicas = 0
		if d := next(); d.Applied != 1 {
			t.Errorf("edition %q, after a call: got %+v", e, d)
		}
	}
}

// The autoscaler leaves one replica, which the idler takes. A call wakes the function: the
// autoscaler would still set more than one back.
func TestTheIdlerDoesNotEndTheLimitOfTheAutoscaler(t *testing.T) {
	w := on(t, openfaas.Standard, map[string]string{openfaas.LabelZero: "true"})
	w.minute(3)
	for _, replicas := range []int{1, 0, 0} {
		w.functions[name].Replicas = replicas
		w.minute(3)
	}
	expectReason(t, w.last(), "the idler (15m) took 1 replica that was warm for a call: at most 0 until")
	for _, restarted := range []bool{false, true} {
		if restarted {
			w.restart()
		}
		w.tick()
		w.functions[name].Replicas = 1
		f := w.forecast(name, 3)
		f.Recent = []int32{1}
		w.post(w.seal(f), 200)
		expectReason(t, w.last(), "OpenFaaS' autoscaler set 3 back to 1: at most 1 until")
	}
	w.expectCalls(name+"=3", name+"=1")
}
