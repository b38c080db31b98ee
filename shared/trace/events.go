package trace

import (
	"fmt"
	"iter"
	"math"
	"strings"
	"time"

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
	durations float64 // sum of the known durations of the events, seconds
	timed     int64   // events with a known duration
	starts    startSum
}

// eventLog collects the events of a trace.
type eventLog struct {
	layout      Layout
	absolute    bool             // minutes count from 1970, otherwise from midnight of the first day
	functions   []*eventFunction // in the order of their first events
	at          map[eventKey]*eventFunction
	named       map[string]*eventFunction // by name
	days        map[string]map[int32]bool // by region: the days that have any row, set by head
	first, last int32                     // minutes; first > last while empty
}

// newEventLog returns a log without events. first and last begin at the bounds of each
// other, so that the first event sets both.
func newEventLog(layout Layout) *eventLog {
	return &eventLog{layout: layout, first: math.MaxInt32, last: math.MinInt32, at: map[eventKey]*eventFunction{}, named: map[string]*eventFunction{}}
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

// add adds an event of f in a minute.
func (l *eventLog) add(f *eventFunction, minute int) {
	m := int32(minute)
	f.minutes = append(f.minutes, m)
	l.first, l.last = min(l.first, m), max(l.last, m)
}

// lasted adds the duration of an event of f in seconds.
func (f *eventFunction) lasted(seconds float64) {
	f.durations += seconds
	f.timed++
}

// stream returns the trace without its functions, and a sequence of them.
func (l *eventLog) stream(o Options) (*Trace, iter.Seq[Function], error) {
	t, err := l.head(o)
	if err != nil {
		return nil, nil, err
	}
	t.Summary = *o.summary
	if err := bounded(len(l.functions), t.Minutes); err != nil && o.whole {
		return nil, nil, err
	}
	return t, l.all(), t.check(len(l.functions))
}

// head returns the trace without its functions. It notes the days without any event in
// the summary.
func (l *eventLog) head(o Options) (*Trace, error) {
	t := &Trace{Layout: l.layout}
	if l.first > l.last {
		return t, nil
	}
	l.dropStray(o)
	if err := t.span(int(l.first), int(l.last), l.absolute); err != nil {
		return nil, err
	}
	l.findDays()
	if n := l.emptyDays(); n > 0 {
		o.summary.note("days without any call: %d; they are taken as not recorded", n)
	}
	return t, nil
}

// span sets the minutes of the trace. Those that count from 1970 give it a date.
func (t *Trace) span(first, last int, absolute bool) error {
	begin := func(minute int) time.Time { return time.Unix(int64(minute)*60, 0).UTC() }
	t.Start, t.Minutes = first, last-first+1
	if absolute {
		t.Start, t.Begin = first%MinutesPerDay, begin(first)
	}
	if t.Minutes <= MaxMinutes {
		return nil
	}
	if absolute {
		return fmt.Errorf("must be at most %d days long, was from %s to %s: look for a wrong time", MaxMinutes/MinutesPerDay, begin(first).Format(time.RFC3339), begin(last).Format(time.RFC3339))
	}
	return fmt.Errorf("must be at most %d minutes long, was: %d", MaxMinutes, t.Minutes)
}

// findDays finds the days of each region that have any row: the files of a region may
// lack a day that others have, and its functions then have no data on it.
func (l *eventLog) findDays() {
	l.days = map[string]map[int32]bool{}
	for _, f := range l.functions {
		days := l.days[f.Region]
		if days == nil {
			days = map[int32]bool{}
			l.days[f.Region] = days
		}
		last := int32(-1)
		for _, m := range f.minutes {
			// Most events are on the day of the one before.
			if day := m / MinutesPerDay; day != last {
				days[day], last = true, day
			}
		}
	}
}

// emptyDays returns the number of days without an event in a log of one region.
func (l *eventLog) emptyDays() int {
	n := 0
	for day := l.first / MinutesPerDay; len(l.days) == 1 && day <= l.last/MinutesPerDay; day++ {
		for _, days := range l.days {
			if !days[day] {
				n++
			}
		}
	}
	return n
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
	if e.timed > 0 {
		f.Duration = e.durations / float64(e.timed)
	}
	// The counts are made anew at each iteration and belong to the caller. Only the
	// minutes of the events stay in memory.
	f.Counts = make([]int32, l.last-l.first+1)
	days := l.days[f.Region]
	for i := range f.Counts {
		if !days[(l.first+int32(i))/MinutesPerDay] {
			f.Counts[i] = series.NoData
		}
	}
	for _, m := range e.minutes {
		f.Counts[m-l.first]++
	}
	return f
}
