package trace

import (
	"fmt"
	"io/fs"
)

// regionRow is one row of a region file.
type regionRow struct {
	minute int
	count  int32
}

// readRegions reads the layout Huawei2025Regions: one series of cold starts per file,
// which is named after its region. Minutes without a row have no data, also those
// after the end of a series that is shorter than others.
func readRegions(fsys fs.FS, sheets []sheet, o Options) (*Trace, error) {
	t := &Trace{}
	// Two passes: the span of the trace is known only after all files are read, and
	// every function must have counts over the same minutes.
	rows := make([][]regionRow, len(sheets))
	first, end := MaxMinutes, 0
	for i, s := range sheets {
		var err error
		if rows[i], err = readRegion(fsys, s, o); err != nil {
			return nil, err
		}
		if n := len(rows[i]); n > 0 {
			// Rows rise within a file, so its first and its last row are its span.
			first, end = min(first, rows[i][0].minute), max(end, rows[i][n-1].minute+1)
		}
	}
	// No row at all. Stream turns the empty trace into an error that names the
	// layout.
	if first >= end {
		return t, nil
	}
	t.Start, t.Minutes = first, end-first
	for i, s := range sheets {
		f := Function{Name: s.fileFunction(), Region: regionOf(s.place, o.Region), Counts: newCounts(t.Minutes)}
		for _, row := range rows[i] {
			f.Counts[row.minute-first] = row.count
		}
		t.Functions = append(t.Functions, f)
	}
	t.qualify()
	return t, nil
}

// readRegion reads the rows minute,cold_starts of one region.
func readRegion(fsys fs.FS, s sheet, o Options) (rows []regionRow, err error) {
	table, err := openTable(fsys, s, o)
	if err != nil {
		return nil, err
	}
	defer table.source.Close()
	if len(table.header) != 2 {
		return nil, fmt.Errorf("%s: heading: must be minute,cold_starts, had %d columns", s.name, len(table.header))
	}
	last := -1
	err = table.each(func(record []string) error {
		minute, err := table.count(record, 0)
		// A minute that does not rise is a duplicate or a row out of order; either
		// would overwrite counts without a word.
		if err != nil || int(minute) <= last || minute >= MaxMinutes {
			return table.badCell(0, record[0], fmt.Sprintf("must be a minute after %d and below %d", last, MaxMinutes))
		}
		count, err := table.count(record, 1)
		if err != nil {
			return err
		}
		// Only after both cells are valid: a row that is left out must not move the
		// order.
		last = int(minute)
		rows = append(rows, regionRow{last, count})
		return nil
	})
	return rows, err
}
