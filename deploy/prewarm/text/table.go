package text

import (
	"io"
	"strings"
	"text/tabwriter"
)

// Table is rows of cells under a heading. The zero value has no heading.
type Table struct {
	Heading []string
	Rows    [][]string
}

// Add appends a row. Its cells may come from outside.
func (t *Table) Add(cells ...string) { t.Rows = append(t.Rows, cells) }

// Write writes the table with aligned columns. A cell is written on one line, by Safe, and an
// empty one as a dash.
func (t *Table) Write(w io.Writer) error {
	out := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	rows := t.Rows
	if len(t.Heading) > 0 {
		rows = append([][]string{t.Heading}, rows...)
	}
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, cell := range row {
			if cells[i] = Safe(cell); cells[i] == "" {
				cells[i] = "-"
			}
		}
		if _, err := io.WriteString(out, strings.Join(cells, "\t")+"\n"); err != nil {
			return err
		}
	}
	return out.Flush()
}
