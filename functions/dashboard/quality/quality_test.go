package quality

import (
	"math"
	"slices"
	"testing"

	"prewarm/functions/dashboard/history"
	"prewarm/shared/event"
	"prewarm/shared/series"
)

const origin = 1_790_000_040

// busy is the need of step i: calls come every fifth step.
func busy(i int) int32 {
	if i%5 == 0 {
		return 2
	}
	return 0
}

// replay gives the tracker a forecast for each of n steps. It predicts 0.8 for
// the steps that become active and 0.1 for the others.
func replay(t *Tracker, n int) {
	var h history.History
	var needs []int32
	for i := range n {
		needs = append(needs, busy(i))
		f := event.Forecast{Origin: origin + 60*int64(i+1), StepSeconds: 60, Observation: event.Observation{Recent: needs}}
		for step := range event.Horizons {
			p := event.Prob(0.1)
			if busy(i+1+step) > 0 {
				p = 0.8
			}
			f.PActive = append(f.PActive, p)
			f.NeedQ50, f.NeedQ95 = append(f.NeedQ50, 0), append(f.NeedQ95, 0)
		}
		t.Add(&h, &f)
		h.AddForecast(&f)
	}
}

func TestForecastsAreComparedWithObservations(t *testing.T) {
	tracker := NewTracker()
	replay(tracker, 41)
	got := tracker.Report(60)
	one := got.Total[0]
	// The first forecast has nothing to be compared with: 41 - 1 comparisons.
	if one.Lead != 1 || one.Forecasts != 40 || *one.AveragePrecision != 1 || *one.BaseRate != 0.2 {
		t.Errorf("got %+v", one)
	}
	// Eight of ten steps are 0.1 too high, two of ten 0.2 too low.
	if want := 0.8*0.1 + 0.2*0.2; math.Abs(*one.CalibrationError-want) > 1e-3 {
		t.Errorf("got %v, want %v", *one.CalibrationError, want)
	}
	if len(one.Calibration) != 2 || one.Calibration[1].Observed != 1 || one.Calibration[1].Forecasts != 8 {
		t.Errorf("got %+v", one.Calibration)
	}
	if len(got.Hours) == 0 || got.Hours[0].Begin%3600 != 0 {
		t.Errorf("got %+v", got.Hours)
	}
}

func TestAStepIsCountedOnce(t *testing.T) {
	tracker := NewTracker()
	var h history.History
	f := event.Forecast{Origin: origin, StepSeconds: 60, PActive: []event.Prob{0.5}, NeedQ50: []int32{0}, NeedQ95: []int32{0}}
	h.AddForecast(&f)
	next := event.Forecast{Origin: origin + 60, StepSeconds: 60, Observation: event.Observation{Recent: []int32{1}}}
	for range 3 { // the message is delivered again
		tracker.Add(&h, &next)
		h.AddForecast(&next)
	}
	if got := tracker.Report(60).Total[0].Forecasts; got != 1 {
		t.Errorf("got %d comparisons", got)
	}
}

func TestAnUnknownNeedIsNotCompared(t *testing.T) {
	tracker := NewTracker()
	var h history.History
	for i := range int64(3) {
		f := event.Forecast{
			Origin: origin + 60*i, StepSeconds: 60, PActive: []event.Prob{0.5}, NeedQ50: []int32{0}, NeedQ95: []int32{0},
			Observation: event.Observation{Recent: []int32{1, -1, -1}},
		}
		tracker.Add(&h, &f)
		h.AddForecast(&f)
	}
	if got := tracker.Report(60).Total[0].Forecasts; got != 0 {
		t.Errorf("got %d comparisons", got)
	}
}

// late gives the tracker forecasts of a store that lags: the last step of each is
// provisional, and a step of forecast gap, counted from 0, is not measured for some more.
func late(t *Tracker, n, gap, more int) {
	var h history.History
	var needs []int32
	for i := range n {
		needs = append(needs, 0)
		f := event.Forecast{
			Origin: origin + 60*int64(i+1), StepSeconds: 60, PActive: []event.Prob{0.5}, NeedQ50: []int32{0}, NeedQ95: []int32{0},
			Observation: event.Observation{Recent: slices.Clone(needs), Provisional: true, Estimated: []series.Span{{i, i + 1}}},
		}
		if i > gap && i <= gap+more {
			f.Recent[gap] = series.NoData
		}
		t.Add(&h, &f)
		h.AddForecast(&f)
	}
}

// Of 20 steps, the first has no prediction and the last is provisional.
func TestAProvisionalStepIsComparedOnceItHasSettled(t *testing.T) {
	for _, c := range []struct {
		story string
		more  int
		want  uint32
	}{{"the next forecast has it", 0, 18}, {"the fifth has it", 3, 18}, {"it settles too late", 4, 17}} {
		tracker := NewTracker()
		late(tracker, 20, 10, c.more)
		if got := tracker.Report(60).Total[0].Forecasts; got != c.want {
			t.Errorf("%s: got %d comparisons, want %d", c.story, got, c.want)
		}
	}
}

// Scrapes are further apart than a step: the calls of three steps are divided among them.
func TestASpreadStepIsNeverCompared(t *testing.T) {
	tracker := NewTracker()
	var h history.History
	for i := range int64(9) {
		f := event.Forecast{
			Origin: origin + 60*i, StepSeconds: 60, PActive: []event.Prob{0.5}, NeedQ50: []int32{0}, NeedQ95: []int32{0},
			Observation: event.Observation{Recent: []int32{1, 1, 1}, Estimated: []series.Span{{0, 3}}},
		}
		tracker.Add(&h, &f)
		h.AddForecast(&f)
	}
	if got := tracker.Report(60).Total[0].Forecasts; got != 0 {
		t.Errorf("got %d comparisons", got)
	}
}

func TestMeasuresWithoutPredictionsAreNil(t *testing.T) {
	got := NewTracker().Report(60)
	for _, s := range got.Total {
		if s.AveragePrecision != nil || s.BaseRate != nil || s.CalibrationError != nil || s.Forecasts != 0 || s.Calibration == nil {
			t.Errorf("got %+v", s)
		}
	}
	if got.Hours == nil || len(got.Hours) != 0 {
		t.Errorf("got %v", got.Hours)
	}
}

// Ranking 0.9 active, 0.5 not, 0.4 active, 0.1 not: AP = 1/2 * 1 + 1/2 * 2/3, as
// scikit-learn's average_precision_score gives.
func TestAveragePrecisionIsThatOfScikitLearn(t *testing.T) {
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

func TestCertainPredictionsHaveABin(t *testing.T) {
	var h histogram
	h.add(0, false)
	h.add(1, true)
	if n, active := h.totals(); n != 2 || active != 1 || h.averagePrecision() != 1 || h.calibrationError() != 0 {
		t.Errorf("got %d, %d, AP %v, error %v", n, active, h.averagePrecision(), h.calibrationError())
	}
}

func TestOldHoursAreDropped(t *testing.T) {
	tracker := NewTracker()
	for i := range int64(2 * keptHours) {
		tracker.hour(i)[0].add(0.5, true)
	}
	if len(tracker.hours) != keptHours || tracker.hours[keptHours-1] != nil {
		t.Errorf("got %d hours", len(tracker.hours))
	}
}
