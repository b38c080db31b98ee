package main

import (
	"encoding/csv"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// figure is one row of a comparison: what was measured of each arm.
type figure struct {
	name   string
	of     func(outcome) float64
	format string
}

// trafficFigures are those of every comparison.
func trafficFigures() []figure {
	return []figure{
		{"calls", func(o outcome) float64 { return float64(o.report.Total.Calls) }, "%.0f"},
		{"errors", func(o outcome) float64 { return float64(o.report.Total.Errors + o.report.Total.Dropped) }, "%.0f"},
		{"cold starts", func(o outcome) float64 { return o.report.Total.Usage.ColdStarts }, "%.0f"},
		{"replica-seconds ready", func(o outcome) float64 { return o.report.Total.Usage.ReadySeconds }, "%.1f"},
		{"replica-seconds idle", func(o outcome) float64 { return o.report.Total.Usage.IdleSeconds }, "%.1f"},
		{"latency mean, ms", func(o outcome) float64 { return 1e3 * o.report.Total.Latency.All.Mean }, "%.1f"},
		{"latency p50, ms", func(o outcome) float64 { return 1e3 * o.report.Total.Latency.All.P50 }, "%.1f"},
		{"latency p95, ms", func(o outcome) float64 { return 1e3 * o.report.Total.Latency.All.P95 }, "%.1f"},
		{"latency p99, ms", func(o outcome) float64 { return 1e3 * o.report.Total.Latency.All.P99 }, "%.1f"},
	}
}

// table is a comparison as text: a heading, and a row for each figure with a
// cell for each arm and one for the ratio of each further arm to the first.
func table(figures []figure, outcomes []outcome) [][]string {
	heading := []string{""}
	for _, o := range outcomes {
		heading = append(heading, o.arm)
	}
	for _, o := range outcomes[1:] {
		heading = append(heading, o.arm+" / "+outcomes[0].arm)
	}
	rows := [][]string{heading}
	for _, f := range figures {
		row := []string{f.name}
		for _, o := range outcomes {
			row = append(row, fmt.Sprintf(f.format, f.of(o)))
		}
		first := f.of(outcomes[0])
		for _, o := range outcomes[1:] {
			row = append(row, ratio(f.of(o), first))
		}
		rows = append(rows, row)
	}
	return rows
}

func ratio(a, b float64) string {
	if !(b > 0) {
		return "-"
	}
	return fmt.Sprintf("%.2f", a/b)
}

// writeAligned writes a table for a terminal.
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
	w := csv.NewWriter(out)
	return w.WriteAll(rows)
}
