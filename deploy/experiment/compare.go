package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"

	"prewarm/deploy/experiment/hpaloop"
	"prewarm/deploy/local/scenario"
	"prewarm/deploy/local/workload"
	"prewarm/deploy/replay/openloop"
	"prewarm/shared/cli"
)

// The length of the comparison in minutes of the trace. At the default step of a second,
// a run takes four minutes on the clock.
const (
	compareLearn   = 120
	compareMeasure = 120
)

// compare replays the same traffic with each of three arms, and prints and keeps
// what was measured.
// The arms get the same calls at the same times, because the plan depends on the seed only.
func compare(ctx context.Context, o workload.Options, out io.Writer, log *slog.Logger) error {
	o.NoControllers = true // the HPAs replace them
	t, source, err := scenario.LoadMix(o.Trace, scenario.Options{Minutes: compareLearn + compareMeasure, Functions: o.Functions, Seed: o.Seed})
	if err != nil {
		return err
	}
	e := experiment{Options: o, trace: t, source: source, learn: compareLearn, measure: compareMeasure, watched: true, log: log}
	e.announce(out)
	fmt.Fprintf(out, "One call at a time in each replica. HPAs keep CPU at %.0f %% of its request, sync every 15 s of the trace, and have at least one replica:\n", 100*hpaloop.Target)
	fmt.Fprintln(out, "reactive has the default behaviour of Kubernetes, hybrid that of deploy/kubernetes/examples/hpa.yaml and its external metric.")
	measured, err := e.run(ctx, compareArms(o.Edition))
	if err != nil {
		return err
	}
	rows := table(compareFigures(), measured)
	if err := writeAligned(out, rows); err != nil {
		return err
	}
	fmt.Fprintf(out, "\nA call waits for a replica if it finds none free: none is ready, or all are busy while others start.\n")
	fmt.Fprintf(out, "Tables, and a drawing of the replicas over time, are in %[1]s; replicas and decisions of each arm, in %[1]s/ARM.\n", o.State)
	return e.keep(rows, measured)
}

// compareFigures are the figures of the traffic, of the waits for replicas, and of
// the CPU use.
// Variances show how evenly the arms use the CPU. The last figure says whether the machine
// was fast enough for the comparison.
func compareFigures() []figure {
	// CPU is recorded over the whole arm; only the measured minutes count.
	cpu := func(of func(cpuUse) float64) func(measurement) float64 {
		return func(m measurement) float64 { return of(m.record.cpuUse(compareLearn, cpuRequest)) }
	}
	return append(trafficFigures(),
		figure{"calls that waited for a replica", func(m measurement) float64 { return m.waits.Count }, "%.0f"},
		figure{"wait for a replica, mean of all calls, ms", func(m measurement) float64 { return 1e3 * m.waits.Seconds / float64(m.report.Total.Calls) }, "%.2f"},
		figure{"wait for a replica, mean of the calls that waited, ms", func(m measurement) float64 { return 1e3 * m.waits.Mean() }, "%.1f"},
		figure{"wait for a replica, p95 of the calls that waited, ms", func(m measurement) float64 { return 1e3 * m.waits.Quantile(0.95) }, "%.0f"},
		figure{"CPU use, mean, cores", cpu(func(u cpuUse) float64 { return u.mean }), "%.3f"},
		figure{"CPU use, variance over minutes, cores²", cpu(func(u cpuUse) float64 { return u.variance }), "%.4f"},
		figure{"CPU use of a ready replica relative to its request, variance", cpu(func(u cpuUse) float64 { return u.relative }), "%.4f"},
		figure{"HPA syncs in time, share of those due", func(m measurement) float64 { return m.record.punctuality(compareLearn, compareLearn+compareMeasure) }, "%.2f"},
	)
}

// keep writes the files of a comparison into the state directory.
// The table is kept for programs and for reading, the full reports for other figures.
func (e experiment) keep(rows [][]string, measured []measurement) error {
	for _, f := range []struct {
		name  string
		write func(io.Writer) error
	}{
		{"compare.csv", func(w io.Writer) error { return writeCSV(w, rows) }},
		{"compare.md", func(w io.Writer) error { return writeMarkdown(w, rows) }},
		{"compare.json", func(w io.Writer) error { return writeReports(w, measured) }},
		{seedFile(e.Seed), func(w io.Writer) error { return writeReports(w, measured) }}, // for summary
		{"replicas.svg", func(w io.Writer) error { return e.writePlot(w, measured) }},
	} {
		if err := cli.WriteFile(filepath.Join(e.State, f.name), f.write); err != nil {
			return err
		}
	}
	return nil
}

// writeReports writes the figures and the full reports of the arms as JSON.
func writeReports(out io.Writer, measured []measurement) error {
	type arm struct {
		Figures map[string]float64 `json:"figures"`
		Report  *openloop.Report   `json:"report"`
	}
	arms := map[string]arm{}
	for _, m := range measured {
		a := arm{Figures: map[string]float64{}, Report: m.report}
		for _, f := range compareFigures() {
			a.Figures[f.name] = f.of(m)
		}
		arms[m.arm] = a
	}
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	return e.Encode(arms)
}
