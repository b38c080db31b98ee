// Command jetstream-connector delivers JetStream messages to OpenFaaS functions.
// It reads its configuration from the environment (connector.ReadConfig) and serves
// /healthz, /readyz and /metrics on the address in the key "listen".
//
// Its image has two more jobs, which the Helm chart runs:
//
//	jetstream-connector cron            call functions on their schedules, instead of the cron-connector
//	jetstream-connector apply FILE      deploy the functions of a file through the gateway
//	jetstream-connector remove FILE     remove them
package main

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"

	"github.com/prometheus/client_golang/prometheus"

	"prewarm/deploy/connector"
	"prewarm/shared/config"
	"prewarm/shared/serve"
)

func main() {
	os.Exit(serve.Program(os.Getenv, os.Stderr, func(ctx context.Context, log *slog.Logger) error {
		return command(ctx, os.Args[1:], os.Getenv, log)
	}))
}

// command runs what the arguments name.
func command(ctx context.Context, args []string, getenv func(string) string, log *slog.Logger) error {
	switch {
	case len(args) == 0:
		return run(ctx, getenv, log, nil)
	case len(args) == 1 && args[0] == "cron":
		return runCron(ctx, getenv, log, nil)
	case len(args) == 2 && (args[0] == "apply" || args[0] == "remove"):
		return deploy(ctx, args[0], args[1], getenv, log)
	}
	return fmt.Errorf("arguments must be none, cron, apply FILE or remove FILE, were: %q", args)
}

// run delivers until ctx ends. It calls listening, unless nil, with the address of
// the health and metrics server, which tests need because they listen on port 0.
func run(ctx context.Context, getenv func(string) string, log *slog.Logger, listening func(net.Addr)) error {
	cfg, err := connector.ReadConfig(getenv)
	if err != nil {
		return err
	}
	registry := serve.NewRegistry()
	c, err := connector.New(cfg, log, registry, rand.Float64)
	if err != nil {
		return err
	}
	return serveProbes(ctx, getenv, listening, c, registry)
}

// daemon is a program that runs until its context ends.
type daemon interface {
	Ready() error
	Run(ctx context.Context) error
}

// serveProbes runs d and serves its probes and metrics.
func serveProbes(ctx context.Context, getenv func(string) string, listening func(net.Addr), d daemon, metrics prometheus.Gatherer) error {
	listener, err := serve.Listen("listen", config.NewReader(getenv).String("listen", ":8081"))
	if err != nil {
		return err
	}
	if listening != nil {
		listening(listener.Addr())
	}
	ready := func(context.Context) error { return d.Ready() }
	return serve.WithProbes(ctx, listener, serve.Probes(ready, metrics), d.Run)
}
