package view

import (
	"slices"

	"prewarm/functions/dashboard/history"
	"prewarm/shared/event"
	"prewarm/shared/series"
)

// State is the content of the last messages about one function. The view replaces its
// slices and never writes to them, so that a copy can be read without a lock.
type State struct {
	Name      string
	Window    series.Window    // calls of the last steps; empty before the first message
	InFlight  int              // calls in progress, -1 if unknown
	Peak      int              // most calls in progress at a scrape within the last step, -1 if unknown
	Note      string           // how the window was measured, if not from all metrics
	Forecast  *event.Forecast  // the newest; nil before the first message
	Model     string           // model of Forecast
	Decisions []event.Decision // newest first: one for each step, and the raises within it
	// SetBacks is what other controllers undid in the last hour of steps.
	SetBacks []history.SetBack
	Set      *event.Mode // mode that the operator has set, nil for none; only in copies

	step    int64            // of the newest message, Unix seconds
	version int64            // of the view when the state last changed
	history *history.History // written to: only under the lock of the view
}

// stepSeconds returns the length of the function's step, a minute until a
// message states it.
func (s *State) stepSeconds() int {
	switch {
	case s.Window.StepSeconds > 0:
		return s.Window.StepSeconds
	case s.Forecast != nil:
		return s.Forecast.StepSeconds
	}
	return 60
}

// calls returns the calls of the last step, series.NoData if unknown.
func (s *State) calls() int32 {
	if n := len(s.Window.Counts); n > 0 {
		return s.Window.Counts[n-1]
	}
	return series.NoData
}

// last returns the newest decision, nil if there is none.
func (s *State) last() *event.Decision {
	if len(s.Decisions) == 0 {
		return nil
	}
	return &s.Decisions[0]
}

// lastOfStep returns the newest decision of a step, nil if there is none.
func (s *State) lastOfStep() *event.Decision {
	if i := slices.IndexFunc(s.Decisions, event.Decision.OfStep); i >= 0 {
		return &s.Decisions[i]
	}
	return nil
}

// chance returns the probability of at least one call within the next n steps,
// taking the steps as independent:
//
//	1 - (1-p[1]) ... (1-p[n])
//
// It is nil if there is no forecast.
func (s *State) chance(n int) *float64 {
	if s.Forecast == nil || len(s.Forecast.PActive) == 0 {
		return nil
	}
	none := 1.0
	for _, p := range s.Forecast.PActive[:min(n, len(s.Forecast.PActive))] {
		none *= 1 - float64(p)
	}
	some := 1 - none
	return &some
}

// currentSteps is the age of a decision, in steps before the forecast, above which nothing
// is scaled any more.
const currentSteps = 3

// ColdStarts are the cold starts that are expected of a function in the next hour of steps.
type ColdStarts struct {
	KeepAlive float64  // under keep-alive
	Prewarm   *float64 // that would remain in mode active, nil without a current decision
	Left      float64  // that remain: Prewarm in mode active, else KeepAlive
}

// Active reports whether the mode of the last decision is active.
func (s *State) Active() bool {
	d := s.last()
	return d != nil && d.Mode == "active"
}

// ColdStarts returns the expected cold starts; it reports false if there is no forecast.
func (s *State) ColdStarts() (ColdStarts, bool) {
	// Without a chance there is no forecast, so its expected cold starts mean nothing.
	if s.chance(1) == nil {
		return ColdStarts{}, false
	}
	c := ColdStarts{KeepAlive: s.Forecast.ExpectedCold, Left: s.Forecast.ExpectedCold}
	d := s.lastOfStep()
	if d == nil || d.Step < s.Forecast.Origin-currentSteps*int64(s.Forecast.StepSeconds) {
		return c, true
	}
	c.Prewarm = &d.Inputs.ExpectedColdLeft
	if s.Active() {
		c.Left = *c.Prewarm
	}
	return c, true
}

// current returns the replicas that the gateway reported last: those after the
// decision, or those before it if nothing was read back.
func current(d *event.Decision) int {
	if d.Observed >= 0 {
		return d.Observed
	}
	return d.Current
}
