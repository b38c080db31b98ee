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

// up runs the platform, the suite and a replay until ctx ends. show is where the progress of the
// start goes.
func up(ctx context.Context, o workload.Options, out, show io.Writer, log *slog.Logger) error {
	t, source, err := scenario.Load(o.Trace, scenario.Options{Minutes: upMinutes, Functions: o.Functions, Seed: o.Seed})
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "Starting. The first time everything is built, which takes some minutes; later it takes seconds.")
	p, names, err := begin(ctx, o, t, show, log)
	if p == nil {
		return err
	}
	// The platform ends also after a failed replay: no process may be left.
	if err == nil {
		printAddresses(out, o, p, len(names), source)
		err = replay(ctx, o, p, t, names)
	}
	fmt.Fprintln(out, "\nStopping.")
	if closing := p.Close(); closing != nil {
		return closing
	}
	if ctx.Err() != nil {
		return nil // ctrl-C is the regular end of this program
	}
	return err
}

// begin starts the platform and deploys the workload, and shows how far it is. The platform is
// nil if it does not run.
func begin(ctx context.Context, o workload.Options, t *trace.Trace, show io.Writer, log *slog.Logger) (*platform.Platform, []string, error) {
	shown := newProgress(show, o.Verbose)
	defer shown.Done()
	o.Progress = shown
	shown.Add(1)
	p, err := o.StartPlatform(ctx, log)
	if err != nil {
		return nil, nil, err
	}
	defer shown.Begin(fmt.Sprintf("deploy %d workload functions", len(t.Functions)))()
	names, err := o.Deploy(ctx, p, t, workload.Prewarm())
	return p, names, err
}

// printAddresses prints where everything is, and what there is to see.
func printAddresses(out io.Writer, o workload.Options, p *platform.Platform, functions int, source string) {
	fmt.Fprintf(out, `
Dashboard  %[1]s/function/dashboard/
Gateway    %[1]s   user %[2]s, password in %[3]s/gateway-password
Store      %[4]s   (Prometheus API)
NATS       %[5]s
Command    go run ./deploy/prewarm doctor -g %[1]s --store %[4]s --nats %[5]s --secrets %[3]s/gateway/secrets

%[6]d workload functions, mode active; traffic: %[7]s.
One minute of the trace passes in %[8]v; starts of workload replicas are delayed by %[10]v (simulated).

Open the dashboard. It says what its numbers mean. In %[9]v the functions have three hours of history.
For faas-cli in this directory:  set -a; . %[11]s; set +a
Stop with ctrl-C.

`, p.GatewayURL(), p.User(), o.State, p.StoreURL(), p.NATSURL(), functions, source, o.Step, o.OnClock(historyMinutes), o.Delay, p.StackEnv())
}

// replay replays the trace until ctx ends. Each round has the same calls, because the seed is
// the same.
func replay(ctx context.Context, o workload.Options, p *platform.Platform, t *trace.Trace, names []string) error {
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
