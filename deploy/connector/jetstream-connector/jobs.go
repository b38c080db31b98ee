package main

import (
	"context"
	"log/slog"
	"net"
	"os"
	"strings"
	"time"

	"prewarm/deploy/connector/rollout"
	"prewarm/deploy/local/cron"
	"prewarm/shared/config"
	"prewarm/shared/openfaas"
	"prewarm/shared/serve"
)

// runCron calls the functions in the key "functions" (comma-separated, name.namespace; none for all)
// on their schedules until ctx ends. It reads the keys and secrets of the gateway that the
// functions read too. listening is as in run.
func runCron(ctx context.Context, getenv func(string) string, log *slog.Logger, listening func(net.Addr)) error {
	r := config.NewReader(getenv)
	gateway, functions := openfaas.ReadConfig(r), r.String("functions", "")
	interval := r.Duration("rebuild_interval", 30*time.Second, 100*time.Millisecond, time.Hour)
	timeout := r.Duration("upstream_timeout", time.Minute, 100*time.Millisecond, time.Hour)
	if err := r.Err(); err != nil {
		return err
	}
	registry := serve.NewRegistry()
	c, err := cron.New(cron.Options{
		GatewayURL: gateway.URL, TLS: gateway.TLS, Username: gateway.User, Password: gateway.Password,
		Functions: strings.FieldsFunc(functions, func(c rune) bool { return c == ',' || c == ' ' }),
		Interval:  interval, Timeout: timeout, Logger: log, Registerer: registry,
	})
	if err != nil {
		return err
	}
	return serveProbes(ctx, getenv, listening, c, registry)
}

// deploy applies or removes the functions of a file within the time of the key "deploy_timeout".
func deploy(ctx context.Context, verb, path string, getenv func(string) string, log *slog.Logger) error {
	r := config.NewReader(getenv)
	cfg := openfaas.ReadConfig(r)
	timeout := r.Duration("deploy_timeout", 4*time.Minute, time.Second, time.Hour)
	if err := r.Err(); err != nil {
		return err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	functions, err := rollout.Read(text)
	if err != nil {
		return err
	}
	gateway, err := openfaas.New(cfg)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	if verb == "remove" {
		return rollout.Remove(ctx, gateway, functions, log)
	}
	return rollout.Apply(ctx, gateway, functions, log)
}
