package view

import (
	"iter"
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
	Changed []string        // names of functions, sorted; Find has their states
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
	d.Changed = v.names(func(s *State) bool { return d.Full || s.version > version })
	for _, name := range slices.Sorted(maps.Keys(v.gone)) {
		if !d.Full && v.gone[name] > version {
			d.Gone = append(d.Gone, name)
		}
	}
	return d
}

// names returns the names of the functions that have, sorted.
func (v *View) names(has func(*State) bool) []string {
	out := make([]string, 0, len(v.states))
	for name, s := range v.states {
		if has(s) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return slices.Clip(out)
}

// Match passes on the functions whose name contains part, sorted by name. Each is read when
// it is asked for: a caller that writes them to a slow client holds one state at a time, and
// sees the later ones as they are then.
func (v *View) Match(part string) iter.Seq[State] {
	return v.Each(slices.DeleteFunc(v.Since(0).Changed, func(name string) bool { return !strings.Contains(name, part) }))
}

// Each passes on the states of the named functions, as far as they are still known.
func (v *View) Each(names []string) iter.Seq[State] {
	return func(yield func(State) bool) {
		for _, name := range names {
			if s, known := v.Find(name); known && !yield(s) {
				return
			}
		}
	}
}

// Find returns the state of one function. It reports false if the function is
// not known.
func (v *View) Find(name string) (State, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	s := v.states[name]
	if s != nil && v.isGone(s) {
		v.drop(name)
		s = nil
	}
	if s == nil {
		return State{}, false
	}
	// A shallow copy can be read without the lock; see State.
	return v.copyOf(s), true
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
