package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"

	"prewarm/deploy/local/scenario"
)

// The demonstration replays learnMinutes, in which both policies see the
// functions for the first time, and then measures measureMinutes.
const (
	learnMinutes   = 120
	measureMinutes = 150
)

// demo replays the same traffic twice at the same settings, first with
// keep-alive alone, then with prewarm, and prints what was measured.
func demo(ctx context.Context, o options, out io.Writer, log *slog.Logger) error {
	t, source, err := scenario.Load(o.trace, scenario.Options{Minutes: learnMinutes + measureMinutes, Functions: o.functions, Seed: o.seed})
	if err != nil {
		return err
	}
	e := experiment{trace: t, learn: learnMinutes, measure: measureMinutes}
	o.announce(out, e, source)
	outcomes, err := e.run(ctx, o, []arm{keepAliveAlone(), prewarmAlone()}, log)
	if err != nil {
		return err
	}
	return writeAligned(out, table(trafficFigures(), outcomes))
}

// announce says what is going to be measured.
func (o options) announce(out io.Writer, e experiment, source string) {
	fmt.Fprintf(out, "Traffic: %s; %d functions, seed %d.\n", source, len(e.trace.Functions), o.seed)
	fmt.Fprintf(out, "Each run: %s to learn, then %s that are measured.\n", o.minutes(e.learn), o.minutes(e.measure))
	fmt.Fprintf(out, "Starts of workload replicas are delayed by %v (simulated). Cost ratio %v.\n", o.delay, o.costRatio)
}
