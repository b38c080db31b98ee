package main

import (
	"encoding/csv"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// figure is one row of a comparison: a value of each arm.
type figure struct {
	name   string
	of     func(measurement) float64
	format string // of the value, for fmt
}

// trafficFigures are the figures of demo and of compare. Latency is from the time at
// which a call was due to the last byte of its answer.
// A dropped call counts as an error: its client would have got no answer.
func trafficFigures() []figure {
	return []figure{
		{"calls", func(m measurement) float64 { return float64(m.report.Total.Calls) }, "%.0f"},
		{"errors", func(m measurement) float64 { return float64(m.report.Total.Errors + m.report.Total.Dropped) }, "%.0f"},
		{"cold starts", func(m measurement) float64 { return m.report.Total.Usage.ColdStarts }, "%.0f"},
		{"replica-seconds ready", func(m measurement) float64 { return m.report.Total.Usage.ReadySeconds }, "%.1f"},
		{"replica-seconds idle", func(m measurement) float64 { return m.report.Total.Usage.IdleSeconds }, "%.1f"},
		{"latency mean, ms", func(m measurement) float64 { return 1e3 * m.report.Total.Latency.All.Mean }, "%.1f"},
		{"latency p50, ms", func(m measurement) float64 { return 1e3 * m.report.Total.Latency.All.P50 }, "%.1f"},
		{"latency p95, ms", func(m measurement) float64 { return 1e3 * m.report.Total.Latency.All.P95 }, "%.1f"},
		{"latency p99, ms", func(m measurement) float64 { return 1e3 * m.report.Total.Latency.All.P99 }, "%.1f"},
	}
}

// table returns a comparison as text: a heading, and a row for each figure. A row has a
// cell for each arm, and a cell for the ratio of each further arm to the first.
// A ratio below 1 means less than the first arm.
func table(figures []figure, measured []measurement) [][]string {
	heading := []string{""}
	for _, m := range measured {
		heading = append(heading, m.arm)
	}
	for _, m := range measured[1:] {
		heading = append(heading, m.arm+" / "+measured[0].arm)
	}
	rows := [][]string{heading}
	for _, f := range figures {
		row := []string{f.name}
		for _, m := range measured {
			row = append(row, fmt.Sprintf(f.format, f.of(m)))
		}
		first := f.of(measured[0])
		for _, m := range measured[1:] {
			row = append(row, ratio(f.of(m), first))
		}
		rows = append(rows, row)
	}
	return rows
}

// ratio returns a/b as text, "-" if b is not above 0.
func ratio(a, b float64) string {
	if !(b > 0) {
		return "-"
	}
	return fmt.Sprintf("%.2f", a/b)
}

// writeAligned writes a table with aligned columns, for a terminal.
func writeAligned(out io.Writer, rows [][]string) error {
	w := tabwriter.NewWriter(out, 0, 0, 3, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w)
	for _, row := range rows {
		fmt.Fprintln(w, strings.Join(row, "\t")+"\t")
	}
	return w.Flush()
}

// writeMarkdown writes a table in Markdown.
func writeMarkdown(out io.Writer, rows [][]string) error {
	for i, row := range rows {
		if _, err := fmt.Fprintf(out, "| %s |\n", strings.Join(row, " | ")); err != nil {
			return err
		}
		if i == 0 {
			if _, err := fmt.Fprintln(out, strings.Repeat("|---", len(row))+"|"); err != nil {
				return err
			}
		}
	}
	return nil
}

// writeCSV writes a table as CSV.
func writeCSV(out io.Writer, rows [][]string) error {
	return csv.NewWriter(out).WriteAll(rows)
}
