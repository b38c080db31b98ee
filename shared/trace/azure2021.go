package trace

import (
	"io/fs"
	"math"
)

// invocationHeadings returns the columns of an Azure2021 file.
func invocationHeadings() []string { return []string{"app", "func", "end_timestamp", "duration"} }

// readAzure2021 reads files with one invocation per row. An invocation counts in the
// minute in which it begins, which is its end less its duration. One that begins
// before the trace is left out. The name of a function is unique in its application
// only. The owner of an application is not known, so the application is taken as its
// own owner: a split over owners then keeps it whole.
func readAzure2021(fsys fs.FS, sheets []sheet, o Options) (*eventLog, error) {
	log := newEventLog(Azure2021)
	for _, s := range sheets {
		if err := log.addInvocations(fsys, s, o); err != nil {
			return nil, err
		}
	}
	return log, nil
}

// addInvocations adds the rows of one file.
func (l *eventLog) addInvocations(fsys fs.FS, s sheet, o Options) error {
	table, err := openTable(fsys, s, o)
	if err != nil {
		return err
	}
	defer table.source.Close()
	columns, err := table.columns(invocationHeadings())
	if err != nil {
		return err
	}
	return table.each(func(record []string) error {
		minute, duration, err := table.invocation(record, columns)
		if err != nil || minute < 0 {
			return err
		}
		key := eventKey{app: record[columns[0]], name: record[columns[1]]}
		f := l.function(key, invokedFunction)
		l.add(f, minute)
		f.lasted(duration)
		return nil
	})
}

// invocation reads a row: the minute in which the invocation begins, negative if
// that is before the trace, and its duration in seconds.
func (t *table) invocation(record []string, columns []int) (minute int, duration float64, err error) {
	for _, i := range columns[:2] {
		if record[i] == "" {
			return 0, 0, t.badCell(i, record[i], "must not be empty")
		}
	}
	end, err := t.seconds(record, columns[2])
	if err != nil {
		return 0, 0, err
	}
	if duration, err = t.seconds(record, columns[3]); err != nil {
		return 0, 0, err
	}
	begin := math.Round((end-duration)*1e6) / 1e6 // to the microsecond, so that 60.3 - 0.3 is 60
	// Floor and not truncation: a begin just before 0 must give -1, not minute 0.
	// The bound keeps the conversion to int in range.
	return int(math.Floor(math.Max(begin, -1) / 60)), duration, nil
}

// invokedFunction describes a function.
func invokedFunction(k eventKey) Function {
	return Function{Name: k.app + "/" + k.name, Owner: k.app, App: k.app}
}
