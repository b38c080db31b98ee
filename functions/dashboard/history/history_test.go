package history

import (
	"math"
	"slices"
	"testing"

	"prewarm/shared/event"
	"prewarm/shared/series"
)

const origin = 1_790_000_040 // a whole minute

// constant returns a forecast with the same prediction for every step.
func constant(at int64, p event.Prob, need int32, recent ...int32) *event.Forecast {
	f := &event.Forecast{Function: "a.ns", Origin: at, StepSeconds: 60, Observation: event.Observation{Recent: recent}}
	for range event.Horizons {
		f.PActive = append(f.PActive, p)
		f.NeedQ50, f.NeedQ95 = append(f.NeedQ50, need), append(f.NeedQ95, need+1)
	}
	return f
}

func TestStepsBefore1970HaveNoPlace(t *testing.T) {
	var h History
	h.AddForecast(constant(120, 0.5, 1, 7, 8, 9))
	h.AddDecision(&event.Decision{Step: -60})
	if got := h.Columns(); !slices.Equal(got.Step, []int64{0, 60}) || !slices.Equal(got.Need, []int16{8, 9}) {
		t.Errorf("got %+v", got)
	}
}

// A clock that ran ahead has named steps that are not there yet.
func TestWhatLiesAheadCanBeForgotten(t *testing.T) {
	var h History
	h.AddForecast(constant(origin, 0.5, 1, 2))
	h.AddForecast(constant(origin+3600, 0.9, 9, 9))
	h.Forget(origin)
	h.AddForecast(constant(origin+60, 0.5, 1, 3))
	got := h.Columns()
	if !slices.Equal(got.Step, []int64{origin - 60, origin}) || !slices.Equal(got.Need, []int16{2, 3}) {
		t.Errorf("got %+v", got)
	}
	if p := got.Predictions[0].Chance[1]; p != 0.5 {
		t.Errorf("the prediction for a step that has begun stays, got %v", p)
	}
}

// Each forecast predicts its own number, so that a column shows which forecast
// its values came from.
func TestPredictionsStandAtTheStepThatTheyWereMadeFor(t *testing.T) {
	var h History
	for i := range int64(40) {
		h.AddForecast(constant(origin+60*i, event.Prob(i)/100, int32(i), 2))
	}
	got := h.Columns()
	at := slices.Index(got.Step, origin+20*60)
	if len(got.Step) != 40 || got.Step[0] != origin-60 || got.Need[at] != 2 {
		t.Fatalf("%d steps from %d, need %d", len(got.Step), got.Step[0], got.Need[at])
	}
	for i, lead := range Leads {
		made := 21 - lead // index of the forecast that is lead steps before the end of the step
		p := got.Predictions[i]
		switch {
		case made < 0 && (p.Chance[at] != -1 || p.Q50[at] != -1):
			t.Errorf("lead %d: there was no forecast, got %v", lead, p.Chance[at])
		case made >= 0 && (math.Abs(float64(p.Chance[at])-float64(made)/100) > 1e-6 || p.Q50[at] != int16(made) || p.Q95[at] != int16(made+1)):
			t.Errorf("lead %d: got %v, %d, %d of forecast %d", lead, p.Chance[at], p.Q50[at], p.Q95[at], made)
		}
	}
}

func TestColdStartsOfAStep(t *testing.T) {
	for _, c := range []struct {
		story                                            string
		need, current, applied, observed, maximum, count int
	}{
		{"the gateway has three of four", 4, 1, 3, 3, 9, 1},
		{"without an answer the applied count stands", 4, 1, 3, -1, 9, 1},
		{"nothing was applied: the replicas before", 4, 1, -1, -1, 9, 3},
		{"more than needed", 1, 3, -1, -1, 9, 0},
		{"above the limit calls wait in line", 9, 4, -1, 4, 5, 1},
		{"a limit of 0 is no limit", 9, 4, -1, 4, 0, 5},
		{"an unknown need", -1, 4, -1, 4, 5, -1},
	} {
		var h History
		h.AddForecast(constant(origin+60, 0, 0, int32(c.need)))
		h.AddDecision(&event.Decision{Step: origin, Current: c.current, Applied: c.applied, Observed: c.observed, Inputs: event.Inputs{Max: c.maximum}})
		if got := h.Columns().Cold; len(got) != 1 || int(got[0]) != c.count {
			t.Errorf("%s: got %v, want %d", c.story, got, c.count)
		}
	}
}

// A lower bound is shown, and no cold start is counted with it, until the step settles. A
// later estimate does not replace the measurement.
func TestAnEstimateIsShownAndNotCounted(t *testing.T) {
	var h History
	estimate := func(need int32, provisional bool, estimated ...series.Span) {
		f := constant(origin+60, 0, 0, need)
		f.Provisional, f.Estimated = provisional, estimated
		h.AddForecast(f)
	}
	expect := func(story string, need, cold int16, estimated bool) {
		t.Helper()
		got := h.Columns()
		if got.Need[0] != need || got.Cold[0] != cold || got.Estimated[0] != estimated {
			t.Errorf("%s: got %+v", story, got)
		}
	}
	estimate(2, true, series.Span{0, 1})
	h.AddDecision(&event.Decision{Step: origin, Current: 1, Applied: -1, Observed: -1})
	expect("at least two are needed", 2, -1, true)
	estimate(3, false)
	expect("three were needed", 3, 2, false)
	estimate(1, false, series.Span{0, 1})
	expect("the steps are divided anew", 3, 2, false)
}

func TestTheHistoryIsBoundedAndStartsAnewWithTheStepLength(t *testing.T) {
	var h History
	f := constant(origin, 0.5, 1, 1, 0, 1)
	for i := range int64(2 * ringBlocks * blockSteps) {
		f.Origin = origin + 60*i
		h.AddForecast(f)
	}
	if got := h.Columns().Step; len(got) != MaxSteps || got[len(got)-1] != f.Origin-60 {
		t.Errorf("got %d steps", len(got))
	}
	f.StepSeconds = 10
	h.AddForecast(f)
	if got := h.Columns().Step; len(got) != 3 || got[2]-got[1] != 10 {
		t.Errorf("after the change of the step: %v", got)
	}
}

func TestALateForecastDoesNotOverwriteANewerRound(t *testing.T) {
	var h History
	h.AddForecast(constant(origin+60*ringBlocks*blockSteps, 0.5, 1, 3))
	before := h.Columns()
	h.AddForecast(constant(origin, 0.9, 9, 9))
	if after := h.Columns(); !slices.Equal(after.Step, before.Step) || !slices.Equal(after.Need, before.Need) {
		t.Errorf("got %v", after)
	}
}

func TestADecisionBeforeTheFirstForecastIsIgnored(t *testing.T) {
	var h History
	h.AddDecision(&event.Decision{Step: origin, Wanted: 1})
	if got := h.Columns(); len(got.Step) != 0 || got.Step == nil || len(got.Predictions) != len(Leads) {
		t.Errorf("got %+v", got)
	}
}

func TestAStepIsComparedUntilItsNeedIsKnown(t *testing.T) {
	var h History
	if h.Predicted(origin, 60) != nil {
		t.Error("nothing was predicted")
	}
	h.AddForecast(constant(origin, 0.25, 1))
	got := h.Predicted(origin, 60)
	if got == nil || got[0] != 0.25 || got[1] != -1 {
		t.Fatalf("the first step was predicted at lead 1 alone, got %v", got)
	}
	if h.Predicted(origin, 10) != nil || h.Predicted(-60, 60) != nil {
		t.Error("steps of another length, or before 1970, have no predictions")
	}
	h.AddForecast(constant(origin+60, 0.25, 1, 0))
	if h.Predicted(origin, 60) != nil {
		t.Error("the need is known: a second comparison would count the step twice")
	}
}

// Two replicas are decided on, and a burst within the step raises to five. A raise before the
// decision is in its replicas.
func TestARaiseAddsToTheReplicasOfItsStep(t *testing.T) {
	h := &History{}
	h.AddForecast(constant(6000, 1, 2, 2, 2))
	raise := event.Decision{Step: 6000, Current: 2, Wanted: 5, Applied: 5, Observed: 4, Trigger: event.TriggerWatch}
	h.AddDecision(&raise)
	if e := h.entries(); e[len(e)-1].get(wanted) >= 0 {
		t.Error("the raise counts as the decision of its step")
	}
	h.AddDecision(&event.Decision{Step: 6000, Current: 1, Wanted: 2, Applied: 2, Observed: -1, Inputs: event.Inputs{NotReady: 1}})
	h.AddDecision(&raise)
	h.AddDecision(&raise)
	all := h.entries()
	if e := all[len(all)-1]; e.get(wanted) != 2 || e.warm() != 4 || e.get(notReady) != 3 {
		t.Errorf("wanted %d, %d replicas, %d not ready", e.get(wanted), e.warm(), e.get(notReady))
	}
}
