package view

import (
	"slices"

	"prewarm/functions/dashboard/history"
	"prewarm/shared/event"
	"prewarm/shared/series"
)

// Forget drops what lies after latest, in Unix seconds, and reports whether there was
// anything. It comes from a clock that ran ahead, and would keep out the true messages until
// then.
func (v *View) Forget(latest int64) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.reach <= latest {
		return false
	}
	for _, s := range v.states {
		s.forget(latest)
		s.version = v.touch()
	}
	v.quality.Forget(latest)
	v.reach, v.newest = latest, min(v.newest, latest)
	v.kinds = Kinds{Windows: min(v.kinds.Windows, latest), Forecasts: min(v.kinds.Forecasts, latest)}
	return true
}

// forget drops the parts of a state that lie after latest.
func (s *State) forget(latest int64) {
	if s.Forecast != nil && s.Forecast.Origin > latest {
		s.Forecast, s.Model = nil, ""
	}
	if s.Window.End() > latest {
		s.Window, s.InFlight, s.Peak, s.Note = until(s.Window, latest), -1, -1, ""
	}
	// A copy: states that were handed out share the list.
	s.Decisions = slices.DeleteFunc(slices.Clone(s.Decisions), func(d event.Decision) bool { return d.Step > latest })
	s.history.Forget(latest)
	s.SetBacks = s.history.SetBacks(history.HourSteps)
	s.step = min(s.step, latest)
}

// until returns the steps of a window that have ended at latest, the zero window for none.
func until(w series.Window, latest int64) series.Window {
	kept := (latest - w.Start) / int64(w.StepSeconds)
	if kept <= 0 {
		return series.Window{}
	}
	w.Counts = slices.Clip(w.Counts[:kept])
	w.Spread, w.AtLeast = joinSpans(w.Spread, nil, int(kept), int(kept)), joinSpans(w.AtLeast, nil, int(kept), int(kept))
	return w
}
