package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"

	"prewarm/deploy/local/platform"
	"prewarm/deploy/local/scenario"
	"prewarm/deploy/local/workload"
	"prewarm/shared/cli"
	"prewarm/shared/trace"
)

// upMinutes is the length of the trace that is replayed again and again.
// At the default step of a second, a round takes ten minutes.
const upMinutes = 600

// historyMinutes is the least history with which forecasts are evaluated: three hours.
const historyMinutes = 180

// up runs the platform, the suite and a replay until ctx ends.
func up(ctx context.Context, o workload.Options, out io.Writer, log *slog.Logger) error {
	t, source, err := scenario.Load(o.Trace, scenario.Options{Minutes: upMinutes, Functions: o.Functions, Seed: o.Seed})
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "Starting; the first time everything is built, which takes some minutes.")
	p, err := o.StartPlatform(ctx, log)
	if err != nil {
		return err
	}
	// The platform ends also after a failed replay: no process may be left.
	err = replay(ctx, o, p, t, source, out)
	fmt.Fprintln(out, "\nStopping.")
	if closing := p.Close(); closing != nil {
		return closing
	}
	if ctx.Err() != nil {
		return nil // ctrl-C is the regular end of this program
	}
	return err
}

// replay deploys the workload, prints the addresses, and replays the trace until
// ctx ends.
// Each round has the same calls, because the seed is the same.
func replay(ctx context.Context, o workload.Options, p *platform.Platform, t *trace.Trace, source string, out io.Writer) error {
	names, err := o.Deploy(ctx, p, t, workload.Prewarm())
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

`, p.GatewayURL(), p.User(), o.State, p.StoreURL(), p.NATSURL(), len(names), source, o.Step, o.OnClock(historyMinutes), o.Delay)
	for round := 1; ctx.Err() == nil; round++ {
		bar := cli.NewBar(os.Stderr, fmt.Sprintf("replay, round %d", round), int64(t.Minutes))
		_, err := o.Replay(ctx, p, t, names, 0, t.Minutes, func() { bar.Add(1) })
		bar.Done()
		if err != nil {
			return err
		}
	}
	return nil
}
