package view

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"prewarm/functions/dashboard/history"
	"prewarm/shared/event"
	"prewarm/shared/series"
)

const origin = 1_790_000_040

func windows(start int64, counts ...int32) *event.Windows {
	return &event.Windows{Windows: []event.FunctionWindow{{
		Function: "a.ns", InFlight: -1, Concurrency: 1, Window: series.Window{StepSeconds: 60, Start: start, Counts: counts},
	}}}
}

func decision(name string, step int64) event.Decision {
	return event.Decision{Function: name, Step: step, Time: time.Unix(step+2, 0).UTC(), Mode: "active", Direction: "up", Wanted: 1, Applied: 1, Observed: -1}
}

// decide adds the decisions of one step, one for each function.
func decide(v *View, step int64, names ...string) {
	var batch event.Decisions
	for _, name := range names {
		batch.Decisions = append(batch.Decisions, decision(name, step))
	}
	v.AddDecisions(step, &batch)
}

func TestWindowsOfAFunctionAreJoined(t *testing.T) {
	v := New(9)
	for _, c := range []struct {
		story string
		batch *event.Windows
		start int64
		want  []int32
	}{
		{"the first window is taken as it is", windows(600, 1, 2, 3), 600, []int32{1, 2, 3}},
		{"the next step is appended", windows(780, 4), 600, []int32{1, 2, 3, 4}},
		{"in an overlap the newer window is right", windows(720, 9, 9, 5), 600, []int32{1, 2, 9, 9, 5}},
		{"an older window is ignored", windows(600, 7), 600, []int32{1, 2, 9, 9, 5}},
		{"a window with the same end replaces its steps", windows(840, 6), 600, []int32{1, 2, 9, 9, 6}},
		{"after a gap the new window stands alone", windows(6000, 8), 6000, []int32{8}},
		{"a longer window replaces all", windows(5940, 1, 1, 1), 5940, []int32{1, 1, 1}},
	} {
		v.AddWindows(c.batch.Windows[0].End(), c.batch)
		s, _ := v.Find("a.ns")
		if s.Window.Start != c.start || !slices.Equal(s.Window.Counts, c.want) {
			t.Errorf("%s: got %d %v", c.story, s.Window.Start, s.Window.Counts)
		}
	}
}

// Each window ends with a step that is not wholly measured. The next one measures it, and
// says which steps it could not measure one by one.
func TestEstimatedStepsMoveWithTheirWindow(t *testing.T) {
	v := New(9)
	for i, w := range []series.Window{
		{Start: 600, Counts: []int32{1, 2, 3}, AtLeast: []series.Span{{2, 3}}},
		{Start: 720, Counts: []int32{5, 4}, AtLeast: []series.Span{{1, 2}}},
		{Start: 780, Counts: []int32{2, 2, 2}, Spread: []series.Span{{0, 2}}, Running: []float32{1, 1, 1}},
	} {
		w.StepSeconds = 60
		v.AddWindows(w.End(), &event.Windows{Windows: []event.FunctionWindow{{Function: "a.ns", Window: w, Peak: i, Note: "measured"}}})
	}
	s, _ := v.Find("a.ns")
	want := series.Window{StepSeconds: 60, Start: 600, Counts: []int32{1, 2, 5, 2, 2, 2}, Spread: []series.Span{{3, 5}}}
	if !reflect.DeepEqual(s.Window, want) || s.Peak != 2 || s.Note != "measured" {
		t.Errorf("got %+v, peak %d, note %q", s.Window, s.Peak, s.Note)
	}
}

func TestAWindowIsBounded(t *testing.T) {
	v := New(9)
	for i := range int64(2 * history.MaxSteps) {
		v.AddWindows((i+1)*60, windows(i*60, int32(i)))
	}
	if s, _ := v.Find("a.ns"); len(s.Window.Counts) != history.MaxSteps || s.calls() != 2*history.MaxSteps-1 {
		t.Errorf("got %d steps, the last with %d calls", len(s.Window.Counts), s.calls())
	}
}

func TestACopyOfAStateDoesNotChange(t *testing.T) {
	v := New(9)
	v.AddWindows(780, windows(600, 1, 2, 3))
	decide(v, 600, "a.ns")
	before, _ := v.Find("a.ns")
	v.AddWindows(840, windows(660, 7, 7, 7))
	decide(v, 660, "a.ns")
	decide(v, 600, "a.ns")
	if !slices.Equal(before.Window.Counts, []int32{1, 2, 3}) || before.last().Step != 600 {
		t.Errorf("got %v, %v", before.Window.Counts, before.last())
	}
}

func TestAnOlderForecastDoesNotReplaceANewerOne(t *testing.T) {
	v := New(9)
	add := func(at int64, model string) {
		v.AddForecasts(at, &event.Forecasts{Model: model, Forecasts: []event.Forecast{{Function: "a.ns", Origin: at, StepSeconds: 60}}})
	}
	add(origin, "m2")
	add(origin-60, "m1")
	if s, _ := v.Find("a.ns"); s.Forecast.Origin != origin || s.Model != "m2" {
		t.Errorf("got %d of %s", s.Forecast.Origin, s.Model)
	}
	add(origin, "m3") // sent again by a newer model
	if s, _ := v.Find("a.ns"); s.Model != "m3" {
		t.Errorf("got the forecast of %s", s.Model)
	}
}

func TestDecisionsAreNewestFirstAndOnePerStep(t *testing.T) {
	v := New(9)
	add := func(step int64, late time.Duration, wanted int) {
		d := decision("a.ns", step)
		d.Time, d.Wanted = d.Time.Add(late), wanted
		v.AddDecisions(step, &event.Decisions{Decisions: []event.Decision{d}})
	}
	add(600, 0, 1)
	add(720, 0, 3)
	add(660, 0, 2)              // arrives late
	add(720, time.Second, 4)    // decided again
	add(720, -time.Second/2, 9) // an earlier decision for the same step
	s, _ := v.Find("a.ns")
	var got []int
	for _, d := range s.Decisions {
		got = append(got, d.Wanted)
	}
	if !slices.Equal(got, []int{4, 2, 1}) {
		t.Errorf("got %v", got)
	}
	for i := range int64(2 * maxDecisions) {
		add(6000+60*i, 0, int(i))
	}
	if s, _ := v.Find("a.ns"); len(s.Decisions) != maxDecisions || s.last().Wanted != 2*maxDecisions-1 {
		t.Errorf("got %d decisions, the newest wants %d", len(s.Decisions), s.last().Wanted)
	}
}

func TestTheNewestDecisionIsThatOfTheNewestStep(t *testing.T) {
	v := New(9)
	hasty := decision("a.ns", origin-60)
	hasty.Time = time.Unix(origin+120, 0) // the clock of the scaler ran ahead
	v.AddDecisions(origin-60, &event.Decisions{Decisions: []event.Decision{hasty}})
	decide(v, origin, "a.ns")
	if s, _ := v.Find("a.ns"); s.last().Step != origin {
		t.Errorf("got the decision of step %d, want %d", s.last().Step, origin)
	}
}

func TestTheViewIsBoundedAndDropsTheOldest(t *testing.T) {
	v := New(3)
	for i := range int64(5) {
		decide(v, 600+i, fmt.Sprintf("f%d.ns", i))
	}
	all := slices.Collect(v.Match(""))
	if len(all) != 3 || all[0].Name != "f2.ns" || all[2].Name != "f4.ns" || v.Len() != 3 {
		t.Errorf("got %v", all)
	}
	if got := slices.Collect(v.Match("3")); len(got) != 1 || got[0].Name != "f3.ns" {
		t.Errorf("part of a name: got %v", got)
	}
}

// The clock of the scaler may run ahead: the step comes first.
func TestDecisionsOfAllFunctionsAreInTheOrderOfTheirStepsAndTimes(t *testing.T) {
	v := New(9)
	decide(v, 660, "c.ns", "b.ns")
	decide(v, 600, "a.ns", "b.ns")
	late := decision("a.ns", 660)
	late.Time = late.Time.Add(time.Second)
	v.AddDecisions(660, &event.Decisions{Decisions: []event.Decision{late}})
	decide(v, 630, "c.ns")
	list := func(function string, limit int) (out []string) {
		for d := range v.Decisions(function, limit) {
			out = append(out, fmt.Sprint(d.Function, d.Step))
		}
		return out
	}
	all := []string{"a.ns660", "b.ns660", "c.ns660", "c.ns630", "a.ns600", "b.ns600"}
	for limit := range len(all) + 2 {
		if got := list("", limit); !slices.Equal(got, all[:min(limit, len(all))]) {
			t.Errorf("at most %d: got %v", limit, got)
		}
	}
	if got := list("b.ns", 9); !slices.Equal(got, []string{"b.ns660", "b.ns600"}) {
		t.Errorf("of one function: got %v", got)
	}
	if got := list("x.ns", 9); got != nil {
		t.Errorf("of an unknown function: got %v", got)
	}
}

func TestFunctionsThatNewerMessagesDoNotNameAreDropped(t *testing.T) {
	v := New(9)
	v.AddWindows(660, windows(600, 1))
	last := int64(660 + goneSteps*60)
	decide(v, last, "b.ns")
	if _, known := v.Find("a.ns"); !known {
		t.Error("a was named goneSteps before the newest message: still known")
	}
	decide(v, last+60, "b.ns")
	if _, known := v.Find("a.ns"); known {
		t.Error("a was not named for longer than goneSteps")
	}
	if _, known := v.Find("b.ns"); !known {
		t.Error("b is in the newest message")
	}
}

func TestSinceReturnsWhatChangedAfterAVersion(t *testing.T) {
	v := New(9)
	decide(v, 600, "a.ns", "b.ns")
	first := v.Since(0)
	if !first.Full || len(first.Changed) != 2 {
		t.Fatalf("got %+v", first)
	}
	select {
	case <-first.Next:
		t.Error("nothing has changed yet")
	default:
	}
	decide(v, 660, "b.ns")
	<-first.Next
	if got := v.Since(first.Version); got.Full || len(got.Changed) != 1 || got.Changed[0] != "b.ns" {
		t.Errorf("got %+v", got)
	}
	for _, foreign := range []int64{-1, v.Since(0).Version + 1} {
		if got := v.Since(foreign); !got.Full || len(got.Changed) != 2 {
			t.Errorf("version %d is not of this view: got %+v", foreign, got)
		}
	}
}

func TestSinceNamesDroppedFunctions(t *testing.T) {
	v := New(2)
	decide(v, 600, "a.ns")
	decide(v, 660, "b.ns")
	at := v.Since(0).Version
	decide(v, 720, "c.ns")
	if got := v.Since(at); !slices.Equal(got.Gone, []string{"a.ns"}) {
		t.Errorf("got %+v", got)
	}
	// The memory for dropped functions is as long as the view. After more of them
	// a client with an old version gets everything.
	for i := range int64(3) {
		decide(v, 780+60*i, fmt.Sprintf("d%d.ns", i))
	}
	if got := v.Since(at); !got.Full || len(got.Changed) != 2 {
		t.Errorf("got %+v", got)
	}
}

func TestWakeEndsTheWaitWithoutAChange(t *testing.T) {
	v := New(9)
	decide(v, 600, "a.ns")
	before := v.Since(0)
	v.Wake()
	<-before.Next
	if got := v.Since(before.Version); got.Full || len(got.Changed) != 0 {
		t.Errorf("got %+v", got)
	}
}

func TestKindsHoldTheNewestStepOfEach(t *testing.T) {
	v := New(9)
	v.AddWindows(660, windows(600, 1))
	v.AddWindows(600, windows(540, 1))
	v.AddForecasts(720, &event.Forecasts{})
	decide(v, 780, "a.ns")
	decide(v, 600, "a.ns")
	if got := v.Kinds(); got != (Kinds{Windows: 660, Forecasts: 720}) || v.Newest() != 780 {
		t.Errorf("got %+v, %d", got, v.Newest())
	}
}

func TestNothingIsMeasuredIfNoFunctionHasItsLastStep(t *testing.T) {
	v := New(9)
	if v.Unmeasured() {
		t.Error("without windows, Unmeasured must be false")
	}
	v.AddWindows(720, windows(600, 1, series.NoData))
	if !v.Unmeasured() {
		t.Error("the last step of the only function has no data")
	}
	v.AddWindows(780, windows(600, 1, series.NoData, 0))
	if v.Unmeasured() {
		t.Error("a step without calls is measured")
	}
}

// A raise stands beside the decision of its step, newest first, and states what is wanted now.
func TestARaiseStandsBesideTheDecisionOfItsStep(t *testing.T) {
	v := New(9)
	at := func(seconds int64, trigger string, wanted int) {
		d := decision("a.ns", origin)
		d.Time, d.Trigger, d.Wanted, d.Mode = time.Unix(origin+seconds, 0), trigger, wanted, "active"
		v.AddDecisions(origin, &event.Decisions{Decisions: []event.Decision{d}})
	}
	at(30, event.TriggerWatch, 5)
	at(3, event.TriggerStep, 2)
	at(40, event.TriggerWatch, 7)
	at(40, event.TriggerWatch, 7) // delivered twice
	var wanted []int
	for d := range v.Decisions("", 9) {
		wanted = append(wanted, d.Wanted)
	}
	s, _ := v.Find("a.ns")
	if !slices.Equal(wanted, []int{7, 5, 2}) || *s.Summary(1).Wanted != 7 || s.lastOfStep().Wanted != 2 {
		t.Errorf("got %v, and %d for now", wanted, *s.Summary(1).Wanted)
	}
}
