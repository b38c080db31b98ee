package trace

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"prewarm/shared/series"
)

// longestStep bounds the minutes that a count covers: the calls of a longer time say
// little about its minutes.
const longestStep = 60

// trace returns the counts of all functions in minutes.
func (l *countLog) trace(o Options) (*Trace, error) {
	t := &Trace{}
	if !l.begun {
		return t, nil
	}
	minutes := l.dropStray(slices.Sorted(maps.Keys(l.measured)), o)
	step, err := l.step(minutes, o)
	if err != nil {
		return nil, err
	}
	first, last := minutes[0], minutes[len(minutes)-1]+int32(step)-1
	if err := t.span(int(first), int(last), l.absolute); err != nil {
		return nil, err
	}
	blank := l.blank(minutes, step, t.Minutes, o.summary)
	repeated := 0
	for _, f := range l.functions {
		f.Counts = slices.Clone(blank)
		repeated += f.fill(first, step, l.zeros)
		if f.timed > 0 {
			f.Duration = f.durations / f.timed
		}
		if f.runningTotal() {
			return nil, fmt.Errorf("function %q: the counts never fall: they seem to be a running total, such as a counter; export the calls of each step", f.Name)
		}
		t.Functions = append(t.Functions, f.Function)
	}
	if repeated > 0 && l.divisor%60 == 0 {
		o.summary.note("counts of the same function and time: %d; they are added up", repeated)
	}
	t.qualify()
	return t, nil
}

// step returns the minutes that a count covers: Options.Step, or the largest step into
// which all times fit. Without rows for times without calls, a long step may as well be
// the time between calls, so that it must be given.
func (l *countLog) step(minutes []int32, o Options) (int, error) {
	step := o.Step
	if step == 0 && l.divisor > 0 {
		step = time.Duration(l.divisor) * time.Second
		nearest := time.Duration(math.MaxInt64)
		for i := 1; i < len(minutes); i++ {
			nearest = min(nearest, time.Duration(minutes[i]-minutes[i-1])*time.Minute)
		}
		uneven := step < time.Minute && nearest >= 2*time.Minute && len(minutes) > 1
		if uneven || step > time.Minute && !l.zeros {
			return 0, fmt.Errorf("the rows are %v apart or more, and it is not clear whether a count covers all of that time: say with -step what it covers, such as 1m", max(step, nearest))
		}
	}
	switch {
	case step <= time.Minute:
		return 1, nil
	case step > longestStep*time.Minute || step%time.Minute != 0:
		return 0, fmt.Errorf("a count must cover at most a minute, or whole minutes up to %d, was: %v", longestStep, step)
	}
	o.summary.note("each count covers %v; its calls are spread evenly over the minutes", step)
	return int(step / time.Minute), nil
}

// blank returns the counts of a function without calls. If rows without calls are
// written, the minutes without any row have no data; otherwise the days without any.
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
// empty cell is unknown if times without calls have a 0, and otherwise such a time.
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

// runningTotalRows is how many counts show that they never fall.
const runningTotalRows = 60

// runningTotal reports whether the counts of f look like those of a counter: over many
// rows they never fall, and more than half of them rise.
func (f *countedFunction) runningTotal() bool {
	if len(f.calls) < runningTotalRows || !slices.IsSorted(f.minutes) || !slices.IsSorted(f.calls) {
		return false
	}
	rises := 0
	for i := 1; i < len(f.calls); i++ {
		if f.calls[i] > f.calls[i-1] {
			rises++
		}
	}
	return rises*2 > len(f.calls)
}
