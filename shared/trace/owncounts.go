package trace

import (
	"fmt"
	"io/fs"
	"math"
	"slices"

	"prewarm/shared/series"
)

// countLog collects counts of own data. A count is of a time from its row on, whose
// length follows from all times together.
type countLog struct {
	absolute  bool
	functions []*countedFunction // in the order of their first rows
	at        map[eventKey]*countedFunction
	rows      map[int32]int // number of rows that begin in a minute
	zeros     bool          // some count is 0: rows without calls are written
}

// countedFunction is a function with its counts, a minute and a number each.
type countedFunction struct {
	Function
	minutes, calls []int32
	unknown        []int32 // minutes of empty cells
	times          []int64 // of its rows, seconds; of a file with a column per function, only the first column has them
	timed          []timedCalls
}

// timedCalls are the calls of a row with a known duration.
type timedCalls struct {
	minute, calls int32
	mean          float64 // seconds of one call
}

// readOwnCounts reads own data with a row per step and function, or a row per step with
// a column per function.
func readOwnCounts(fsys fs.FS, layout Layout, sheets []sheet, o Options) (*Trace, error) {
	log := &countLog{absolute: sheets[0].own.since == 0, at: map[eventKey]*countedFunction{}, rows: map[int32]int{}}
	for _, s := range sheets {
		if err := sameClock(s, sheets[0]); err != nil {
			return nil, err
		}
		read := log.addCounts
		if layout == OwnSeries {
			read = log.addSeries
		}
		if err := read(fsys, s, o); err != nil {
			return nil, err
		}
	}
	return log.trace(o)
}

// sameClock returns an error if the times of one file count from the begin of a trace
// and those of another do not.
func sameClock(s, first sheet) error {
	if (s.own.since == 0) == (first.own.since == 0) {
		return nil
	}
	return fmt.Errorf("%w: the times of one of %s and %s are dates, those of the other count from the begin", ErrLayout, first.name, s.name)
}

// addCounts adds the rows time,function,count of one file.
func (l *countLog) addCounts(fsys fs.FS, s sheet, o Options) error {
	table, err := openTable(fsys, s, o)
	if err != nil {
		return err
	}
	defer table.source.Close()
	c := s.own
	watch := &clock{since: c.since}
	err = table.each(func(record []string) error {
		n, err := table.ownCount(record, c.count)
		if err != nil {
			return err
		}
		row, err := table.ownRow(record, s, watch)
		if err != nil {
			return err
		}
		f := l.function(row.key, c.describe)
		l.row(f, row.at)
		l.add(f, row.at, n)
		if row.timed && n > 0 {
			f.timed = append(f.timed, timedCalls{int32(minuteOf(row.at)), n, row.duration})
		}
		return nil
	})
	watch.describe(o.summary, c)
	return err
}

// addSeries adds the rows of a file with a column per function.
func (l *countLog) addSeries(fsys fs.FS, s sheet, o Options) error {
	table, err := openTable(fsys, s, o)
	if err != nil {
		return err
	}
	defer table.source.Close()
	functions, err := l.columns(table, s)
	if err != nil {
		return err
	}
	watch := &clock{since: s.own.since}
	counts := make([]int32, len(functions))
	err = table.each(func(record []string) error {
		at, err := table.time(record, s.own.time, watch)
		if err != nil {
			return err
		}
		// All cells before any is added: a malformed row adds nothing.
		for i, column := range s.own.series {
			if counts[i], err = table.ownCount(record, column); err != nil {
				return err
			}
		}
		l.row(functions[0], at)
		for i, f := range functions {
			l.add(f, at, counts[i])
		}
		return nil
	})
	watch.describe(o.summary, s.own)
	return err
}

// columns returns the function of each column of a series.
func (l *countLog) columns(t *table, s sheet) (functions []*countedFunction, err error) {
	for _, i := range s.own.series {
		name := t.header[i]
		if name == "" || slices.Index(t.header, name) != i {
			return nil, fmt.Errorf("%s: heading: column %d must name a function once, was: %q", s.name, i+1+s.index, name)
		}
		functions = append(functions, l.function(eventKey{name: name}, s.own.describe))
	}
	return functions, nil
}

// ownCount reads a number of calls, series.NoData if the cell is empty.
func (t *table) ownCount(record []string, i int) (int32, error) {
	if isEmpty(record[i]) {
		return series.NoData, nil
	}
	return t.count(record, i)
}

// function returns the function of a key. If the key is new, describe makes it.
func (l *countLog) function(k eventKey, describe func(eventKey) Function) *countedFunction {
	f, known := l.at[k]
	if !known {
		k = k.clone()
		f = &countedFunction{Function: describe(k)}
		l.at[k] = f
		l.functions = append(l.functions, f)
	}
	return f
}

// row notes that a row begins at a time in seconds. f is its function, or that of the
// first of its columns.
func (l *countLog) row(f *countedFunction, at float64) {
	f.times = append(f.times, int64(math.Floor(at)))
	l.rows[int32(minuteOf(at))]++
}

// add adds a count of f at a time in seconds.
func (l *countLog) add(f *countedFunction, at float64, n int32) {
	minute := int32(minuteOf(at))
	switch {
	case n == series.NoData:
		f.unknown = append(f.unknown, minute)
	case n == 0:
		l.zeros = true
	default:
		f.minutes, f.calls = append(f.minutes, minute), append(f.calls, n)
	}
}
