package dashboard

import (
	"prewarm/shared/event"
	"prewarm/shared/series"
)

// record is what the view knows of one function. Slices in it are replaced,
// never written to, so that a copy of the record can be read without the lock.
type record struct {
	name      string
	step      int64            // newest message, Unix seconds
	window    series.Window    // the last steps; empty where none has come
	inFlight  int              // as in event.FunctionWindow
	forecast  *event.Forecast  // the last one, nil where none has come
	model     string           // that made the forecast
	decisions []event.Decision // newest step first
	version   int64            // of the view when it last changed
	past      *past            // written to: only with the lock of the view
}

// stepSeconds returns the length of the function's step, a minute where it is
// not known yet.
func (r *record) stepSeconds() int {
	switch {
	case r.window.StepSeconds > 0:
		return r.window.StepSeconds
	case r.forecast != nil:
		return r.forecast.StepSeconds
	}
	return 60
}

// calls returns the calls of the last step, series.NoData where unknown.
func (r *record) calls() int32 {
	if n := len(r.window.Counts); n > 0 {
		return r.window.Counts[n-1]
	}
	return series.NoData
}

// latest returns the last decision, nil where there is none.
func (r *record) latest() *event.Decision {
	if len(r.decisions) == 0 {
		return nil
	}
	return &r.decisions[0]
}

// chance returns the probability of a call within the next n steps of the
// forecast, taking the steps as independent: 1 - prod(1 - p). It is false
// where there is no forecast.
func (r *record) chance(n int) (float64, bool) {
	if r.forecast == nil || len(r.forecast.PActive) == 0 {
		return 0, false
	}
	none := 1.0
	for _, p := range r.forecast.PActive[:min(n, len(r.forecast.PActive))] {
		none *= 1 - float64(p)
	}
	return 1 - none, true
}
