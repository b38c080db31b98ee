package report

import (
	"fmt"
	"strings"
)

// Table is a Markdown table that is filled row by row.
type Table struct {
	b       strings.Builder
	columns int
}

// NewTable returns a table with the given heading.
func NewTable(heading ...string) *Table {
	t := &Table{columns: len(heading)}
	t.Row(heading...)
	t.b.WriteString(strings.Repeat("|---", t.columns) + "|\n")
	return t
}

// Row adds a row. It panics if the number of cells is not that of the heading.
func (t *Table) Row(cells ...string) {
	if len(cells) != t.columns {
		panic(fmt.Sprintf("report: a row of %d cells in a table of %d columns", len(cells), t.columns))
	}
	for _, c := range cells {
		t.b.WriteString("| " + strings.ReplaceAll(c, "|", `\|`) + " ")
	}
	t.b.WriteString("|\n")
}

// String returns the table with an empty line after it.
func (t *Table) String() string { return t.b.String() + "\n" }
