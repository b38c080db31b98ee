package trace

import (
	"iter"
	"strings"

	"prewarm/shared/series"
)

// eventKey identifies a function in a layout that has one row per event. Parts that
// a layout does not have are empty.
type eventKey struct{ region, app, name, user, pool string }

// clone returns a copy of the key. Its strings would otherwise keep the memory of a
// whole row.
func (k eventKey) clone() eventKey {
	return eventKey{strings.Clone(k.region), strings.Clone(k.app), strings.Clone(k.name), strings.Clone(k.user), strings.Clone(k.pool)}
}

// eventFunction is a function and the minutes of its events. 4 bytes per event let
// millions of rows fit into memory.
type eventFunction struct {
	Function
	minutes   []int32
	durations float64 // sum of the durations of all events, seconds
	starts    startSum
}

// eventLog collects the events of a trace.
type eventLog struct {
	layout      Layout
	functions   []*eventFunction // in the order of their first events
	at          map[eventKey]*eventFunction
	named       map[string]*eventFunction                    // by name
	days        map[string]*[MaxMinutes / MinutesPerDay]bool // by region: the days that have any row
	first, last int32                                        // minutes; first > last while empty
}

// newEventLog returns a log without events. first begins at its upper bound and last
// at 0, so that the first event sets both.
func newEventLog(layout Layout) *eventLog {
	return &eventLog{
		layout: layout, first: MaxMinutes,
		at:    map[eventKey]*eventFunction{},
		named: map[string]*eventFunction{},
		days:  map[string]*[MaxMinutes / MinutesPerDay]bool{},
	}
}

// function returns the function of a key. If the key is new, describe makes it. Keys
// with the same described name are one function.
func (l *eventLog) function(k eventKey, describe func(eventKey) Function) *eventFunction {
	f, known := l.at[k]
	if known {
		return f
	}
	k = k.clone()
	described := describe(k)
	// Two keys may describe one name; names must be unique in a trace.
	if f, known = l.named[described.Name]; !known {
		f = &eventFunction{Function: described}
		l.named[f.Name] = f
		l.functions = append(l.functions, f)
	}
	l.at[k] = f
	return f
}

// add adds an event of f. The minute must be from 0 to MaxMinutes-1.
func (l *eventLog) add(f *eventFunction, minute int) {
	m := int32(minute)
	f.minutes = append(f.minutes, m)
	l.first, l.last = min(l.first, m), max(l.last, m)
	days := l.days[f.Region]
	if days == nil {
		days = new([MaxMinutes / MinutesPerDay]bool)
		l.days[f.Region] = days
	}
	// By region: the files of a region may lack a day that others have, and its
	// functions then have no data on it.
	days[minute/MinutesPerDay] = true
}

// head returns the trace without its functions.
func (l *eventLog) head() *Trace {
	return &Trace{Layout: l.layout, Start: int(l.first), Minutes: max(0, int(l.last-l.first)+1)}
}

// all returns the functions one by one, and makes the counts of each only then.
func (l *eventLog) all() iter.Seq[Function] {
	return func(yield func(Function) bool) {
		for _, f := range l.functions {
			if !yield(l.layOut(f)) {
				return
			}
		}
	}
}

// layOut turns the events of f into counts. A minute without an event has a
// count of zero, but a day without any row of the region has no data.
func (l *eventLog) layOut(e *eventFunction) Function {
	f := e.Function
	f.Start = e.starts.times()
	if n := len(e.minutes); n > 0 {
		f.Duration = e.durations / float64(n)
	}
	// The counts are made anew at each iteration and belong to the caller. Only the
	// minutes of the events stay in memory.
	f.Counts = make([]int32, l.last-l.first+1)
	if days := l.days[f.Region]; days != nil {
		for i := range f.Counts {
			if !days[(int(l.first)+i)/MinutesPerDay] {
				f.Counts[i] = series.NoData
			}
		}
	}
	for _, m := range e.minutes {
		f.Counts[m-l.first]++
	}
	return f
}
