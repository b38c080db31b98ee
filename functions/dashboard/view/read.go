package view

import (
	"maps"
	"slices"
	"strings"

	"prewarm/functions/dashboard/history"
	"prewarm/functions/dashboard/quality"
	"prewarm/shared/series"
)

// Delta is the difference between two versions of a view.
type Delta struct {
	Version int64
	Changed []State         // sorted by name
	Gone    []string        // dropped functions, sorted
	Full    bool            // Changed holds all functions, whatever the client has
	Next    <-chan struct{} // closed at the next change
}

// Since returns the functions that changed after a version. It returns all of
// them if the version is 0, or not of this view, or too old.
func (v *View) Since(version int64) Delta {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.dropGone()
	d := Delta{Version: v.version, Full: version < v.floor || version <= 0 || version > v.version, Next: v.changed}
	for _, name := range slices.Sorted(maps.Keys(v.states)) {
		if s := v.states[name]; d.Full || s.version > version {
			// A shallow copy can be read without the lock; see State.
			d.Changed = append(d.Changed, v.copyOf(s))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(v.gone)) {
		if !d.Full && v.gone[name] > version {
			d.Gone = append(d.Gone, name)
		}
	}
	return d
}

// Match returns the functions whose name contains part, sorted by name.
func (v *View) Match(part string) []State {
	return slices.DeleteFunc(v.Since(0).Changed, func(s State) bool { return !strings.Contains(s.Name, part) })
}

// Find returns the state of one function. It reports false if the function is
// not known.
func (v *View) Find(name string) (State, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.dropGone()
	if s := v.states[name]; s != nil {
		return v.copyOf(s), true
	}
	return State{}, false
}

// History returns the history of a function, empty if the function is not known.
func (v *View) History(name string) history.Columns {
	v.mu.Lock()
	defer v.mu.Unlock()
	if s := v.states[name]; s != nil {
		// Columns copies everything, since the history is written to under the lock.
		return s.history.Columns()
	}
	return (&history.History{}).Columns()
}

// Quality returns the quality of the forecasts. stepSeconds is the length of a
// step.
func (v *View) Quality(stepSeconds int64) quality.Report {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.quality.Report(stepSeconds)
}

// Len returns the number of functions.
func (v *View) Len() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.states)
}

// Newest returns the step of the newest message in Unix seconds, 0 before the
// first.
func (v *View) Newest() int64 {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.newest
}

// Kinds returns the steps of the newest windows and of the newest forecasts.
func (v *View) Kinds() Kinds {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.kinds
}

// Unmeasured reports whether the last step of every function is without data:
// the source of the measurements is then likely down. It is false if there are
// no windows.
func (v *View) Unmeasured() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	seen := false
	for _, s := range v.states {
		if len(s.Window.Counts) > 0 {
			if s.calls() != series.NoData {
				return false
			}
			seen = true
		}
	}
	return seen
}
