package simulate

import (
	"encoding/csv"
	"io"
	"strconv"
)

// DecisionWriter writes decisions as CSV with the heading
// function,minute,replicas; rows with 0 replicas are left out. Minutes count
// from 0 at the first of the trace. It is a Sink.
type DecisionWriter struct {
	workload *Workload
	rows     *csv.Writer
	begun    bool
}

// NewDecisionWriter returns a writer of decisions on w.
func NewDecisionWriter(out io.Writer, w *Workload) *DecisionWriter {
	return &DecisionWriter{workload: w, rows: csv.NewWriter(out)}
}

// Minute implements Sink.
func (d *DecisionWriter) Minute(m int, warm []int32) error {
	if err := d.begin(); err != nil {
		return err
	}
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
	if err := d.begin(); err != nil {
		return err
	}
	d.rows.Flush()
	return d.rows.Error()
}

// begin writes the heading once.
func (d *DecisionWriter) begin() error {
	if d.begun {
		return nil
	}
	d.begun = true
	return d.rows.Write([]string{"function", "minute", "replicas"})
}
