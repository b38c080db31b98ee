package trace

import (
	"fmt"
	"io/fs"
)

// readSingleDay reads the layout Azure2019SingleDay: one file, a row per function,
// no durations. The column with heading 1 is the minute from 00:00.
func readSingleDay(fsys fs.FS, sheets []sheet, o Options) (*Trace, error) {
	if len(sheets) > 1 {
		return nil, fmt.Errorf("%w: several files of one day: %s and %s", ErrLayout, sheets[0].name, sheets[1].name)
	}
	table, err := openTable(fsys, sheets[0], o)
	if err != nil {
		return nil, err
	}
	defer table.source.Close()
	label, err := table.minuteColumns(1)
	if err != nil {
		return nil, err
	}
	// A first heading of 0 means midnight as well as 1 does.
	t := &Trace{Start: max(0, label-1), Minutes: len(table.header) - 1}
	seen := map[string]bool{}
	err = table.each(func(record []string) error {
		f := Function{Name: record[0], Counts: make([]int32, t.Minutes)}
		if f.Name == "" || seen[f.Name] {
			return table.badCell(0, f.Name, "must name a function once")
		}
		if err := table.counts(f.Counts, record, 1, false); err != nil {
			return err
		}
		// Only a row that was kept counts: the same name may be repeated after a
		// malformed row.
		seen[f.Name] = true
		t.Functions = append(t.Functions, f)
		return nil
	})
	return t, err
}
