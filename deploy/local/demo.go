package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"text/tabwriter"

	"prewarm/deploy/local/platform"
	"prewarm/deploy/local/scenario"
	"prewarm/deploy/replay/openloop"
	"prewarm/shared/progress"
	"prewarm/shared/trace"
)

// The demonstration replays learnMinutes, in which both policies see the
// functions for the first time, and then measures measureMinutes.
const (
	learnMinutes   = 150
	measureMinutes = 120
)

// demo replays the same traffic twice at the same settings, first with
// keep-alive alone, then with prewarm, and prints what was measured.
func demo(ctx context.Context, o options, out io.Writer, log *slog.Logger) error {
	t, source, err := scenario.Load(o.trace, scenario.Options{Minutes: learnMinutes + measureMinutes, Functions: o.functions, Seed: o.seed})
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "Traffic: %s, %d functions, seed %d.\n", source, len(t.Functions), o.seed)
	fmt.Fprintf(out, "Each run: %s to learn, then %s that are measured.\n", o.minutes(learnMinutes), o.minutes(measureMinutes))
	fmt.Fprintf(out, "Starts of workload replicas are delayed by %v (simulated). Cost ratio %v.\n", o.delay, o.costRatio)
	var reports []*openloop.Report
	for _, who := range []policyOf{withKeepAlive, withPrewarm} {
		r, err := o.measure(ctx, t, who, log)
		if err != nil {
			return err
		}
		reports = append(reports, r)
	}
	return compare(out, reports[0], reports[1])
}

// measure runs one policy on a fresh platform.
func (o options) measure(ctx context.Context, t *trace.Trace, who policyOf, log *slog.Logger) (*openloop.Report, error) {
	o.state = fmt.Sprintf("%s/%s", o.state, who)
	if err := os.RemoveAll(o.state); err != nil {
		return nil, err
	}
	p, err := o.startPlatform(ctx, log)
	if err != nil {
		return nil, err
	}
	report, err := o.replayTwice(ctx, p, t, who)
	return report, errors.Join(err, p.Close())
}

// replayTwice replays the part to learn from and the part to measure.
func (o options) replayTwice(ctx context.Context, p *platform.Platform, t *trace.Trace, who policyOf) (*openloop.Report, error) {
	names, err := o.deploy(ctx, p, t, who)
	if err != nil {
		return nil, err
	}
	bar := progress.New(os.Stderr, string(who), learnMinutes+measureMinutes)
	defer bar.Done()
	tick := func() { bar.Add(1) }
	if _, err := openloop.Run(ctx, o.replayOptions(p, t, names, 0, learnMinutes, tick)); err != nil {
		return nil, err
	}
	report, err := openloop.Run(ctx, o.replayOptions(p, t, names, learnMinutes, measureMinutes, tick))
	switch {
	case err != nil:
		return nil, err
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case report.Total.Usage == nil:
		return nil, fmt.Errorf("%s: the gateway's counters could not be read: %s", who, report.MetricsError)
	}
	return report, nil
}

// compare prints both runs side by side.
func compare(out io.Writer, keepAlive, prewarm *openloop.Report) error {
	w := tabwriter.NewWriter(out, 0, 0, 3, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "\n\tkeep-alive of %d min\tprewarm\tprewarm / keep-alive\t\n", keepAliveSteps)
	for _, row := range []struct {
		name   string
		figure func(*openloop.Report) float64
		format string
	}{
		{"calls", func(r *openloop.Report) float64 { return float64(r.Total.Calls) }, "%.0f"},
		{"errors", func(r *openloop.Report) float64 { return float64(r.Total.Errors) }, "%.0f"},
		{"cold starts", func(r *openloop.Report) float64 { return r.Total.Usage.ColdStarts }, "%.0f"},
		{"replica-seconds ready", func(r *openloop.Report) float64 { return r.Total.Usage.ReadySeconds }, "%.1f"},
		{"replica-seconds idle", func(r *openloop.Report) float64 { return r.Total.Usage.IdleSeconds }, "%.1f"},
		{"latency p50, ms", func(r *openloop.Report) float64 { return 1e3 * r.Total.Latency.All.P50 }, "%.1f"},
		{"latency p95, ms", func(r *openloop.Report) float64 { return 1e3 * r.Total.Latency.All.P95 }, "%.1f"},
		{"latency p99, ms", func(r *openloop.Report) float64 { return 1e3 * r.Total.Latency.All.P99 }, "%.1f"},
	} {
		a, b := row.figure(keepAlive), row.figure(prewarm)
		ratio := "-"
		if a > 0 {
			ratio = fmt.Sprintf("%.2f", b/a)
		}
		fmt.Fprintf(w, "%s\t"+row.format+"\t"+row.format+"\t%s\t\n", row.name, a, b, ratio)
	}
	return w.Flush()
}
