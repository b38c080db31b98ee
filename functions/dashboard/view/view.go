// Package view holds the state of every function as the messages of the chain
// describe it, and the view model that the pages, the API and the event stream
// show.
package view

import (
	"cmp"
	"maps"
	"slices"
	"sync"

	"prewarm/functions/dashboard/history"
	"prewarm/functions/dashboard/quality"
	"prewarm/shared/event"
)

const (
	// Bounds of the decisions that are kept of a function. They are shown one by one, and
	// all of them together are bounded as well, by fewer of each of many functions.
	minDecisions, maxDecisions = 5, 30
	allDecisions               = 60_000
	// goneSteps is the number of steps without any message about a function after
	// which it counts as deleted.
	goneSteps = 30
)

// View holds the states of at most limit functions. Its methods may be called
// by several goroutines at a time.
//
// The view has a version, which grows by one with each change. A client that
// remembers the version it has seen gets the later changes from Since.
type View struct {
	mu      sync.Mutex
	limit   int
	states  map[string]*State
	quality *quality.Tracker
	newest  int64 // step of the newest message, 0 before the first
	reach   int64 // latest time that any part of the messages is about
	kinds   Kinds
	modes   map[string]event.Mode // that the operator has set, by function; replaced, never written to

	version int64
	changed chan struct{}    // closed and replaced at each change
	gone    map[string]int64 // version at which each dropped function was dropped
	floor   int64            // oldest version after which gone is complete
}

// Kinds holds the step of the newest message of a kind in Unix seconds, 0 before the
// first. Their difference shows which part of the chain has stopped.
type Kinds struct{ Windows, Forecasts int64 }

// New returns an empty view. If messages name more than limit functions, it
// drops the one whose last message is oldest.
func New(limit int) *View {
	return &View{
		limit: limit, states: map[string]*State{}, quality: quality.NewTracker(),
		changed: make(chan struct{}), gone: map[string]int64{},
	}
}

// update lets change write to the state of a function, which it adds if the
// function is new. step is that of the message, about the time that the content is about.
func (v *View) update(name string, step, about int64, change func(*State)) {
	v.mu.Lock()
	defer v.mu.Unlock()
	s := v.states[name]
	if s == nil {
		// Messages are signed, but a wrong configuration could name any number of
		// functions: the bound keeps the memory.
		if len(v.states) >= v.limit {
			v.evict()
		}
		s = &State{Name: name, InFlight: -1, Peak: -1, history: &history.History{}}
		v.states[name] = s
		// A function that comes back is changed, not gone; a client must not get
		// both.
		delete(v.gone, name)
	}
	s.step, v.newest, v.reach = max(s.step, step), max(v.newest, step), max(v.reach, step, about)
	change(s)
	s.version = v.touch()
}

// touch starts a new version and wakes the clients that wait for one.
func (v *View) touch() int64 {
	v.version++
	// Closing wakes any number of waiters at once, and none of them can be missed.
	close(v.changed)
	v.changed = make(chan struct{})
	return v.version
}

// Wake starts a new version without a change of any function.
func (v *View) Wake() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.touch()
}

// drop removes a function. If too many dropped functions are remembered, it
// forgets them all; clients with an older version then get everything.
func (v *View) drop(name string) {
	delete(v.states, name)
	if len(v.gone) >= v.limit {
		clear(v.gone)
		// Versions below floor no longer know all that was dropped since; Since
		// answers them in full.
		v.floor = v.version
	}
	v.gone[name] = v.touch()
}

// evict drops the function whose last message is oldest.
func (v *View) evict() {
	oldest := slices.MinFunc(slices.Collect(maps.Values(v.states)), func(a, b *State) int { return cmp.Compare(a.step, b.step) })
	v.drop(oldest.Name)
}

// dropGone drops the functions that newer messages do not name. It compares the
// steps of messages, not clocks: if the whole chain stops, the view keeps everything.
func (v *View) dropGone() {
	for name, s := range v.states {
		if v.isGone(s) {
			v.drop(name)
		}
	}
}

func (v *View) isGone(s *State) bool { return s.step+goneSteps*int64(s.stepSeconds()) < v.newest }
