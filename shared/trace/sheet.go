package trace

import (
	"io"
	"io/fs"
	"slices"
	"strings"
)

// sampleRows is how many rows below the heading are looked at to recognise a file.
const sampleRows = 5

// sheet is a file that may belong to a trace, as its first bytes show it.
type sheet struct {
	name    string     // path below the directory
	place   string     // the same with the name of the directory in front
	heading []string   // without an index column
	rows    [][]string // the first ones, without an index column
	index   int        // 1 if the first column numbers the rows, otherwise 0
	content string     // what the file is if it is no CSV, otherwise ""
	own     ownColumns // of a file of own data
}

// readSheet reads the first bytes of a file. A file that is no CSV has a content.
func readSheet(fsys fs.FS, name string) (sheet, error) {
	s := sheet{name: name}
	f, err := fsys.Open(name)
	if err != nil {
		return s, err
	}
	defer f.Close()
	text, err := Text(f)
	if err != nil {
		s.content = err.Error()
		return s, nil
	}
	// An error below means that the file ends or is no CSV; either is seen from what
	// was read.
	head, _ := text.Peek(headingBytes)
	if s.content = contentOf(head); s.content != "" {
		return s, nil
	}
	heading, rows, _ := ReadHeading(io.LimitReader(text, headingBytes))
	rows.FieldsPerRecord = -1
	for range sampleRows {
		row, err := rows.Read()
		if err != nil {
			break
		}
		if len(row) == len(heading) {
			s.rows = append(s.rows, row)
		}
	}
	s.heading = heading
	s.dropIndex()
	return s, nil
}

// dropIndex leaves the first column out if it numbers the rows: data frames that are
// saved have such a column, mostly without a name. A column without a name that has
// times is their index, and the time of each row.
func (s *sheet) dropIndex() {
	if len(s.heading) < 2 {
		return
	}
	first := strings.ToLower(s.heading[0])
	if first != "" && first != "index" && !strings.HasPrefix(first, "unnamed:") {
		return
	}
	if slices.ContainsFunc(s.rows, func(row []string) bool { _, err := new(clock).seconds(row[0]); return err == nil }) {
		s.heading[0] = "time"
		return
	}
	s.index, s.heading = 1, s.heading[1:]
	for i := range s.rows {
		s.rows[i] = s.rows[i][1:]
	}
}

// any reports whether a cell of a column satisfies a condition in one of the first
// rows.
func (s *sheet) any(column int, is func(cell string) bool) bool {
	return slices.ContainsFunc(s.rows, func(row []string) bool { return is(row[column]) })
}

// title returns the heading as it is shown in an error, cut if it is long.
func (s *sheet) title() string {
	if s.content != "" {
		return s.content
	}
	if len(s.heading) == 0 {
		return "empty"
	}
	title := strings.Join(s.heading[:min(len(s.heading), 8)], ",")
	if len(title) > 100 || len(s.heading) > 8 {
		title = strings.ToValidUTF8(title[:min(len(title), 100)], "") + "..."
	}
	return title
}

// column returns the index of a heading, whatever its case, or -1.
func (s *sheet) column(name string) int {
	return slices.IndexFunc(s.heading, func(h string) bool { return strings.EqualFold(h, name) })
}

// has reports whether a heading has all of the columns, in any order.
func (s *sheet) has(columns []string) bool {
	return !slices.ContainsFunc(columns, func(c string) bool { return s.column(c) < 0 })
}

// beginsWith reports whether a heading begins with the columns.
func (s *sheet) beginsWith(columns ...string) bool {
	return len(s.heading) >= len(columns) && slices.EqualFunc(s.heading[:len(columns)], columns, strings.EqualFold)
}
