package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"prewarm/deploy/experiment/waits"
	"prewarm/deploy/local/platform"
	"prewarm/deploy/local/workload"
	"prewarm/deploy/replay/openloop"
	"prewarm/shared/cli"
	"prewarm/shared/trace"
)

// experiment replays the same traffic with each of its arms: learn minutes, in
// which prewarm sees the functions for the first time, then measure minutes.
type experiment struct {
	workload.Options
	trace          *trace.Trace
	source         string // of the trace, in words
	learn, measure int    // minutes of the trace
	watched        bool   // record replicas and CPU, and run the HPAs of the arms
	log            *slog.Logger
}

// measurement is what was measured of one arm.
type measurement struct {
	arm    string
	report *openloop.Report
	waits  waits.Waits
	record *record // nil if the experiment is not watched
}

// announce prints what is going to be measured.
func (e experiment) announce(out io.Writer) {
	minutes := func(n int) string { return fmt.Sprintf("%d minutes of the trace in %v", n, e.OnClock(n)) }
	fmt.Fprintf(out, "Traffic: %s; %d functions, seed %d.\n", e.source, len(e.trace.Functions), e.Seed)
	fmt.Fprintf(out, "Each run: %s to learn, then %s that are measured.\n", minutes(e.learn), minutes(e.measure))
	fmt.Fprintf(out, "Starts of workload replicas are delayed by %v (simulated). Cost ratio %v.\n", e.Delay, e.CostRatio)
}

// run measures one arm after the other, each on a fresh platform.
// They never run at the same time: they would compete for the cores.
func (e experiment) run(ctx context.Context, arms []arm) ([]measurement, error) {
	var measured []measurement
	for _, a := range arms {
		result, err := e.runArm(ctx, a)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", a.name, err)
		}
		measured = append(measured, *result)
	}
	return measured, nil
}

// runArm measures one arm on a platform with an empty state directory of its own.
func (e experiment) runArm(ctx context.Context, a arm) (*measurement, error) {
	e.State = filepath.Join(e.State, a.name) // e is a copy
	// No arm may learn from the samples or decisions of an earlier run.
	if err := os.RemoveAll(e.State); err != nil {
		return nil, err
	}
	p, err := e.StartPlatform(ctx, e.log)
	if err != nil {
		return nil, err
	}
	result, err := e.onPlatform(ctx, p, a)
	return result, errors.Join(err, p.Close())
}

// onPlatform deploys the functions, replays the traffic, and watches the
// functions meanwhile if the experiment asks for it.
func (e experiment) onPlatform(ctx context.Context, p *platform.Platform, a arm) (*measurement, error) {
	names, err := e.Deploy(ctx, p, e.trace, a.Scaling)
	if err != nil {
		return nil, err
	}
	if !e.watched {
		return e.replay(ctx, p, a, names)
	}
	stop, err := e.watch(ctx, p, names, a)
	if err != nil {
		return nil, err
	}
	result, err := e.replay(ctx, p, a, names)
	// The watch ends in any case, because its goroutine uses the platform.
	record, failure := stop()
	if err = errors.Join(err, failure); err != nil {
		return nil, err
	}
	result.record = record
	if err := cli.WriteFile(filepath.Join(e.State, "replicas.csv"), record.writeCSV); err != nil {
		return nil, err
	}
	// Now, because the dashboard ends with the platform.
	return result, saveDecisions(ctx, p.GatewayURL(), filepath.Join(e.State, "decisions.csv"))
}

// replay replays the minutes to learn from, then the minutes to measure.
// There is hardly a pause between the two, so that no keep-alive ends in it.
func (e experiment) replay(ctx context.Context, p *platform.Platform, a arm, names []string) (*measurement, error) {
	bar := cli.NewBar(os.Stderr, a.name, int64(e.learn+e.measure))
	defer bar.Done()
	tick := func() { bar.Add(1) }
	if _, err := e.Replay(ctx, p, e.trace, names, 0, e.learn, tick); err != nil {
		return nil, err
	}
	// The gateway's counters also hold the waits of the minutes to learn from.
	before, err := waits.Read(ctx, p.GatewayURL()+"/metrics", names)
	if err != nil {
		return nil, errors.Join(ctx.Err(), err)
	}
	report, err := e.Replay(ctx, p, e.trace, names, e.learn, e.measure, tick)
	switch {
	case err != nil:
		return nil, err
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case report.Total.Usage == nil:
		return nil, fmt.Errorf("the gateway's counters could not be read: %s", report.MetricsError)
	}
	after, err := waits.Read(ctx, p.GatewayURL()+"/metrics", names)
	return &measurement{arm: a.name, report: report, waits: after.Since(before)}, err
}
