// Local runs an OpenFaaS on this machine, without containers, and shows the
// suite at work on it.
//
//	go run ./deploy/local up        everything runs until ctrl-C
//	go run ./deploy/local demo      the same traffic with keep-alive and with prewarm
//	go run ./deploy/local compare   the same traffic with an HPA, with prewarm, and with both
//
// The working directory must be the root of the repository.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"prewarm/deploy/local/gateway"
	"prewarm/shared/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx = withParent(ctx)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	switch {
	case err == nil || errors.Is(err, flag.ErrHelp):
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(os.Stderr, "local: interrupted")
		os.Exit(130)
	default:
		fmt.Fprintln(os.Stderr, "local:", err)
		os.Exit(1)
	}
}

// options are the flags that the commands share.
type options struct {
	trace     string
	functions int
	seed      uint64
	step      time.Duration
	delay     time.Duration
	costRatio float64
	state     string
	edition   string
	ports     struct{ gateway, nats, store int }
	verbose   bool
}

// speed is how many trace seconds pass in one: a trace has steps of a minute.
func (o options) speed() float64 { return time.Minute.Seconds() / o.step.Seconds() }

func run(ctx context.Context, args []string, out, log io.Writer) error {
	commands := map[string]func(context.Context, options, io.Writer, *slog.Logger) error{"up": up, "demo": demo, "compare": compare}
	if len(args) == 0 || commands[args[0]] == nil {
		return fmt.Errorf("usage: local up|demo|compare [flags]; local up -h lists them")
	}
	o, err := parse(args[0], args[1:], log)
	if err != nil {
		return err
	}
	if _, err := os.Stat("stack.yml"); err != nil {
		return errors.New("stack.yml is not here: run this in the root of the repository")
	}
	unlock, err := lockState(o.state)
	if err != nil {
		return err
	}
	defer unlock()
	level := slog.LevelWarn
	if o.verbose {
		level = slog.LevelInfo
	}
	return commands[args[0]](ctx, o, out, slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: level})))
}

func parse(command string, args []string, log io.Writer) (options, error) {
	var o options
	fs := flag.NewFlagSet("local "+command, flag.ContinueOnError)
	fs.SetOutput(log)
	fs.StringVar(&o.trace, "trace", "../shared/traces/azure2019", "directory of a trace; one is generated where it does not exist")
	fs.IntVar(&o.functions, "functions", 10, "workload functions, 1 to 11")
	fs.Uint64Var(&o.seed, "seed", 1, "which functions of the trace, and when their calls fall")
	fs.DurationVar(&o.step, "step", time.Second, "time on the clock for one minute of the trace")
	fs.DurationVar(&o.delay, "simulated-start-delay", 300*time.Millisecond, "added to every start of a workload replica; a process starts in milliseconds, a container does not")
	fs.Float64Var(&o.costRatio, "cost-ratio", 0.15, "cost of one idle replica-step over the cost of one cold start")
	fs.StringVar(&o.state, "state", ".state/"+command, "directory of streams, samples and deployments")
	fs.StringVar(&o.edition, "edition", envOr("EDITION", "standard"), "behave as OpenFaaS standard or ce (community edition: 1 to 5 replicas)")
	fs.IntVar(&o.ports.gateway, "gateway-port", 8080, "port of the gateway, 0 for a free one")
	fs.IntVar(&o.ports.nats, "nats-port", 4222, "port of NATS, 0 for a free one")
	fs.IntVar(&o.ports.store, "store-port", 8428, "port of the Prometheus-compatible store, 0 for a free one")
	fs.BoolVar(&o.verbose, "v", false, "log every decision and cold start")
	if err := cli.Parse(fs, args); err != nil {
		return o, err
	}
	return o, o.check()
}

func (o options) check() error {
	switch {
	case o.functions < 1 || o.functions > 11:
		return fmt.Errorf("-functions must be between 1 and 11 (OpenFaaS community edition takes 15, the suite has four), was: %d", o.functions)
	case o.step < time.Second || o.step > time.Minute || o.step%time.Second != 0:
		return fmt.Errorf("-step must be whole seconds between 1s and 1m, was: %v", o.step)
	case o.delay < 0 || o.delay > time.Minute:
		return fmt.Errorf("-simulated-start-delay must be between 0s and 1m, was: %v", o.delay)
	case !(o.costRatio >= 0.0001 && o.costRatio <= 0.9999):
		return fmt.Errorf("-cost-ratio must be between 0.0001 and 0.9999, was: %v", o.costRatio)
	case o.edition != string(gateway.Standard) && o.edition != string(gateway.Community):
		return fmt.Errorf("-edition must be %s or %s, was: %q", gateway.Standard, gateway.Community, o.edition)
	}
	for _, p := range []struct {
		name string
		port int
	}{{"gateway", o.ports.gateway}, {"nats", o.ports.nats}, {"store", o.ports.store}} {
		if p.port < 0 || p.port > 65535 {
			return fmt.Errorf("-%s-port must be between 0 and 65535, was: %d", p.name, p.port)
		}
	}
	return nil
}

// withParent returns a context that also ends when the process that started this
// one is gone: a platform whose make or shell was killed must not stay.
func withParent(ctx context.Context) context.Context {
	ctx, cancel := context.WithCancel(ctx)
	parent := os.Getppid()
	go func() {
		for range time.Tick(500 * time.Millisecond) {
			if os.Getppid() != parent {
				cancel()
				return
			}
		}
	}()
	return ctx
}

func envOr(key, fallback string) string {
	if v := os.Getenv(key); v != "" {
		return v
	}
	return fallback
}
