// Package history keeps the last hours of one function step by step: what was
// needed, what was decided, and what had been predicted for the step.
//
// The needs and predictions come from forecasts, the replicas from decisions.
// Both name their step, so that late and repeated messages do no harm.
package history

import (
	"prewarm/shared/event"
	"prewarm/shared/series"
)

const (
	// HourSteps is the number of steps in an "hour of steps": an hour if a step
	// is a minute.
	HourSteps = 60
	// MaxSteps bounds the steps that are kept of a function.
	MaxSteps = 6 * HourSteps
)

// Leads are the distances, in steps, between a forecast and the step that it
// predicts, for which predictions are kept. Lead 1 is the first forecast step.
var Leads = [...]int{1, 5, 15, 30, 60}

// History is a ring of the last MaxSteps steps and of the event.Horizons steps
// that forecasts reach. The zero value is empty and ready to use. It must not be
// used by several goroutines at a time.
type History struct {
	stepSeconds int64 // length of a step, 0 before the first forecast
	ring        [ringBlocks]*block
	newest      int64    // begin of the newest step with a decision or a need
	controllers []string // that undid decisions: names by index, from 1
}

// Settled reports whether step i of f.Recent was measured, as a whole and for this step
// alone.
func Settled(f *event.Forecast, i int) bool {
	provisional := f.Provisional && i == len(f.Recent)-1
	return f.Recent[i] != series.NoData && !provisional && !series.Within(f.Estimated, i)
}

// AddForecast stores the needs that f starts from, and its predictions at each
// lead.
func (h *History) AddForecast(f *event.Forecast) {
	h.addNeeds(f)
	h.addPredictions(f)
}

// addNeeds stores the needs of the steps before the origin.
func (h *History) addNeeds(f *event.Forecast) {
	seconds := int64(f.StepSeconds)
	for i, n := range f.Recent {
		step := f.Origin - int64(len(f.Recent)-i)*seconds
		p, measured := h.at(step, seconds), Settled(f, i)
		// An estimate does not replace a measurement.
		if p.block == nil || n == series.NoData || p.get(settled) == 1 && !measured {
			continue
		}
		p.set(need, clip(int(n)))
		if measured {
			p.set(settled, 1)
		}
		h.newest = max(h.newest, step)
	}
}

// addPredictions stores what f predicts at each lead.
func (h *History) addPredictions(f *event.Forecast) {
	seconds := int64(f.StepSeconds)
	for i, lead := range Leads {
		// A forecast without enough evidence has no probabilities.
		if len(f.PActive) < lead {
			continue
		}
		if p := h.at(f.Origin+int64(lead-1)*seconds, seconds); p.block != nil {
			p.set(chance+i, units(f.PActive[lead-1]))
			p.set(q50+i, clip(int(f.NeedQ50[lead-1])))
			p.set(q95+i, clip(int(f.NeedQ95[lead-1])))
		}
	}
}

// AddDecision stores the replicas of d. It ignores d before the first forecast:
// the length of a step is not known then.
func (h *History) AddDecision(d *event.Decision) {
	if h.stepSeconds == 0 {
		return
	}
	if !d.OfStep() {
		h.raise(d)
		return
	}
	// Rounded down to the grid of steps, as forecasts have them.
	step := d.Step - d.Step%h.stepSeconds
	p := h.at(step, h.stepSeconds)
	if p.block == nil {
		return
	}
	p.set(available, clip(d.Available))
	p.set(current, clip(d.Current))
	p.set(wanted, clip(d.Wanted))
	p.set(applied, clip(d.Applied))
	p.set(observed, clip(d.Observed))
	p.set(notReady, max(0, clip(d.Inputs.NotReady)))
	if d.Inputs.Max > 0 {
		p.set(limit, clip(d.Inputs.Max))
	}
	p.set(setBack, 0)
	if d.SetBack != nil {
		p.set(setBack, h.controller(d.SetBack.By))
	}
	h.newest = max(h.newest, step)
}

// raise adds the replicas of a raise between two steps to those after the decision of its
// step. Without such a decision it does nothing: a later one has these replicas in it.
func (h *History) raise(d *event.Decision) {
	p := h.at(d.Step-d.Step%h.stepSeconds, h.stepSeconds)
	if p.block == nil || p.get(wanted) < 0 {
		return
	}
	before, after := first(p.get(observed), p.get(applied), p.get(current)), first(clip(d.Observed), clip(d.Applied))
	if after > before {
		p.set(observed, after)
		p.set(notReady, p.get(notReady)+after-before)
	}
}

// first returns the first number that is known, else unknown.
func first(numbers ...int16) int16 {
	for _, n := range numbers {
		if n >= 0 {
			return n
		}
	}
	return unknown
}

// Predicted returns the probability of a call that was predicted at each lead
// for a step, negative if there was no prediction. The result is nil if the
// need of the step has settled already, or if the step is not kept: a step is
// compared with its predictions once, when its need settles.
func (h *History) Predicted(step, stepSeconds int64) *[len(Leads)]float32 {
	if step < 0 || h.stepSeconds != stepSeconds {
		return nil
	}
	p := h.at(step, stepSeconds)
	if p.block == nil || p.get(settled) == 1 {
		return nil
	}
	return p.chances()
}
