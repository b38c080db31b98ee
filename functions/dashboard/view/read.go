package view

import (
	"iter"
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
	d := v.since(version)
	// Many clients ask at the same time: only what must is done under the lock.
	slices.Sort(d.Changed)
	slices.Sort(d.Gone)
	return d
}

// since is Since in any order.
func (v *View) since(version int64) Delta {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.dropGone()
	d := Delta{Version: v.version, Full: version < v.floor || version <= 0 || version > v.version, Next: v.changed}
	for name, s := range v.states {
		if d.Full || s.version > version {
			d.Changed = append(d.Changed, name)
		}
	}
	for name, at := range v.gone {
		if !d.Full && at > version {
			d.Gone = append(d.Gone, name)
		}
	}
	return d
}

// Match passes on the functions whose name contains part, sorted by name; see Each.
func (v *View) Match(part string) iter.Seq[State] {
	return v.Each(slices.DeleteFunc(v.Since(0).Changed, func(name string) bool { return !strings.Contains(name, part) }))
}

// readAtATime is the number of states that Each reads at a time.
const readAtATime = 64

// Each passes on the states of the named functions, as far as they are still known. It reads
// some at a time: a caller that writes them to a slow client holds few states, and sees the
// later ones as they are then.
func (v *View) Each(names []string) iter.Seq[State] {
	return func(yield func(State) bool) {
		for some := range slices.Chunk(names, readAtATime) {
			for _, s := range v.read(some) {
				if !yield(s) {
					return
				}
			}
		}
	}
}

// read returns the states of the named functions, as far as they are still known.
func (v *View) read(names []string) []State {
	v.mu.Lock()
	defer v.mu.Unlock()
	out := make([]State, 0, len(names))
	for _, name := range names {
		if s := v.states[name]; s != nil {
			// A shallow copy can be read without the lock; see State.
			out = append(out, v.copyOf(s))
		}
	}
	return out
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
