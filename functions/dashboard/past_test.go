package dashboard

import (
	"math"
	"slices"
	"testing"

	"prewarm/shared/event"
)

// history tells the dashboard of steps of a function, one by one: calls come
// every fifth step, and the forecasts say so with 80 %.
func history(d *Dashboard, name string, steps int) {
	needs := []int32{}
	for i := range steps {
		at := int64(origin + 60*i)
		needs = append(needs, busy(i))
		f := event.Forecast{Function: name, Origin: at + 60, StepSeconds: 60, Observation: event.Observation{Recent: slices.Clone(needs)}, Evidence: 9}
		for h := range event.Horizons {
			p, n := event.Prob(0.1), int32(0)
			if busy(i+1+h) > 0 {
				p, n = 0.8, 2
			}
			f.PActive, f.NeedQ50, f.NeedQ90 = append(f.PActive, p), append(f.NeedQ50, n), append(f.NeedQ90, n)
			f.NeedQ95, f.NeedQ99 = append(f.NeedQ95, n), append(f.NeedQ99, n)
		}
		d.view.addForecasts(at+60, &event.Forecasts{Model: "m", Forecasts: []event.Forecast{f}})
		made := decision(name, at+60)
		made.Inputs.RecentNeed, made.Current, made.Wanted, made.Applied = busy(i), 1, 1, -1
		batch := event.Decisions{Decisions: []event.Decision{made}}
		d.view.addDecisions(at+60, &batch)
		d.ledger.addDecisions(&batch)
	}
}

func busy(i int) int32 {
	if i%5 == 0 {
		return 2
	}
	return 0
}

func TestThePastHoldsWhatWasForecastAndWhatHappened(t *testing.T) {
	d := newFake(t, &fakeSource{})
	history(d, "a.ns", 40)
	past := d.view.pastOf("a.ns")
	if len(past.Step) != 41 || past.Step[0] != origin {
		t.Fatalf("got %d steps from %d", len(past.Step), past.Step[0])
	}
	at := slices.Index(past.Step, origin+20*60) // a step with calls
	if past.Need[at] != 2 || past.Wanted[at] != 1 || past.Reported[at] != 1 || past.Applied[at] != -1 || past.Cold[at] != 1 {
		t.Errorf("got need %d, wanted %d, reported %d, applied %d, cold %d", past.Need[at], past.Wanted[at], past.Reported[at], past.Applied[at], past.Cold[at])
	}
	for i, lead := range leads {
		chance := past.Forecasts[i].Chance[at]
		if lead <= 20 && math.Abs(float64(chance)-0.8) > 1e-6 {
			t.Errorf("%d steps before it was said 0.8, got %v", lead, chance)
		}
		if lead > 20 && chance != -1 {
			t.Errorf("nothing was said %d steps before, got %v", lead, chance)
		}
	}
	if last := len(past.Step) - 1; past.Need[last] != -1 || past.Wanted[last] != 1 {
		t.Errorf("the step that runs has a decision and no need yet: %d, %d", past.Wanted[last], past.Need[last])
	}
}

func TestThePastIsBoundedAndBeginsAnewWithTheStep(t *testing.T) {
	var p past
	f := forecast("a.ns")
	for i := range int64(2 * ringSteps) {
		f.Origin = origin + 60*i
		p.addForecast(&f)
	}
	if got := p.steps(); len(got) != maxSteps || got[len(got)-1].step != f.Origin-60 {
		t.Errorf("got %d steps", len(got))
	}
	f.StepSeconds = 10
	p.addForecast(&f)
	if got := p.steps(); len(got) != len(f.Recent) || p.seconds != 10 {
		t.Errorf("got %d steps of %d s", len(got), p.seconds)
	}
}

func TestADecisionWithoutAForecastIsLeftOut(t *testing.T) {
	var p past
	d := decision("a.ns", origin)
	p.addDecision(&d)
	if len(p.steps()) != 0 {
		t.Error("the length of a step is not known")
	}
}

func TestQualityIsThatOfForecastsAgainstWhatHappened(t *testing.T) {
	d := newFake(t, &fakeSource{})
	history(d, "a.ns", 41)
	got := d.view.qualityOf(60)
	one := got.Total[0]
	// Each forecast was right about which steps are active: 0.8 where 1, 0.1 where 0.
	if one.Lead != 1 || one.Forecasts != 40 || *one.AveragePrecision != 1 || *one.BaseRate != 0.2 {
		t.Errorf("got %+v", one)
	}
	if want := 0.8*0.1 + 0.2*0.2; math.Abs(*one.CalibrationError-want) > 1e-3 {
		t.Errorf("got %v, want %v", *one.CalibrationError, want)
	}
	if len(one.Calibration) != 2 || one.Calibration[1].Happened != 1 || one.Calibration[1].Forecasts != 8 {
		t.Errorf("got %+v", one.Calibration)
	}
	if len(got.Hours) == 0 || got.Hours[0].Begin%3600 != 0 {
		t.Errorf("got %+v", got.Hours)
	}
	if empty := newQuality().total()[0]; empty.AveragePrecision != nil || empty.Forecasts != 0 {
		t.Errorf("what cannot be computed is null: %+v", empty)
	}
}

// Ranking 0.9+, 0.5-, 0.4+, 0.1-: AP = 1/2 * 1 + 1/2 * 2/3, as scikit-learn's
// average_precision_score gives.
func TestAveragePrecisionIsThatOfTheRanking(t *testing.T) {
	var h histogram
	for _, f := range []struct {
		p      float64
		active bool
	}{{0.9, true}, {0.5, false}, {0.4, true}, {0.1, false}} {
		h.add(f.p, f.active)
	}
	if got, want := h.averagePrecision(), 0.5+0.5*2/3; math.Abs(got-want) > 1e-9 {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestOldHoursOfQualityAreDropped(t *testing.T) {
	q := newQuality()
	for i := range int64(2 * qualityHours) {
		q.hour(i)[0].add(0.5, true)
	}
	if len(q.hours) != qualityHours || q.hours[qualityHours-1] != nil {
		t.Errorf("got %d hours", len(q.hours))
	}
}
