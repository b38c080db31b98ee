package serve

import (
	"context"
	"errors"
	"fmt"
	"io"
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
)

// Program runs a program that is not an OpenFaaS function, and returns its exit code. The
// context of run ends with SIGTERM or SIGINT. The log and an error of run go to stderr.
func Program(getenv func(string) string, stderr io.Writer, run func(ctx context.Context, log *slog.Logger) error) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	if err := run(ctx, NewLogger(stderr, getenv)); err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	return 0
}

// NewRegistry returns a registry with the metrics of the Go runtime and the process.
func NewRegistry() *prometheus.Registry {
	reg := prometheus.NewRegistry()
	reg.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return reg
}

// Listen listens on the address that the configuration key names.
func Listen(key, address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("%s must be an address to listen on, was: %q: %w", key, address, err)
	}
	return l, nil
}

// WithProbes calls run and serves probes on l meanwhile. The probes stop after run, so
// that they are answered while run ends. If serving them fails, the context of run ends.
func WithProbes(ctx context.Context, l net.Listener, probes http.Handler, run func(context.Context) error) error {
	server := &http.Server{Handler: probes, ReadHeaderTimeout: 5 * time.Second}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve probes and metrics: %w", err)
		}
		return nil
	})
	group.Go(func() error {
		defer server.Close()
		return run(ctx)
	})
	return group.Wait()
}

// Until returns run with a context that also ends when failed receives an error, which it
// then returns. It is for a failure that no retry repairs and that an operator must see.
func Until(failed <-chan error, run func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		group, ctx := errgroup.WithContext(ctx)
		ended := make(chan struct{})
		group.Go(func() error {
			select {
			case err := <-failed:
				return err
			case <-ended:
				return nil
			}
		})
		group.Go(func() error {
			defer close(ended)
			return run(ctx)
		})
		return group.Wait()
	}
}

// Probes answers /healthz, /readyz and /metrics. /healthz answers 200 while the process
// runs. It does not depend on other services, since a restart would not repair those.
// /readyz answers 503 with the error of ready, the reason why the program cannot work now.
func Probes(ready func(context.Context) error, metrics prometheus.Gatherer) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if err := ready(r.Context()); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
		}
	})
	mux.Handle("GET /metrics", promhttp.HandlerFor(metrics, promhttp.HandlerOpts{}))
	return mux
}
