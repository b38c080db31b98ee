// Package serve is the entry point of every function of the suite: an HTTP
// server for of-watchdog's mode "http" and for plain processes.
//
// A function is either a FunctionHandler of templates-sdk/go-http, or an
// http.Handler where it streams. Optional methods of it are used where they
// exist:
//
//	Health(context.Context) error  answers /_/health
//	Metrics() http.Handler         answers /metrics
//	Close() error                  is called after the last answer
package serve

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

	handler "github.com/openfaas/templates-sdk/go-http"
)

// healthTimeout bounds one health check. Kubernetes gives a probe one second
// by default.
const healthTimeout = 900 * time.Millisecond

// Main serves function until SIGTERM, SIGINT or the end of ctx, finishes the
// requests that are under way, closes the function and returns. The keys of
// the environment and their defaults are: port (8082), bind (all interfaces),
// read_timeout (10s), write_timeout (10s, also bounds the drain),
// healthcheck_interval (0s, how long calls are still accepted after the signal;
// a second signal ends it), max_body_bytes (4194304). Logs go to slog.Default.
func Main(ctx context.Context, getenv func(string) string, function any) error {
	s, err := readSettings(getenv)
	if err != nil {
		return err
	}
	log := slog.Default()
	routes, err := newRoutes(function, s, log)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", s.address)
	if err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGTERM, os.Interrupt)
	defer signal.Stop(signals)

	err = serveUntil(ctx, signals, listener, newServer(routes, function, s, log), s, log)
	if c, ok := function.(interface{ Close() error }); ok {
		err = errors.Join(err, c.Close())
	}
	return err
}

// newRoutes puts health and metrics beside the function, which gets every other
// path as it came.
func newRoutes(function any, s settings, log *slog.Logger) (http.Handler, error) {
	var calls http.Handler
	switch f := function.(type) {
	case handler.FunctionHandler:
		calls = &adapter{function: f, maxBody: s.maxBody, log: log}
	case http.Handler:
		calls = logPanics(f, log)
	default:
		return nil, fmt.Errorf("serve: a function must be a FunctionHandler or an http.Handler, was: %T", function)
	}
	metrics := http.NotFoundHandler()
	if m, ok := function.(interface{ Metrics() http.Handler }); ok {
		metrics = m.Metrics()
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/_/health":
			health(w, r, function)
		case "/metrics":
			metrics.ServeHTTP(w, r)
		default:
			calls.ServeHTTP(w, r)
		}
	}), nil
}

func health(w http.ResponseWriter, r *http.Request, function any) {
	ctx, cancel := context.WithTimeout(r.Context(), healthTimeout)
	defer cancel()
	if h, ok := function.(interface{ Health(context.Context) error }); ok {
		if err := h.Health(ctx); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
	}
	_, _ = w.Write([]byte("OK"))
}

// newServer bounds the time of requests, but not of the answers of a function
// that streams.
func newServer(routes http.Handler, function any, s settings, log *slog.Logger) *http.Server {
	server := &http.Server{
		Handler: routes, ReadHeaderTimeout: s.read, ReadTimeout: s.read, IdleTimeout: 2 * time.Minute,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	if _, ok := function.(handler.FunctionHandler); ok {
		server.WriteTimeout = s.write
	}
	return server
}

// serveUntil serves until a signal or the end of ctx, waits for the notice
// period and drains. What is still open after the write timeout is cut.
func serveUntil(ctx context.Context, signals <-chan os.Signal, l net.Listener, server *http.Server, s settings, log *slog.Logger) error {
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	log.Info("serving", "address", l.Addr().String())
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	case sig := <-signals:
		log.Info("stopping", "signal", sig.String(), "notice", s.notice.String())
		select {
		case <-time.After(s.notice):
		case <-signals:
		case <-ctx.Done():
		}
	}
	return drain(server, s.write)
}

func drain(server *http.Server, grace time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	err := server.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = errors.Join(fmt.Errorf("serve: requests were still open after %s and were cut", grace), server.Close())
	}
	return err
}
