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
	ring        []entry
	newest      int64    // begin of the newest step with a decision or a need
	controllers []string // that undid decisions: names by index, from 1
}

// ringSteps has room for the kept steps and for those that a forecast predicts.
const ringSteps = MaxSteps + event.Horizons

// at returns the entry of a step, nil if its place in the ring holds a newer step, or if the
// step lies before 1970. If the length of a step has changed, the history is cleared: steps
// of different lengths do not fit on one axis.
func (h *History) at(step, stepSeconds int64) *entry {
	if stepSeconds != h.stepSeconds || h.ring == nil {
		*h = History{stepSeconds: stepSeconds, ring: make([]entry, ringSteps)}
	}
	if step < 0 {
		return nil
	}
	// The place depends on the step alone. A newer step overwrites the one that lies
	// a whole ring before it.
	e := &h.ring[(step/stepSeconds)%ringSteps]
	if e.step > step {
		return nil
	}
	if e.step < step {
		*e = newEntry(step)
	}
	return e
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
	seconds := int64(f.StepSeconds)
	for i, need := range f.Recent {
		step := f.Origin - int64(len(f.Recent)-i)*seconds
		e, settled := h.at(step, seconds), Settled(f, i)
		// An estimate does not replace a measurement.
		if e == nil || need == series.NoData || e.settled && !settled {
			continue
		}
		e.need, e.settled = clip(int(need)), settled
		h.newest = max(h.newest, step)
	}
	for i, lead := range Leads {
		// A forecast without enough evidence has no probabilities.
		if len(f.PActive) < lead {
			continue
		}
		if e := h.at(f.Origin+int64(lead-1)*seconds, seconds); e != nil {
			e.chance[i], e.q50[i], e.q95[i] = float32(f.PActive[lead-1]), clip(int(f.NeedQ50[lead-1])), clip(int(f.NeedQ95[lead-1]))
		}
	}
}

// AddDecision stores the replicas of d. It ignores d before the first forecast:
// the length of a step is not known then.
func (h *History) AddDecision(d *event.Decision) {
	if h.stepSeconds == 0 {
		return
	}
	// Rounded down to the grid of steps, as forecasts have them.
	if e := h.at(d.Step-d.Step%h.stepSeconds, h.stepSeconds); e != nil {
		e.available = clip(d.Available)
		e.current, e.wanted, e.applied, e.observed = clip(d.Current), clip(d.Wanted), clip(d.Applied), clip(d.Observed)
		e.notReady = max(0, clip(d.Inputs.NotReady))
		if d.Inputs.Max > 0 {
			e.limit = clip(d.Inputs.Max)
		}
		e.setBack = 0
		if d.SetBack != nil {
			e.setBack = h.controller(d.SetBack.By)
		}
		h.newest = max(h.newest, e.step)
	}
}

// Predicted returns the probability of a call that was predicted at each lead
// for a step, negative if there was no prediction. The result is nil if the
// need of the step has settled already, or if the step is not kept: a step is
// compared with its predictions once, when its need settles.
func (h *History) Predicted(step, stepSeconds int64) *[len(Leads)]float32 {
	if step < 0 || h.stepSeconds != stepSeconds {
		return nil
	}
	e := h.at(step, stepSeconds)
	if e == nil || e.settled {
		return nil
	}
	return &e.chance
}

// Forget drops the steps that begin after latest, in Unix seconds, also those that are only
// predicted. They come from a clock that ran ahead, and would keep out the true steps until
// then.
func (h *History) Forget(latest int64) {
	h.newest = 0
	for i := range h.ring {
		e := &h.ring[i]
		switch {
		case e.step > latest:
			*e = entry{}
		case e.need >= 0 || e.wanted >= 0:
			h.newest = max(h.newest, e.step)
		}
	}
}

// entries returns the steps up to the newest, oldest first and without holes,
// from the first step with a need or a decision.
func (h *History) entries() []entry {
	var out []entry
	// newest is 0 before the first need or decision: the result is then empty.
	for i := int64(MaxSteps) - 1; i >= 0 && h.newest > 0; i-- {
		step := h.newest - i*h.stepSeconds
		if step < 0 {
			continue
		}
		e := h.ring[(step/h.stepSeconds)%ringSteps]
		// The place still holds an older step, or none: this step is a hole.
		if e.step != step {
			e = newEntry(step)
		}
		if len(out) > 0 || e.need >= 0 || e.wanted >= 0 {
			out = append(out, e)
		}
	}
	return out
}
