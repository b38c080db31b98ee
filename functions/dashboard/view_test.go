package dashboard

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"prewarm/shared/event"
	"prewarm/shared/series"
)

func windows(start int64, counts ...int32) *event.Windows {
	return &event.Windows{Windows: []event.FunctionWindow{{
		Function: "a.ns", InFlight: -1, Concurrency: 1, Window: series.Window{StepSeconds: 60, Start: start, Counts: counts},
	}}}
}

func TestWindowsOfAFunctionAreJoined(t *testing.T) {
	v := newView(9)
	for _, c := range []struct {
		story string
		batch *event.Windows
		start int64
		want  []int32
	}{
		{"the first window is taken as it is", windows(600, 1, 2, 3), 600, []int32{1, 2, 3}},
		{"one more step is put behind it", windows(780, 4), 600, []int32{1, 2, 3, 4}},
		{"an overlap says what is right", windows(720, 9, 9, 5), 600, []int32{1, 2, 9, 9, 5}},
		{"an older window changes nothing", windows(600, 7), 600, []int32{1, 2, 9, 9, 5}},
		{"the same end replaces what is known", windows(840, 6), 600, []int32{1, 2, 9, 9, 6}},
		{"after a hole the new window stands alone", windows(6000, 8), 6000, []int32{8}},
		{"a longer window replaces all", windows(5940, 1, 1, 1), 5940, []int32{1, 1, 1}},
	} {
		v.addWindows(c.batch.Windows[0].End(), c.batch)
		r, _ := v.one("a.ns")
		if r.window.Start != c.start || !slices.Equal(r.window.Counts, c.want) {
			t.Errorf("%s: got %d %v", c.story, r.window.Start, r.window.Counts)
		}
	}
}

func TestAWindowIsBounded(t *testing.T) {
	v := newView(9)
	for i := range int64(2 * maxSteps) {
		v.addWindows((i+1)*60, windows(i*60, int32(i)))
	}
	if r, _ := v.one("a.ns"); len(r.window.Counts) != maxSteps || r.calls() != 2*maxSteps-1 {
		t.Errorf("got %d steps, the last with %d calls", len(r.window.Counts), r.calls())
	}
}

func TestACopyOfARecordDoesNotChange(t *testing.T) {
	v := newView(9)
	v.addWindows(780, windows(600, 1, 2, 3))
	v.addDecisions(600, &event.Decisions{Decisions: []event.Decision{decision("a.ns", 600)}})
	before, _ := v.one("a.ns")
	v.addWindows(840, windows(660, 7, 7, 7))
	v.addDecisions(660, &event.Decisions{Decisions: []event.Decision{decision("a.ns", 660)}})
	if !slices.Equal(before.window.Counts, []int32{1, 2, 3}) || before.latest().Step != 600 {
		t.Errorf("got %v, %v", before.window.Counts, before.latest())
	}
}

func TestAnOlderForecastDoesNotReplaceANewerOne(t *testing.T) {
	v := newView(9)
	late, early := forecast("a.ns"), forecast("a.ns")
	early.Origin -= 60
	v.addForecasts(origin, &event.Forecasts{Model: "m2", Forecasts: []event.Forecast{late}})
	v.addForecasts(origin-60, &event.Forecasts{Model: "m1", Forecasts: []event.Forecast{early}})
	if r, _ := v.one("a.ns"); r.forecast.Origin != origin || r.model != "m2" {
		t.Errorf("got %d of %s", r.forecast.Origin, r.model)
	}
}

func TestDecisionsAreNewestFirstAndOneForAStep(t *testing.T) {
	v := newView(9)
	add := func(step int64, late time.Duration, wanted int) {
		d := decision("a.ns", step)
		d.Time, d.Wanted = d.Time.Add(late), wanted
		v.addDecisions(step, &event.Decisions{Decisions: []event.Decision{d}})
	}
	add(600, 0, 1)
	add(720, 0, 3)
	add(660, 0, 2)              // arrives late
	add(720, time.Second, 4)    // decided again
	add(720, -time.Second/2, 9) // an earlier try of the same step
	r, _ := v.one("a.ns")
	var got []int
	for _, d := range r.decisions {
		got = append(got, d.Wanted)
	}
	if !slices.Equal(got, []int{4, 2, 1}) {
		t.Errorf("got %v", got)
	}
	for i := range int64(2 * maxDecisions) {
		add(6000+60*i, 0, int(i))
	}
	if r, _ := v.one("a.ns"); len(r.decisions) != maxDecisions || r.latest().Wanted != 2*maxDecisions-1 {
		t.Errorf("got %d decisions, the newest wants %d", len(r.decisions), r.latest().Wanted)
	}
}

func TestTheViewIsBoundedAndTheLongestSilentGoes(t *testing.T) {
	v := newView(3)
	for i := range int64(5) {
		v.addDecisions(600+i, &event.Decisions{Decisions: []event.Decision{decision(fmt.Sprintf("f%d.ns", i), 600)}})
	}
	all, _ := v.snapshot("")
	if len(all) != 3 || all[0].name != "f2.ns" || all[2].name != "f4.ns" {
		t.Errorf("got %v", all)
	}
}

func TestDeletedFunctionsAreForgottenButSilenceIsNot(t *testing.T) {
	v := newView(9)
	v.addWindows(660, windows(600, 1))
	last := int64(660 + goneSteps*60)
	v.addDecisions(last, &event.Decisions{Decisions: []event.Decision{decision("b.ns", last)}})
	if _, ok := v.one("a.ns"); !ok {
		t.Error("a was in a message less than goneSteps before the newest one")
	}
	v.addDecisions(last+60, &event.Decisions{Decisions: []event.Decision{decision("b.ns", last+60)}})
	if _, ok := v.one("a.ns"); ok {
		t.Error("a was missing for longer than goneSteps")
	}
	if _, ok := v.one("b.ns"); !ok {
		t.Error("b is what spoke last")
	}
}

func TestTheChanceOfSeveralStepsIsThatOfAnyOfThem(t *testing.T) {
	r := record{forecast: &event.Forecast{PActive: []event.Prob{0.5, 0.5, 1}}}
	if p, ok := r.chance(2); !ok || p != 0.75 {
		t.Errorf("1 - 0.5 * 0.5 is 0.75, got %v, %v", p, ok)
	}
	if p, _ := r.chance(9); p != 1 {
		t.Errorf("one of them is certain, got %v", p)
	}
	if _, ok := (&record{forecast: &event.Forecast{NoData: "too short"}}).chance(2); ok {
		t.Error("without a forecast there is no chance to state")
	}
}
