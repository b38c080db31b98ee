package loadtest

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"

	"prewarm/shared/trace"
)

// ReadHeyCSV reads the output of hey -o csv, one answer per line. It contains neither
// sizes, so that ResponseBytes stays 0, nor calls without an answer. Those are the
// calls of run less the answers; without run.Calls their number is unknown, and the
// run is refused, since a run of errors would look like one without.
//
// Columns are found by name. Used are response-time and offset, both in seconds, and
// status-code.
func ReadHeyCSV(in io.Reader, run Conditions) (Row, error) {
	first, rows, err := trace.ReadHeading(in)
	if err != nil {
		return Row{}, fmt.Errorf("loadtest: hey: header: %w", err)
	}
	h := heyRows{rows: rows, row: Row{Rate: run.Rate, Concurrency: run.Concurrency, Replicas: run.Replicas}}
	h.latency, h.status, h.offset = slices.Index(first, "response-time"), slices.Index(first, "status-code"), slices.Index(first, "offset")
	if h.latency < 0 || h.status < 0 || h.offset < 0 {
		return Row{}, fmt.Errorf("loadtest: hey: the header must name response-time, status-code and offset, was: %.300q", first)
	}
	for err == nil {
		err = h.read()
	}
	if !errors.Is(err, io.EOF) {
		return Row{}, fmt.Errorf("loadtest: hey: %w", err)
	}
	if h.row.Status[NoAnswer], err = run.unanswered(len(h.latencies)); err != nil {
		return Row{}, fmt.Errorf("loadtest: hey: %w", err)
	}
	h.row.Summarise(h.latencies)
	return h.row, nil
}

// unanswered returns the calls without an answer, of a run with some answers. hey makes
// the same number of calls with each of its callers.
func (run Conditions) unanswered(answers int) (int, error) {
	if answers == 0 {
		return 0, errors.New("no answers")
	}
	if run.Calls == 0 {
		return 0, errors.New("-o csv has no calls without an answer, so that errors would not be seen: state the calls that hey was asked for (-n), or read what it prints without -o csv")
	}
	callers := max(1, run.Concurrency)
	made := run.Calls / callers * callers
	if made < answers {
		return 0, fmt.Errorf("calls must be at least the %d answers, were: %d, of which %d callers make %d", answers, run.Calls, callers, made)
	}
	return made - answers, nil
}

// heyRows is the state of reading the rows of hey.
type heyRows struct {
	rows                    *csv.Reader
	row                     Row
	latency, status, offset int // columns
	latencies               []float64
}

// read reads one answer. It returns io.EOF after the last one.
func (h *heyRows) read() error {
	record, err := h.rows.Read()
	if err != nil {
		return err
	}
	if record[h.latency] == "response-time" {
		return errTwoRuns
	}
	var latency, begin float64
	if err := errors.Join(parseFinite("response-time", record[h.latency], &latency), parseFinite("offset", record[h.offset], &begin)); err != nil {
		return err
	}
	if len(record[h.status]) != 3 {
		return fmt.Errorf("status-code must have three digits, was: %.40q", record[h.status])
	}
	// hey writes answers in the order in which they came, but for some milliseconds.
	// offset is when a call was sent.
	end := begin + latency
	if end < h.row.Seconds/2-0.1 {
		return fmt.Errorf("an answer after %.4g s follows one after %.4g s: %w, and do not sort it", end, h.row.Seconds, errTwoRuns)
	}
	h.latencies = append(h.latencies, latency)
	h.row.Status[StatusIndex(code(record[h.status]))]++
	h.row.Seconds = max(h.row.Seconds, end) // the run ends with its last answer
	return nil
}
