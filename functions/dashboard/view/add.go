package view

import (
	"cmp"
	"slices"

	"prewarm/functions/dashboard/history"
	"prewarm/shared/event"
	"prewarm/shared/series"
)

// mark stores the step of the newest message of a kind.
func (v *View) mark(kind *int64, step int64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	*kind = max(*kind, step)
}

// AddWindows adds a batch of windows. A window that ends before the known one of
// its function is ignored.
func (v *View) AddWindows(step int64, batch *event.Windows) {
	v.mark(&v.kinds.Windows, step)
	for _, w := range batch.Windows {
		v.update(w.Function, step, w.End(), func(s *State) {
			// Equal ends are taken: a window that is sent again may have steps that
			// arrived late.
			if w.End() >= s.Window.End() {
				s.Window, s.InFlight, s.Peak, s.Note = join(s.Window, w.Window), w.InFlight, w.Peak, w.Note
			}
		})
	}
}

// join returns the counts of last followed by those of next. If both know a step, the
// count of next is taken. If their steps differ in length, or if there is a gap between
// them, join returns next alone.
func join(last, next series.Window) series.Window {
	// Nothing shows them, and they would triple the memory of a window.
	next.Errors, next.BusySeconds, next.Running = nil, nil, nil
	if len(last.Counts) > 0 && last.StepSeconds == next.StepSeconds && last.Start < next.Start && next.Start <= last.End() {
		kept := int((next.Start - last.Start) / int64(last.StepSeconds))
		steps := kept + len(next.Counts)
		next.Start, next.Counts = last.Start, slices.Concat(last.Counts[:kept], next.Counts)
		next.Spread = joinSpans(last.Spread, next.Spread, kept, steps)
		next.AtLeast = joinSpans(last.AtLeast, next.AtLeast, kept, steps)
	}
	return next.Tail(history.MaxSteps)
}

// joinSpans returns the spans of the first kept steps of last, followed by those of next.
func joinSpans(last, next []series.Span, kept, steps int) []series.Span {
	return series.Spans(steps, func(i int) bool {
		return i < kept && series.Within(last, i) || i >= kept && series.Within(next, i-kept)
	})
}

// AddForecasts adds a batch of forecasts to the history of each function, and
// keeps the forecast with the newest origin.
func (v *View) AddForecasts(step int64, batch *event.Forecasts) {
	v.mark(&v.kinds.Forecasts, step)
	for _, f := range batch.Forecasts {
		v.update(f.Function, step, f.Origin, func(s *State) {
			v.quality.Add(s.history, &f) // before the history knows the need of the last step
			s.history.AddForecast(&f)
			s.SetBacks = s.history.SetBacks(history.HourSteps)
			if s.Forecast == nil || f.Origin >= s.Forecast.Origin {
				s.Forecast, s.Model = &f, batch.Model
			}
		})
	}
}

// AddDecisions adds a batch of decisions. Of several decisions for one step it
// keeps the last, and beside it the raises within the step.
func (v *View) AddDecisions(step int64, batch *event.Decisions) {
	for _, d := range batch.Decisions {
		v.update(d.Function, step, d.Step, func(s *State) {
			s.history.AddDecision(&d)
			s.SetBacks = s.history.SetBacks(history.HourSteps)
			s.Decisions = insert(s.Decisions, d, v.decisions())
		})
	}
}

// decisions returns how many decisions are kept of each function.
func (v *View) decisions() int {
	return max(minDecisions, min(maxDecisions, allDecisions/max(1, len(v.states))))
}

// insert returns a copy of the first most decisions of list, newest first, with d in it.
func insert(list []event.Decision, d event.Decision, most int) []event.Decision {
	// Copies of the state that were handed out share the old list.
	list = slices.Clone(list)
	if same := slices.IndexFunc(list, func(o event.Decision) bool { return replaces(d, o) }); same >= 0 {
		if list[same].Time.After(d.Time) {
			return list
		}
		list = slices.Delete(list, same, same+1)
	}
	at, _ := slices.BinarySearchFunc(list, d, func(o, d event.Decision) int {
		return cmp.Or(cmp.Compare(d.Step, o.Step), d.Time.Compare(o.Time))
	})
	list = slices.Insert(list, at, d)
	return slices.Clip(list[:min(len(list), most)])
}

// replaces reports whether one of two decisions of a function stands for both: there is one
// for each step, and beside it one for each moment of a raise.
func replaces(d, o event.Decision) bool {
	return d.Step == o.Step && d.Trigger == o.Trigger && (d.OfStep() || d.Time.Equal(o.Time))
}
