// Command jetstream-connector delivers JetStream messages to OpenFaaS functions.
// It reads its configuration from the environment (connector.ReadConfig) and serves
// /healthz, /readyz and /metrics on the address in the key "listen".
package main

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"

	"prewarm/deploy/connector"
	"prewarm/shared/config"
	"prewarm/shared/serve"
)

func main() {
	os.Exit(serve.Program(os.Getenv, os.Stderr, func(ctx context.Context, log *slog.Logger) error {
		return run(ctx, os.Getenv, log, nil)
	}))
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
	listener, err := serve.Listen("listen", config.NewReader(getenv).String("listen", ":8081"))
	if err != nil {
		return err
	}
	if listening != nil {
		listening(listener.Addr())
	}
	ready := func(context.Context) error { return c.Ready() }
	return serve.WithProbes(ctx, listener, serve.Probes(ready, registry), c.Run)
}
