// Command external-scaler answers KEDA's external scaler protocol from the
// stream of decisions. It is configured by the environment: listen (:6000, gRPC),
// listen_metrics (:8081, with /healthz, /readyz and /metrics), decision_max_age,
// gateway_poll, and the keys and secrets of NATS and the gateway that the
// functions have; see the README.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/sync/errgroup"

	"prewarm/deploy/keda"
	"prewarm/shared/bus"
	"prewarm/shared/config"
	"prewarm/shared/gateway"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	if err := run(ctx, os.Getenv, slog.New(slog.NewJSONHandler(os.Stderr, nil)), nil); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run answers until ctx ends. Where listening is given it is called with the
// addresses of both servers.
func run(ctx context.Context, getenv func(string) string, log *slog.Logger, listening func(grpc, metrics net.Addr)) error {
	r := config.NewReader(getenv)
	cfg, busCfg, gwCfg := keda.ReadConfig(r), bus.ReadConfig(r), gateway.ReadConfig(r)
	busCfg.Name = "prewarm-keda"
	if err := r.Err(); err != nil {
		return err
	}
	gw, err := gateway.New(gwCfg)
	if err != nil {
		return err
	}
	b, err := bus.Connect(busCfg)
	if err != nil {
		return err
	}
	defer b.Close()
	calls, err := listen(r.String("listen", ":6000"), "listen")
	if err != nil {
		return err
	}
	defer calls.Close()
	probes, err := listen(r.String("listen_metrics", ":8081"), "listen_metrics")
	if err != nil {
		return err
	}
	if listening != nil {
		listening(calls.Addr(), probes.Addr())
	}
	reg := prometheus.NewRegistry()
	reg.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	scaler := keda.New(cfg, gw, b, time.Now, log, reg)
	return serve(ctx, scaler, calls, probes, newHandler(b, reg))
}

func listen(address, key string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("%s must be an address to listen on, was: %q: %w", key, address, err)
	}
	return l, nil
}

// serve stops the probes last, so that they are answered while calls end.
func serve(ctx context.Context, scaler *keda.Scaler, calls, probes net.Listener, handler http.Handler) error {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		if err := server.Serve(probes); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve probes and metrics: %w", err)
		}
		return nil
	})
	group.Go(func() error {
		defer server.Close()
		return scaler.Run(ctx, calls)
	})
	return group.Wait()
}

// connection is what a probe asks of NATS.
type connection interface {
	Health(ctx context.Context) error
}

// newHandler serves probes and metrics. Without NATS the program lives, and is
// not ready.
func newHandler(c connection, metrics prometheus.Gatherer) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusOK)
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if err := c.Health(r.Context()); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
		}
	})
	mux.Handle("GET /metrics", promhttp.HandlerFor(metrics, promhttp.HandlerOpts{}))
	return mux
}
