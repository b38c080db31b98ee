package openloop

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// WriteJSON writes the report as indented JSON.
func (r *Report) WriteJSON(out io.Writer) error {
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

// WriteCSV writes a row for each function, and a last row named total. Unknown values are
// empty cells. Latencies are in seconds from the time at which a call was due; in columns
// that begin with send, from its sending.
func (r *Report) WriteCSV(out io.Writer) error {
	w := csv.NewWriter(out)
	w.Write(csvHeading()) // errors stay with the writer until Flush
	for _, f := range r.Functions {
		w.Write(f.csvRow())
	}
	w.Write(r.Total.csvRow())
	w.Flush()
	return w.Error()
}

// csvHeading returns the names of the columns of csvRow.
func csvHeading() []string {
	heading := []string{"function", "trace_function", "calls", "errors", "dropped", "warm", "cold", "cold_wait_seconds"}
	for _, of := range []string{"all", "warm", "cold", "send_all", "send_warm", "send_cold"} {
		for _, q := range []string{"p50", "p95", "p99"} {
			heading = append(heading, of+"_"+q)
		}
	}
	return append(heading, "gateway_cold_starts", "replica_seconds_ready", "replica_seconds_busy", "replica_seconds_idle", "status")
}

// csvRow returns the cells of one function. Latencies that do not exist are empty cells, not
// zeros.
// The columns follow csvHeading.
func (f FunctionReport) csvRow() []string {
	row := []string{f.Function, f.TraceFunction}
	for _, n := range []int64{f.Calls, f.Errors, f.Dropped, f.Warm, f.Cold} {
		row = append(row, strconv.FormatInt(n, 10))
	}
	row = append(row, decimal(f.ColdWait))
	for _, l := range []*Latency{f.Latency.All, f.Latency.Warm, f.Latency.Cold, f.SendLatency.All, f.SendLatency.Warm, f.SendLatency.Cold} {
		if l == nil {
			row = append(row, "", "", "")
			continue
		}
		row = append(row, decimal(l.P50), decimal(l.P95), decimal(l.P99))
	}
	if u := f.Usage; u == nil {
		row = append(row, "", "", "", "")
	} else {
		row = append(row, decimal(u.ColdStarts), decimal(u.ReadySeconds), decimal(u.BusySeconds), decimal(u.IdleSeconds))
	}
	return append(row, f.statusText())
}

// decimal formats a number with as many digits as it needs.
func decimal(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// statusText lists the calls by status, such as "200=12 502=1".
// The pairs are separated by spaces, so that the list is one cell of CSV.
func (f FunctionReport) statusText() string {
	var parts []string
	for status, n := range f.Status {
		parts = append(parts, fmt.Sprintf("%s=%d", status, n))
	}
	// The order of a map is random.
	slices.Sort(parts)
	return strings.Join(parts, " ")
}

// WriteMarkdown writes the report as a table for reading.
func (r *Report) WriteMarkdown(out io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%d functions, minutes %d to %d at speed %g, %.1f s on the clock", r.FunctionCount, r.From, r.From+r.Minutes-1, r.Speed, r.WallSeconds)
	if r.Interrupted {
		b.WriteString(", interrupted")
	}
	b.WriteString("\n\nLatency in milliseconds from the time due. Replica time in seconds.\n\n" +
		"| function | calls | errors | dropped | cold | warm p50 | warm p95 | warm p99 | cold p50 | cold p95 | cold p99 | all p99 | ready | idle | status |\n" +
		"|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n")
	// A clone, because append could write into the array of the report.
	for _, f := range append(slices.Clone(r.Functions), r.Total) {
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %d | %s | %s | %s | %s | %s |\n", f.Function, f.Calls, f.Errors, f.Dropped, f.Cold,
			f.Latency.Warm.markdown(), f.Latency.Cold.markdown(), f.Latency.All.p99(), f.Usage.markdown(), f.statusText())
	}
	if r.MetricsError != "" {
		fmt.Fprintf(&b, "\nReplica time is unknown: %s\n", r.MetricsError)
	}
	if r.Attribution != "" {
		fmt.Fprintf(&b, "\nData: %s\n", r.Attribution)
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// markdown returns the three percentiles as cells, in milliseconds.
func (l *Latency) markdown() string {
	if l == nil {
		return "- | - | -"
	}
	return fmt.Sprintf("%.1f | %.1f | %.1f", l.P50*1000, l.P95*1000, l.P99*1000)
}

// p99 returns the 99th percentile as a cell, in milliseconds.
func (l *Latency) p99() string {
	if l == nil {
		return "-"
	}
	return fmt.Sprintf("%.1f", l.P99*1000)
}

// markdown returns ready and idle time as cells.
func (u *Usage) markdown() string {
	if u == nil {
		return "- | -"
	}
	return fmt.Sprintf("%.1f | %.1f", u.ReadySeconds, u.IdleSeconds)
}
