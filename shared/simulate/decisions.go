package simulate

import (
	"encoding/csv"
	"io"
	"strconv"
)

// DecisionWriter writes decisions as CSV, function,minute,replicas. Rows with 0
// replicas are left out. Minutes count from 0 at the first of the trace. It is a
// Sink; Flush must be called in the end.
type DecisionWriter struct {
	workload *Workload
	rows     *csv.Writer
}

// NewDecisionWriter returns a writer of decisions on w, and buffers the heading.
func NewDecisionWriter(out io.Writer, w *Workload) *DecisionWriter {
	d := &DecisionWriter{workload: w, rows: csv.NewWriter(out)}
	_ = d.rows.Write([]string{"function", "minute", "replicas"}) // Flush returns the error
	return d
}

// Minute implements Sink.
func (d *DecisionWriter) Minute(m int, warm []int32) error {
	for f, n := range warm {
		if n == 0 {
			continue
		}
		row := []string{d.workload.Functions[f].Name, strconv.Itoa(m), strconv.Itoa(int(n))}
		if err := d.rows.Write(row); err != nil {
			return err
		}
	}
	return nil
}

// Flush writes what is buffered and returns the first error of all writes.
func (d *DecisionWriter) Flush() error {
	d.rows.Flush()
	return d.rows.Error()
}
