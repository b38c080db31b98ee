package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"

	"prewarm/deploy/local/gateway"
	"prewarm/deploy/local/scenario"
	"prewarm/deploy/local/workload"
	"prewarm/shared/trace"
)

// The length of the demonstration in minutes of the trace. At the default step of a
// second, a run takes four and a half minutes on the clock.
const (
	demoLearn   = 120
	demoMeasure = 150
)

// demo replays the same traffic with each arm of the edition, and prints a table for
// each arm with prewarm, beside OpenFaaS without it.
func demo(ctx context.Context, o workload.Options, out io.Writer, log *slog.Logger) error {
	t, source, err := demoTraffic(o)
	if err != nil {
		return err
	}
	// Not watched: this comparison needs the counters of the gateway only.
	e := experiment{Options: o, trace: t, source: source, learn: demoLearn, measure: demoMeasure, log: log}
	e.announce(out)
	fmt.Fprintf(out, "Edition %s, with its controllers.\n", o.Edition)
	measured, err := e.run(ctx, demoArms(o))
	if err != nil {
		return err
	}
	for _, m := range measured[1:] {
		if err := writeAligned(out, table(trafficFigures(), []measurement{measured[0], m})); err != nil {
			return err
		}
	}
	return nil
}

// demoTraffic returns the traffic of an edition: functions of a trace, of which most are
// called seldom. The community edition scales none of them to zero, so that its traffic has
// loads which need several replicas.
func demoTraffic(o workload.Options) (*trace.Trace, string, error) {
	s := scenario.Options{Minutes: demoLearn + demoMeasure, Functions: o.Functions, Seed: o.Seed}
	if o.Edition == gateway.Community {
		s.LightLoads = true
		return scenario.LoadMix(o.Trace, s)
	}
	return scenario.Load(o.Trace, s)
}
