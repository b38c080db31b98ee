package trace

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"prewarm/shared/series"
)

// trace returns the counts of all functions in minutes.
func (l *countLog) trace(o Options) (*Trace, error) {
	t := &Trace{}
	if len(l.rows) == 0 {
		return t, nil
	}
	l.dropStray(o)
	minutes := slices.Sorted(maps.Keys(l.rows))
	step, err := l.step(o)
	if err != nil {
		return nil, err
	}
	first, last := minutes[0], minutes[len(minutes)-1]+int32(step)-1
	if err := t.span(int(first), int(last), l.absolute); err != nil {
		return nil, err
	}
	if err := bounded(len(l.functions), t.Minutes); err != nil {
		return nil, err
	}
	blank := l.blank(minutes, step, t.Minutes, o.summary)
	repeated, err := l.addFunctions(t, blank, first, step)
	if err != nil {
		return nil, err
	}
	if repeated > 0 && l.distances().divisor%time.Minute == 0 {
		o.summary.note("counts of the same function and time: %d; they are added up", repeated)
	}
	t.qualify()
	return t, nil
}

// addFunctions adds all functions to t, whose minutes begin with first. It returns how many
// counts fell on minutes that had one.
func (l *countLog) addFunctions(t *Trace, blank []int32, first int32, step int) (repeated int, err error) {
	for _, f := range l.functions {
		f.Counts = slices.Clone(blank)
		repeated += f.fill(first, step, l.zeros)
		f.Duration = f.meanDuration()
		if f.runningTotal() {
			return 0, fmt.Errorf("function %q: the counts never fall: they seem to be a running total, such as a counter; export the calls of each step", f.Name)
		}
		t.Functions = append(t.Functions, f.Function)
	}
	return repeated, nil
}

// blank returns the counts of a function without calls: 0, or no data in the minutes
// without any row if rows without calls are written, and otherwise in the days without any.
func (l *countLog) blank(minutes []int32, step, length int, summary *Summary) []int32 {
	counts := newCounts(length)
	first := minutes[0]
	for _, m := range minutes {
		if l.zeros {
			clear(counts[m-first : min(int(m-first)+step, length)])
			continue
		}
		day := m / MinutesPerDay * MinutesPerDay
		clear(counts[max(day-first, 0):min(int(day-first)+MinutesPerDay, length)])
	}
	n := 0
	for _, c := range counts {
		if c == series.NoData {
			n++
		}
	}
	if n > 0 {
		summary.note("minutes without any row: %d of %d; they are taken as not recorded", n, length)
	}
	return counts
}

// fill adds the counts of f to its minutes and returns how many fell on minutes that
// had one. A count of several minutes is spread evenly, from the first minute on. An
// empty cell is unknown if times without calls have a 0, and otherwise counts as 0.
func (f *countedFunction) fill(first int32, step int, zeros bool) (repeated int) {
	for i, m := range f.minutes {
		at, n := int(m-first), int64(f.calls[i])
		if f.Counts[at] > 0 {
			repeated++
		}
		for j := range step {
			// Rounded up, so that a single call is in the first minute.
			part := ceilDiv(n*int64(j+1), int64(step)) - ceilDiv(n*int64(j), int64(step))
			f.Counts[at+j] = int32(min(int64(max(f.Counts[at+j], 0))+part, math.MaxInt32))
		}
	}
	for _, m := range f.unknown {
		for j := range step {
			if at := int(m-first) + j; zeros && f.Counts[at] == 0 {
				f.Counts[at] = series.NoData
			}
		}
	}
	return repeated
}

// ceilDiv returns a/b rounded up, for a of at least 0.
func ceilDiv(a, b int64) int64 { return (a + b - 1) / b }

// meanDuration returns the mean over the calls with a known duration in seconds, 0 without
// any.
func (f *countedFunction) meanDuration() float64 {
	sum, calls := 0.0, 0.0
	for _, row := range f.timed {
		sum += row.mean * float64(row.calls)
		calls += float64(row.calls)
	}
	if calls == 0 {
		return 0
	}
	return sum / calls
}
