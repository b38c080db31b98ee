package trace

import (
	"maps"
	"slices"
	"time"
)

// strayShare bounds the share of rows that are left out because their times are far
// from those of the others. With more of them the rows are two traces.
const strayShare = 0.01

// reach returns the minutes around the median of all within which a trace has its
// longest length, and how many of them lie outside.
func reach(minutes []int32) (from, to int32, outside int) {
	slices.Sort(minutes)
	median := minutes[len(minutes)/2]
	from, to = median-MaxMinutes/2+1, median+MaxMinutes/2
	for _, m := range minutes {
		if m < from || m > to {
			outside++
		}
	}
	return from, to, outside
}

// dropStray leaves calls out whose time is wrong by half a year or more, such as a zero
// date, which would make the trace longer than a trace can be.
func (l *eventLog) dropStray(o Options) {
	if !l.absolute || o.Strict || int(l.last-l.first) < MaxMinutes {
		return
	}
	var all []int32
	for _, f := range l.functions {
		all = append(all, f.minutes...)
	}
	from, to, outside := reach(all)
	if float64(outside) > strayShare*float64(len(all)) {
		return // span returns the error
	}
	for _, f := range l.functions {
		f.minutes = slices.DeleteFunc(f.minutes, func(m int32) bool { return m < from || m > to })
	}
	l.functions = slices.DeleteFunc(l.functions, func(f *eventFunction) bool { return len(f.minutes) == 0 })
	inside := slices.DeleteFunc(all, func(m int32) bool { return m < from || m > to })
	l.first, l.last = inside[0], inside[len(inside)-1]
	o.summary.strayed(outside, from, to)
}

// dropStray is that of eventLog for the rows of counts.
func (l *countLog) dropStray(o Options) {
	minutes := slices.Collect(maps.Keys(l.rows))
	if !l.absolute || o.Strict || int(slices.Max(minutes)-slices.Min(minutes)) < MaxMinutes {
		return
	}
	var all []int32
	for m, n := range l.rows {
		all = append(all, slices.Repeat([]int32{m}, n)...)
	}
	from, to, outside := reach(all)
	if float64(outside) > strayShare*float64(len(all)) {
		return // span returns the error
	}
	stray := func(m int32) bool { return m < from || m > to }
	maps.DeleteFunc(l.rows, func(m int32, _ int) bool { return stray(m) })
	for _, f := range l.functions {
		f.dropStray(stray)
	}
	o.summary.strayed(outside, from, to)
}

// dropStray leaves the rows in stray minutes out, with all that they say.
func (f *countedFunction) dropStray(stray func(minute int32) bool) {
	calls := f.calls[:0]
	for i, m := range f.minutes {
		if !stray(m) {
			calls = append(calls, f.calls[i])
		}
	}
	f.calls, f.minutes = calls, slices.DeleteFunc(f.minutes, stray)
	f.unknown = slices.DeleteFunc(f.unknown, stray)
	f.times = slices.DeleteFunc(f.times, func(at int64) bool { return stray(int32(minuteOf(float64(at)))) })
	f.timed = slices.DeleteFunc(f.timed, func(row timedCalls) bool { return stray(row.minute) })
}

// strayed counts rows that were left out for their time.
func (s *Summary) strayed(n int, from, to int32) {
	day := func(minute int32) string { return time.Unix(int64(minute)*60, 0).UTC().Format(time.DateOnly) }
	s.BadRows += n
	s.note("times before %s or after %s, half a year from most others: %d; they were left out", day(from), day(to), n)
}
