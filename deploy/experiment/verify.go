package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"time"

	"prewarm/deploy/local/gateway"
	"prewarm/deploy/local/platform"
	"prewarm/deploy/local/scenario"
	"prewarm/deploy/local/witness"
	"prewarm/deploy/local/workload"
	"prewarm/shared/cli"
	"prewarm/shared/openfaas"
)

// verifyMinutes is the length of the verification in minutes of the trace, ten minutes on
// the clock at the default step of a second.
const verifyMinutes = 600

// verify replays the traffic of local up, keeps a record of it, and compares the savings
// page with what was cold and idle by that record.
func verify(ctx context.Context, o workload.Options, out io.Writer, log *slog.Logger) error {
	t, source, err := scenario.Load(o.Trace, scenario.Options{Minutes: verifyMinutes, Functions: o.Functions, Seed: o.Seed})
	if err != nil {
		return err
	}
	// The page must not hold steps of an earlier run.
	for _, part := range []string{"gateway", "nats", "store"} {
		if err := os.RemoveAll(o.State + "/" + part); err != nil {
			return err
		}
	}
	v := verification{Options: o, record: &witness.Record{}, out: out}
	v.Transport = v.record.Transport(http.DefaultTransport)
	p, err := v.StartPlatform(ctx, log)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "Traffic: %s; %d functions, seed %d, %v.\n", source, len(t.Functions), o.Seed, o.OnClock(t.Minutes))
	return errors.Join(v.run(ctx, p, func() ([]string, error) {
		names, err := v.Deploy(ctx, p, t, workload.Prewarm())
		if err != nil {
			return nil, err
		}
		bar := cli.NewBar(os.Stderr, "verify", int64(t.Minutes))
		defer bar.Done()
		_, err = v.Replay(ctx, p, t, names, 0, t.Minutes, func() { bar.Add(1) })
		return names, err
	}), p.Close())
}

// verification is one replay with a record of it.
type verification struct {
	workload.Options
	record *witness.Record
	out    io.Writer
}

// watchesPerStep is how often in a step the replicas are recorded.
const watchesPerStep = 40

// run watches the replicas while replay runs, and prints the comparison.
func (v *verification) run(ctx context.Context, p *platform.Platform, replay func() ([]string, error)) error {
	client, err := openfaas.New(openfaas.Config{URL: p.GatewayURL(), User: p.User(), Password: p.Password(), Namespaces: []string{gateway.Namespace}, Timeout: requestTimeout})
	if err != nil {
		return err
	}
	watching, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() { defer close(ended); v.record.Watch(watching, client, v.Step/watchesPerStep) }()
	defer func() { stop(); <-ended }()
	names, err := replay()
	if err != nil {
		return err
	}
	return v.compare(ctx, p, names, time.Now().Truncate(v.Step))
}

// settleSteps bounds how many steps the page may be behind the clock.
const settleSteps = 20

// compare prints one line for each function, and returns an error if one does not agree.
func (v *verification) compare(ctx context.Context, p *platform.Platform, names []string, end time.Time) error {
	terms := witness.Terms{Dashboard: p.GatewayURL() + "/function/dashboard", Step: v.Step, KeepAlive: keepAliveSteps, Concurrency: 1}
	rows := [][]string{{"function", "mean phase", "steps: page", "count", "skipped", "cold: page", "count", "idle: page", "count", "keep-alive cold: page", "count", "idle: page", "count"}}
	var wrong []error
	for _, name := range names {
		name += "." + gateway.Namespace
		c, err := v.settled(ctx, terms, name, end)
		if err != nil {
			return err
		}
		rows = append(rows, []string{name, fmt.Sprintf("%.2f", v.record.Phase(name, v.Step)), fmt.Sprint(c.Page.Steps), fmt.Sprint(c.Count.Steps), fmt.Sprint(c.Page.Skipped),
			fmt.Sprint(c.Page.Cold), fmt.Sprint(c.Count.Cold), fmt.Sprint(c.Page.Idle), fmt.Sprint(c.Count.Idle),
			fmt.Sprint(c.Page.ColdKeepAlive), fmt.Sprint(c.Count.ColdKeepAlive), fmt.Sprint(c.Page.IdleKeepAlive), fmt.Sprint(c.Count.IdleKeepAlive)})
		if !c.Agree() {
			wrong = append(wrong, fmt.Errorf("%s: the page and the count do not agree", name))
		}
	}
	fmt.Fprintf(v.out, "The machine was late by at most %v.\n", v.record.Late().Round(time.Millisecond))
	return errors.Join(append(wrong, writeAligned(v.out, rows))...)
}

// settled waits until the page of a function covers all steps up to end.
func (v *verification) settled(ctx context.Context, terms witness.Terms, name string, end time.Time) (*witness.Comparison, error) {
	for deadline := end.Add(settleSteps * v.Step); ; {
		c, err := v.record.Compare(ctx, terms, name, end)
		if !errors.Is(err, witness.ErrUnsettled) || time.Now().After(deadline) {
			return c, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(v.Step / 5):
		}
	}
}
