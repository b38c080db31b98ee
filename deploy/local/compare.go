package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"

	"prewarm/deploy/local/autoscaler"
	"prewarm/deploy/local/gateway"
	"prewarm/deploy/local/scenario"
	"prewarm/deploy/replay/openloop"
	"prewarm/shared/atomicfile"
)

// The comparison, in minutes of the trace.
const (
	compareLearn   = 120
	compareMeasure = 120
)

// A replica of the comparison serves one call at a time. A call keeps a core
// busy for a twentieth of its time and waits for the rest, so that two cores
// carry the load. That is what a replica asks for; receiving calls comes on top,
// so that a replica under full load uses somewhat more.
const (
	cpuShare   = "0.05"
	cpuRequest = 0.05 // cores
)

// compared are the arms: an HPA on CPU as Kubernetes has it, prewarm alone, and
// an HPA that takes the larger of CPU and what prewarm wants.
func compared(edition gateway.Edition) []arm {
	env := map[string]string{"max_inflight": "1", "work_kind": "mixed", "work_cpu_share": cpuShare}
	most := 10
	if edition == gateway.Community {
		most = 5
	}
	reactive := arm{name: "reactive", annotations: map[string]string{"prewarm.mode": "off"}, hpa: autoscaler.Kubernetes}
	predictive := prewarmAlone()
	predictive.name = "predictive"
	hybrid := arm{
		name: "hybrid", annotations: map[string]string{"prewarm.mode": "active", "prewarm.actuator": "hpa"},
		hpa: autoscaler.Example, external: true,
	}
	arms := []arm{reactive, predictive, hybrid}
	for i := range arms {
		arms[i].env, arms[i].max = env, most
	}
	return arms
}

// compare replays the same traffic with each of the three arms and prints and
// keeps what was measured.
func compare(ctx context.Context, o options, out io.Writer, log *slog.Logger) error {
	t, source, err := scenario.LoadMix(o.trace, scenario.Options{Minutes: compareLearn + compareMeasure, Functions: o.functions, Seed: o.seed})
	if err != nil {
		return err
	}
	e := experiment{trace: t, learn: compareLearn, measure: compareMeasure, watched: true}
	o.announce(out, e, source)
	fmt.Fprintf(out, "One call at a time in each replica. HPAs keep CPU at %.0f %% of its request, sync every 15 s of the trace, and have at least one replica:\n", 100*autoscaler.Target)
	fmt.Fprintln(out, "reactive has the behaviour that Kubernetes has by itself, hybrid that of deploy/kubernetes/examples/hpa.yaml and its external metric.")
	outcomes, err := e.run(ctx, o, compared(gateway.Edition(o.edition)), log)
	if err != nil {
		return err
	}
	rows := table(compareFigures(), outcomes)
	if err := writeAligned(out, rows); err != nil {
		return err
	}
	fmt.Fprintf(out, "\nA wait is that of a call that found no replica free: none ready, or all busy while others start.\n")
	fmt.Fprintf(out, "Tables, and a drawing of the replicas over time, are in %[1]s; what was seen and decided, in %[1]s/ARM.\n", o.state)
	return o.keep(rows, e, outcomes)
}

// compareFigures are those of the traffic, the waits for replicas, and the use
// of the CPU.
func compareFigures() []figure {
	smooth := func(of func(smoothness) float64) func(outcome) float64 {
		return func(o outcome) float64 { return of(o.record.smoothness(compareLearn, cpuRequest)) }
	}
	return append(trafficFigures(),
		figure{"calls that waited for a replica", func(o outcome) float64 { return o.waits.Count }, "%.0f"},
		figure{"wait for a replica, mean of all calls, ms", func(o outcome) float64 { return 1e3 * o.waits.Seconds / float64(o.report.Total.Calls) }, "%.2f"},
		figure{"wait for a replica, mean where there was one, ms", func(o outcome) float64 { return 1e3 * o.waits.Mean() }, "%.1f"},
		figure{"wait for a replica, p95 where there was one, ms", func(o outcome) float64 { return 1e3 * o.waits.Quantile(0.95) }, "%.0f"},
		figure{"CPU use, mean, cores", smooth(func(s smoothness) float64 { return s.cores }), "%.3f"},
		figure{"CPU use, variance over minutes, cores²", smooth(func(s smoothness) float64 { return s.variance }), "%.4f"},
		figure{"CPU use of a ready replica relative to its request, variance", smooth(func(s smoothness) float64 { return s.pressure }), "%.4f"},
		figure{"looks of the HPA that came in time, of those due", func(o outcome) float64 { return o.record.punctuality(compareLearn, compareLearn+compareMeasure) }, "%.2f"},
	)
}

// keep writes the files of a comparison into the state directory.
func (o options) keep(rows [][]string, e experiment, outcomes []outcome) error {
	type file struct {
		name  string
		write func(io.Writer) error
	}
	for _, f := range []file{
		{"compare.csv", func(w io.Writer) error { return writeCSV(w, rows) }},
		{"compare.md", func(w io.Writer) error { return writeMarkdown(w, rows) }},
		{"compare.json", func(w io.Writer) error { return writeReports(w, outcomes) }},
		{"replicas.svg", func(w io.Writer) error { return e.writePlot(w, outcomes) }},
	} {
		if err := atomicfile.Write(filepath.Join(o.state, f.name), f.write); err != nil {
			return err
		}
	}
	return nil
}

// writeReports writes the reports and the figures of the arms as JSON.
func writeReports(out io.Writer, outcomes []outcome) error {
	type arm struct {
		Figures map[string]float64 `json:"figures"`
		Report  *openloop.Report   `json:"report"`
	}
	arms := map[string]arm{}
	for _, o := range outcomes {
		a := arm{Figures: map[string]float64{}, Report: o.report}
		for _, f := range compareFigures() {
			a.Figures[f.name] = f.of(o)
		}
		arms[o.arm] = a
	}
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	return e.Encode(arms)
}
