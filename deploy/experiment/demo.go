package main

import (
	"context"
	"io"
	"log/slog"

	"prewarm/deploy/local/scenario"
	"prewarm/deploy/local/workload"
)

// The length of the demonstration in minutes of the trace. At the default step of a
// second, a run takes four and a half minutes on the clock.
const (
	demoLearn   = 120
	demoMeasure = 150
)

// demo replays the same traffic twice, first with the gateway's keep-alive alone,
// then with prewarm, and prints what was measured.
func demo(ctx context.Context, o workload.Options, out io.Writer, log *slog.Logger) error {
	t, source, err := scenario.Load(o.Trace, scenario.Options{Minutes: demoLearn + demoMeasure, Functions: o.Functions, Seed: o.Seed})
	if err != nil {
		return err
	}
	// Not watched: this comparison needs the counters of the gateway only.
	e := experiment{Options: o, trace: t, source: source, learn: demoLearn, measure: demoMeasure, log: log}
	e.announce(out)
	measured, err := e.run(ctx, demoArms())
	if err != nil {
		return err
	}
	return writeAligned(out, table(trafficFigures(), measured))
}
