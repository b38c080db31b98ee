package report

import (
	"fmt"
	"strings"

	"prewarm/models/evaluate/metric"
)

// Table is a Markdown table that is filled row by row.
type Table struct {
	b       strings.Builder
	columns int
}

// NewTable returns a table with the given heading.
func NewTable(heading ...string) *Table {
	t := &Table{columns: len(heading)}
	t.Row(heading)
	t.b.WriteString(strings.Repeat("|---", t.columns) + "|\n")
	return t
}

// Row adds a row. A []string is several cells; any other value is one cell with
// its default format. Row panics if the heading has another number of cells.
func (t *Table) Row(values ...any) {
	var cells []string
	for _, v := range values {
		if several, ok := v.([]string); ok {
			cells = append(cells, several...)
		} else {
			cells = append(cells, fmt.Sprint(v))
		}
	}
	if len(cells) != t.columns {
		panic(fmt.Sprintf("report: a row of %d cells in a table of %d columns", len(cells), t.columns))
	}
	for _, c := range cells {
		// A bar within a cell would begin another cell.
		t.b.WriteString("| " + strings.ReplaceAll(c, "|", `\|`) + " ")
	}
	t.b.WriteString("|\n")
}

// String returns the table with an empty line after it.
func (t *Table) String() string { return t.b.String() + "\n" }

// Fixed returns one cell for each value, with the given number of digits after
// the point.
func Fixed(digits int, values ...float64) []string {
	cells := make([]string, len(values))
	for i, v := range values {
		cells[i] = fmt.Sprintf("%.*f", digits, v)
	}
	return cells
}

// Percent returns a share as a percentage.
func Percent(share float64) string { return fmt.Sprintf("%.1f %%", 100*share) }

// Accuracy returns the cells RMSE, R2 with the given number of digits, and the
// share within 0.5. R2 needs one more digit if methods differ little.
func Accuracy(a metric.Accuracy, digits int) []string {
	return []string{fmt.Sprintf("%.3f", a.RMSE), fmt.Sprintf("%.*f", digits, a.R2), Percent(a.Within)}
}

// Bounds returns the bounds of an interval as one cell.
func Bounds(v metric.Interval, digits int) string {
	return fmt.Sprintf("%.*f to %.*f", digits, v.Low, digits, v.High)
}

// Gain returns the cells of a difference and of its interval.
func Gain(v metric.Interval, digits int) []string {
	return append(Fixed(digits, v.Difference), Bounds(v, digits))
}
