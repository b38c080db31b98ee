// Package loadtest holds the runs of a load test, one row per run, and labels each
// load with the fewest replicas that met the objective. It reads and writes runs
// as CSV, and reads the output of hey, a load generator.
package loadtest

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/gonum/stat"

	"prewarm/shared/trace"
)

// Row is one run of a load.
type Row struct {
	Rate        float64 // calls per second that arrived (open loop); 0 if each caller called again once answered (closed loop)
	Concurrency int     // callers, each with one call at a time
	Replicas    int     // replicas that were ready

	Seconds           float64    // length of the run
	Requests          int        // calls that ended, with or without an answer
	RequestsPerSecond float64    // Requests over Seconds: the arrivals of an open loop, the answers of a closed loop
	ResponseBytes     float64    // mean size of an answer
	Latency           [5]float64 // seconds at Percentiles
	Status            [4]int     // answers with 2xx, 4xx and 5xx, and calls without an answer
}

// Percentiles are the percentiles of Row.Latency, in percent.
var Percentiles = [5]float64{10, 50, 75, 90, 99}

// Indexes of Row.Status.
const (
	Status2xx = iota
	Status4xx
	Status5xx
	NoAnswer
)

// StatusIndex returns the index in Row.Status of a status code. Codes other than
// 2xx and 4xx, redirects among them, count as faults of the server.
// A load test expects neither redirects nor informational answers.
func StatusIndex(code int) int {
	switch code / 100 {
	case 2:
		return Status2xx
	case 4:
		return Status4xx
	}
	return Status5xx
}

// ErrorRate is the share of calls without an answer of 2xx, and 0 if there was no
// call.
func (r Row) ErrorRate() float64 {
	if r.Requests == 0 {
		return 0
	}
	return float64(r.Requests-r.Status[Status2xx]) / float64(r.Requests)
}

// Summarise sets Requests, RequestsPerSecond and Latency from Status, Seconds and
// the latencies of all answers in seconds, which it sorts.
// It adds to Requests and therefore must be called once for a row.
func (r *Row) Summarise(latencies []float64) {
	for _, n := range r.Status {
		r.Requests += n
	}
	if r.Seconds > 0 {
		r.RequestsPerSecond = float64(r.Requests) / r.Seconds
	}
	if len(latencies) == 0 {
		return
	}
	slices.Sort(latencies)
	for i, p := range Percentiles {
		// The nearest rank: a latency that was measured, not one between two.
		r.Latency[i] = stat.Quantile(p/100, stat.Empirical, latencies, nil)
	}
}

// header returns the names of the columns in the order of the fields of Row.
// Its names have units, because the files are also read by hand.
func header() []string {
	return []string{
		"rate", "concurrency", "replicas_ready", "seconds", "requests", "requests_per_second", "response_bytes",
		"p10_seconds", "p50_seconds", "p75_seconds", "p90_seconds", "p99_seconds",
		"status_2xx", "status_4xx", "status_5xx", "no_answer", "error_rate",
	}
}

// Writer writes rows as CSV, after a line with the names of the columns.
type Writer struct {
	csv   *csv.Writer
	begun bool
}

// NewWriter returns a Writer to out.
func NewWriter(out io.Writer) *Writer { return &Writer{csv: csv.NewWriter(out)} }

// Write writes one row and flushes it, so that an interrupt of a load test loses no
// run.
func (w *Writer) Write(r Row) error {
	if !w.begun {
		_ = w.csv.Write(header()) // Flush returns the error
		w.begun = true
	}
	// Six digits are more than a measurement is exact.
	number := func(v float64) string { return strconv.FormatFloat(v, 'g', 6, 64) }
	record := []string{number(r.Rate), strconv.Itoa(r.Concurrency), strconv.Itoa(r.Replicas), number(r.Seconds), strconv.Itoa(r.Requests), number(r.RequestsPerSecond), number(r.ResponseBytes)}
	for _, l := range r.Latency {
		record = append(record, number(l))
	}
	for _, n := range r.Status {
		record = append(record, strconv.Itoa(n))
	}
	_ = w.csv.Write(append(record, number(r.ErrorRate())))
	w.csv.Flush()
	return w.csv.Error()
}

// Read reads rows that a Writer wrote. An error names line, column and value.
func Read(in io.Reader) ([]Row, error) {
	first, c, err := trace.ReadHeading(in)
	if err != nil {
		return nil, fmt.Errorf("loadtest: header: %w", err)
	}
	if !slices.Equal(first, header()) {
		return nil, fmt.Errorf("loadtest: the header must be %v, was: %.300q", header(), first)
	}
	var rows []Row
	for {
		record, err := c.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, fmt.Errorf("loadtest: %w", err)
		}
		row, err := parse(record)
		if err != nil {
			line, _ := c.FieldPos(0)
			return nil, fmt.Errorf("loadtest: line %d: %w", line, err)
		}
		rows = append(rows, row)
	}
}

// parse reads a record with the columns of header. The error rate is checked, and
// computed again when it is asked for.
func parse(record []string) (Row, error) {
	var v [17]float64
	for i, name := range header() {
		n, err := strconv.ParseFloat(record[i], 64)
		if err != nil || !(n >= 0) || math.IsInf(n, 0) {
			return Row{}, fmt.Errorf("%s must be a number and at least 0, was: %.40q", name, record[i])
		}
		// concurrency, replicas, requests, and the four counts of status.
		whole := i == 1 || i == 2 || i == 4 || (i >= 12 && i < 16)
		if whole && (n != math.Trunc(n) || n > math.MaxInt32) {
			return Row{}, fmt.Errorf("%s must be a whole number, was: %.40q", name, record[i])
		}
		v[i] = n
	}
	return Row{
		Rate: v[0], Concurrency: int(v[1]), Replicas: int(v[2]), Seconds: v[3], Requests: int(v[4]), RequestsPerSecond: v[5], ResponseBytes: v[6],
		Latency: [5]float64(v[7:12]), Status: [4]int{int(v[12]), int(v[13]), int(v[14]), int(v[15])},
	}, nil
}
