// Package quality measures how good the forecasts were: it compares the
// predicted probability of a call with what was observed, at several leads.
package quality

import (
	"maps"

	"prewarm/functions/dashboard/history"
	"prewarm/shared/event"
)

// keptHours bounds the hours of steps that are kept: a week.
const keptHours = 7 * 24

// Tracker counts predictions by hour of steps and lead. It must not be used by
// several goroutines at a time.
type Tracker struct {
	hours   map[int64]*[len(history.Leads)]histogram // by step / length of an hour of steps
	last    int64                                    // newest key of hours
	seconds int64                                    // length of an hour of steps, 0 before the first
}

// NewTracker returns a tracker without predictions.
func NewTracker() *Tracker { return &Tracker{hours: map[int64]*[len(history.Leads)]histogram{}} }

// Add compares the last steps of f, as far as they have settled with it, with the
// predictions for them: an estimate scores nothing, and a step that settles later is
// compared then, up to event.MaxSettled steps later. h is the history of the function
// before f is added: that is how Add knows which steps have settled before.
func (t *Tracker) Add(h *history.History, f *event.Forecast) {
	for i := max(0, len(f.Recent)-event.MaxSettled); i < len(f.Recent); i++ {
		if history.Settled(f, i) {
			t.compare(h, f.Origin-int64((len(f.Recent)-i)*f.StepSeconds), int64(f.StepSeconds), f.Recent[i] > 0)
		}
	}
}

// compare counts the predictions for a step, which was active or not.
func (t *Tracker) compare(h *history.History, step, seconds int64, active bool) {
	predicted := h.Predicted(step, seconds)
	if predicted == nil {
		return
	}
	// A negative probability means that no forecast with this lead was received.
	for i, p := range predicted {
		if p >= 0 {
			t.seconds = history.HourSteps * seconds
			t.hour(step / t.seconds)[i].add(float64(p), active)
		}
	}
}

// hour returns the histograms of an hour, and drops the hours that are too old.
func (t *Tracker) hour(index int64) *[len(history.Leads)]histogram {
	h := t.hours[index]
	if h == nil {
		h = &[len(history.Leads)]histogram{}
		t.hours[index] = h
		// Old hours are dropped only when a new one begins: the scan is rare, and
		// the map stays bounded.
		t.last = max(t.last, index)
		for old := range t.hours {
			if old <= t.last-keptHours {
				delete(t.hours, old)
			}
		}
	}
	return h
}

// Forget drops the hours that begin after latest, in Unix seconds.
func (t *Tracker) Forget(latest int64) {
	maps.DeleteFunc(t.hours, func(index int64, _ *[len(history.Leads)]histogram) bool { return index*t.seconds > latest })
	t.last = 0
	for index := range t.hours {
		t.last = max(t.last, index)
	}
}

// Report is the quality of the forecasts of all functions.
type Report struct {
	Total []Score `json:"total"` // over all kept hours, by lead
	Hours []Score `json:"hours"` // by hour of steps and lead, oldest first
}

// Score is the quality of the forecasts of one lead over some time. A measure
// that cannot be computed is nil.
type Score struct {
	Lead             int              `json:"lead"`              // steps ahead
	Begin            int64            `json:"begin"`             // Unix seconds, 0 for the total
	Forecasts        uint32           `json:"forecasts"`         // number of compared predictions
	BaseRate         *float64         `json:"base_rate"`         // share of active steps
	AveragePrecision *float64         `json:"average_precision"` // 1 is perfect; a random forecast has the base rate
	CalibrationError *float64         `json:"calibration_error"` // 0 is perfect
	Calibration      []CalibrationBin `json:"calibration,omitempty"`
}

// CalibrationBin compares predictions of similar probability with observations.
type CalibrationBin struct {
	Predicted float64 `json:"forecast"` // mean predicted probability
	Observed  float64 `json:"happened"` // share of active steps
	Forecasts uint32  `json:"forecasts"`
}

// newScore returns the measures of a histogram. begin is 0 for the total.
func newScore(lead int, begin int64, h *histogram) Score {
	n, active := h.totals()
	return Score{
		Lead: lead, Begin: begin, Forecasts: n, BaseRate: finite(float64(active) / float64(n)),
		AveragePrecision: finite(h.averagePrecision()), CalibrationError: finite(h.calibrationError()),
	}
}

// Report returns the quality so far. stepSeconds is the length of a step.
func (t *Tracker) Report(stepSeconds int64) Report { return Report{t.total(), t.byHour(stepSeconds)} }

// total returns the quality over all kept hours, by lead.
func (t *Tracker) total() []Score {
	var out []Score
	for i, lead := range history.Leads {
		var all histogram
		for _, hour := range t.hours {
			all.merge(&hour[i])
		}
		one := newScore(lead, 0, &all)
		one.Calibration = all.deciles()
		out = append(out, one)
	}
	return out
}

// byHour returns the quality of each hour and lead with a prediction, oldest first.
func (t *Tracker) byHour(stepSeconds int64) []Score {
	out := []Score{}
	// By index and not over the map: the order of time is the order of the answer.
	for index := t.last - keptHours + 1; index <= t.last; index++ {
		hour := t.hours[index]
		if hour == nil {
			continue
		}
		for i, lead := range history.Leads {
			if n, _ := hour[i].totals(); n > 0 {
				out = append(out, newScore(lead, index*history.HourSteps*stepSeconds, &hour[i]))
			}
		}
	}
	return out
}
