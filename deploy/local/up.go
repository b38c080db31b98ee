package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"prewarm/deploy/local/platform"
	"prewarm/deploy/local/scenario"
	"prewarm/deploy/replay/openloop"
	"prewarm/shared/cli"
	"prewarm/shared/trace"
)

// upMinutes is the length of the trace that is replayed over and over.
const upMinutes = 600

// up runs the platform, the suite and a replay until ctx ends.
func up(ctx context.Context, o options, out io.Writer, log *slog.Logger) error {
	t, source, err := scenario.Load(o.trace, scenario.Options{Minutes: upMinutes, Functions: o.functions, Seed: o.seed})
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "Starting; the first time everything is built, which takes some minutes.")
	p, err := o.startPlatform(ctx, log)
	if err != nil {
		return err
	}
	err = o.show(ctx, p, t, source, out)
	fmt.Fprintln(out, "\nStopping.")
	if closing := p.Close(); closing != nil {
		return closing
	}
	if ctx.Err() != nil {
		return nil // ctrl-C is how this program ends
	}
	return err
}

// show deploys the workload, says where to look, and replays until ctx ends.
func (o options) show(ctx context.Context, p *platform.Platform, t *trace.Trace, source string, out io.Writer) error {
	names, err := o.deploy(ctx, p, t, prewarmAlone())
	if err != nil {
		return err
	}
	fmt.Fprintf(out, `
Dashboard  %[1]s/function/dashboard/
Gateway    %[1]s   user %[2]s, password in %[3]s/gateway-password
Store      %[4]s   (Prometheus API)
NATS       %[5]s

%[6]d workload functions, mode active; traffic: %[7]s.
One minute of the trace passes in %[8]v; three hours of history in %[9]v.
Starts of workload replicas are delayed by %[10]v (simulated).
Stop with ctrl-C.

`, p.GatewayURL(), p.User(), o.state, p.StoreURL(), p.NATSURL(), len(names), source, o.step, 180*o.step, o.delay)
	for round := 1; ctx.Err() == nil; round++ {
		if err := o.replay(ctx, p, t, names, fmt.Sprintf("replay, round %d", round)); err != nil {
			return err
		}
	}
	return nil
}

func (o options) replay(ctx context.Context, p *platform.Platform, t *trace.Trace, names []string, title string) error {
	bar := cli.NewBar(os.Stderr, title, int64(t.Minutes))
	defer bar.Done()
	_, err := openloop.Run(ctx, o.replayOptions(p, t, names, 0, t.Minutes, func() { bar.Add(1) }))
	return err
}

// replayOptions are the same for every run, so that runs can be compared.
func (o options) replayOptions(p *platform.Platform, t *trace.Trace, names []string, from, minutes int, tick func()) openloop.Options {
	return openloop.Options{
		Gateway: p.GatewayURL(), Trace: t, Deployed: names, Speed: o.speed(), Timeout: 30 * time.Second,
		Plan:   openloop.PlanOptions{Seed: o.seed, From: from, Minutes: minutes, Timers: true},
		Minute: tick,
	}
}
