// Command jetstream-connector delivers JetStream messages to OpenFaaS functions.
// It is configured by the environment, see connector.ReadConfig, and serves
// /healthz, /readyz and /metrics on the address that "listen" names.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"golang.org/x/sync/errgroup"

	"prewarm/deploy/connector"
	"prewarm/shared/config"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	if err := run(ctx, os.Getenv, slog.New(slog.NewJSONHandler(os.Stderr, nil)), nil); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run delivers until ctx ends. Where listening is given it is called with the
// address of the health and metrics server.
func run(ctx context.Context, getenv func(string) string, log *slog.Logger, listening func(net.Addr)) error {
	cfg, err := connector.ReadConfig(getenv)
	if err != nil {
		return err
	}
	address := config.NewReader(getenv).String("listen", ":8081")
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	c, err := connector.New(cfg, log, registry, rand.Float64)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("listen must be an address to listen on, was: %q: %w", address, err)
	}
	if listening != nil {
		listening(listener.Addr())
	}
	return serve(ctx, c, listener, newHandler(c, registry))
}

// serve runs the connector and its server and stops the server last, so that
// probes are answered while messages drain.
func serve(ctx context.Context, c *connector.Connector, listener net.Listener, handler http.Handler) error {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	var group errgroup.Group
	group.Go(func() error {
		if err := server.Serve(listener); err != http.ErrServerClosed {
			return fmt.Errorf("serve health and metrics: %w", err)
		}
		return nil
	})
	err := c.Run(ctx)
	_ = server.Close()
	if serveErr := group.Wait(); err == nil {
		err = serveErr
	}
	return err
}
