package trace

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strconv"
	"strings"
)

// RowError is the error of a malformed cell or row of a trace file.
type RowError struct {
	File   string // path below the trace directory
	Line   int    // from 1
	Column int    // from 1; 0 if the whole row is malformed
	Name   string // heading of the column, "" if it has none
	Value  string // content of the cell
	Reason string // what the content must be
}

// Error returns a message with file, line, column and value.
func (e *RowError) Error() string {
	if e.Column == 0 {
		return fmt.Sprintf("%s: line %d: %s", e.File, e.Line, e.Reason)
	}
	return fmt.Sprintf("%s: line %d, column %d (%s): %s, was: %q", e.File, e.Line, e.Column, e.Name, e.Reason, e.Value)
}

// table is one open CSV file with a heading. Its methods read a row at a time.
type table struct {
	file    string
	index   int      // columns before the header, which number the rows
	header  []string // without them
	rows    *csv.Reader
	source  io.Closer
	options Options

	// lost counts malformed rows that cost a property of a function, such as its
	// duration, and not its calls; nil if the rows have calls.
	lost *int
}

// openTable opens a file and reads its heading. The caller closes source.
func openTable(fsys fs.FS, s sheet, o Options) (*table, error) {
	f, err := fsys.Open(s.name)
	if err != nil {
		return nil, err
	}
	header, rows, err := ReadHeading(o.meter.reader(f))
	if err == nil && len(header) < s.index {
		err = errors.New("another one than before: the file has changed")
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: heading: %w", s.name, err)
	}
	// The length of rows is checked by read, whose error names the row and which
	// can be left out.
	rows.FieldsPerRecord = -1
	// One slice for all rows: a trace has millions of them, some with 1,440 cells.
	rows.ReuseRecord = true
	return &table{file: s.name, index: s.index, header: header[s.index:], rows: rows, source: f, options: o}, nil
}

// each calls row for each row below the heading. A malformed row is counted in the
// summary or, with Strict, ends it with a *RowError. row must not keep anything of a
// row for which it returns an error. The record is valid only during the call.
func (t *table) each(row func(record []string) error) error {
	summary := t.options.summary
	rows, count := summary.Rows, &summary.BadRows
	if t.lost != nil {
		count = t.lost
	}
	before := *count
	var first error
	for {
		record, err := t.read()
		if err == io.EOF {
			t.options.meter.fileEnds(t.file)
			return t.mostlySound(summary.Rows-rows, *count-before, first)
		}
		// Malformed rows count too, since the progress is over what is read.
		summary.Rows++
		t.options.meter.row(t.file)
		if err == nil {
			err = row(record)
		}
		if first == nil {
			first = err
		}
		if err = t.options.leftOut(err, count); err != nil {
			return err
		}
	}
}

// mostlySound returns an error if more than half of the rows of a file are malformed:
// it is then something else than it was taken for, and the rest of it is no trace.
func (t *table) mostlySound(rows int64, bad int, first error) error {
	if t.lost != nil || int64(bad)*2 <= rows {
		return nil
	}
	return fmt.Errorf("%d of %d rows of %s are malformed: %w", bad, rows, t.file, first)
}

// read returns the next row, which must have as many columns as the heading.
func (t *table) read() ([]string, error) {
	record, err := t.rows.Read()
	var syntax *csv.ParseError
	if errors.As(err, &syntax) {
		// csv.Reader goes on after such an error with the next line, so it can be
		// skipped like any other.
		return nil, &RowError{File: t.file, Line: syntax.Line, Reason: fmt.Sprintf("%v at byte %d", syntax.Err, syntax.Column)}
	}
	if err != nil && err != io.EOF {
		return nil, fmt.Errorf("%s: %w", t.file, err)
	}
	if err != nil {
		return nil, err
	}
	if want := t.index + len(t.header); len(record) != want {
		return nil, t.badRow(fmt.Sprintf("must have %d columns as the heading has, had: %d", want, len(record)))
	}
	for i, cell := range record {
		record[i] = strings.TrimSpace(cell)
	}
	return record[t.index:], nil
}

// badCell returns the error of cell i of the current row.
func (t *table) badCell(i int, value, reason string) error {
	line, _ := t.rows.FieldPos(t.index + i)
	return &RowError{File: t.file, Line: line, Column: t.index + i + 1, Name: t.header[i], Value: value, Reason: reason}
}

// badRow returns the error of the current row as a whole.
func (t *table) badRow(reason string) error {
	line, _ := t.rows.FieldPos(0)
	return &RowError{File: t.file, Line: line, Reason: reason}
}

// minuteColumns checks that the headings from column first on are consecutive
// minutes, and returns the label of the first.
func (t *table) minuteColumns(first int) (int, error) {
	if len(t.header) <= first {
		return 0, fmt.Errorf("%s: heading: no minute columns after %q", t.file, strings.Join(t.header, ","))
	}
	label, err := strconv.Atoi(t.header[first])
	if err != nil || label < 0 || label > MaxMinutes {
		return 0, fmt.Errorf("%s: heading: column %d must be a minute, was: %q", t.file, t.index+first+1, t.header[first])
	}
	for i := first; i < len(t.header); i++ {
		// A missing or repeated minute would shift all counts after it.
		if want := strconv.Itoa(label + i - first); t.header[i] != want {
			return 0, fmt.Errorf("%s: heading: column %d must be minute %s, was: %q", t.file, t.index+i+1, want, t.header[i])
		}
	}
	return label, nil
}

// column returns the index of the column with the given heading, whatever its case.
func (t *table) column(name string) (int, error) {
	if i := slices.IndexFunc(t.header, func(h string) bool { return strings.EqualFold(h, name) }); i >= 0 {
		return i, nil
	}
	return 0, fmt.Errorf("%s: heading: column %q is missing", t.file, name)
}

// columns returns the indices of the columns with the given headings.
func (t *table) columns(names []string) ([]int, error) {
	var indices []int
	for _, name := range names {
		i, err := t.column(name)
		if err != nil {
			return nil, err
		}
		indices = append(indices, i)
	}
	return indices, nil
}
