// Package serve is the entry point of every program of the suite. Main runs a function:
// an HTTP server for mode "http" of of-watchdog, or for a plain process. Program runs any
// other program.
//
// A function is a FunctionHandler of templates-sdk/go-http, or an http.Handler if it
// streams. It may have these methods:
//
//	Health(context.Context) error  answers /_/health and /_/ready
//	Metrics() http.Handler         answers /metrics
//	Door() Door                    tells deliveries from strangers, see Door
//	Close() error                  is called after the last answer
//	Failed() <-chan error          receives an error with which the program must end
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

// healthTimeout bounds one health check. It is a little less than the second that
// Kubernetes gives a probe by default, so that the reason of a failure arrives.
const healthTimeout = 900 * time.Millisecond

// headerTimeout bounds the headers of a request. Gateway and of-watchdog have read them
// wholly before they send them on.
const headerTimeout = 5 * time.Second

// Main serves function until SIGTERM, SIGINT or the end of ctx. It then finishes the
// requests in flight, closes the function and returns. So it does with an error that the
// function's method Failed receives. Logs go to slog.Default.
//
// The keys of the environment and their defaults are:
//
//	handler_port          8082
//	bind                  all interfaces
//	read_timeout          10s
//	write_timeout         10s, also bounds the drain at the end
//	healthcheck_interval  0s, how long calls are accepted after the signal; a second
//	                      signal ends this time
//	max_body_bytes        4194304
//	delivery_places       16, requests of deliveries at a time (functions with a Door)
//	stranger_places       8, requests of strangers at a time (functions with a Door)
//	stranger_body_timeout 2s, for the whole body of a stranger (functions with a Door)
//	metrics_public        false, whether /metrics answers through the gateway
func Main(ctx context.Context, getenv func(string) string, function any) error {
	cfg, err := readConfig(getenv)
	if err != nil {
		return err
	}
	log := slog.Default()
	routes, err := newRoutes(function, cfg, log)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", cfg.address)
	if err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	signals := make(chan os.Signal, 2) // the second one ends the notice period
	signal.Notify(signals, syscall.SIGTERM, os.Interrupt)
	defer signal.Stop(signals)

	server := newServer(routes, function, cfg, log)
	var failed <-chan error // never receives if the function has no such method
	if f, ok := function.(interface{ Failed() <-chan error }); ok {
		failed = f.Failed()
	}
	err = Until(failed, func(ctx context.Context) error { return serveUntil(ctx, signals, listener, server, cfg, log) })(ctx)
	if c, ok := function.(interface{ Close() error }); ok {
		err = errors.Join(err, c.Close())
	}
	return err
}

// newRoutes returns a handler for health, metrics and the function, which gets all other
// paths. It compares paths itself: http.ServeMux would redirect paths that are not clean,
// and a function must see its path unchanged.
func newRoutes(function any, cfg serverConfig, log *slog.Logger) (http.Handler, error) {
	var calls http.Handler
	switch f := function.(type) {
	case handler.FunctionHandler:
		calls = &adapter{function: f, entrance: newEntrance(function, cfg), log: log}
	case http.Handler:
		calls = logPanics(f, log)
	default:
		return nil, fmt.Errorf("serve: a function must be a FunctionHandler or an http.Handler, was: %T", function)
	}
	metrics := http.NotFoundHandler()
	if m, ok := function.(interface{ Metrics() http.Handler }); ok {
		metrics = m.Metrics()
		if !cfg.publicMetrics {
			metrics = hideFromGateway(metrics)
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/_/health", "/_/ready": // without of-watchdog in front, OpenFaaS asks for both
			leaveBody(w, r)
			health(w, r, function)
		case "/metrics":
			leaveBody(w, r)
			metrics.ServeHTTP(w, r)
		default:
			calls.ServeHTTP(w, r)
		}
	}), nil
}

// health answers with 503 and the reason if the function is not healthy.
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

// newServer returns a server with timeouts for requests and answers. The answers of a
// function that streams have none.
func newServer(routes http.Handler, function any, cfg serverConfig, log *slog.Logger) *http.Server {
	server := &http.Server{
		Handler: routes, ReadHeaderTimeout: min(cfg.read, headerTimeout), ReadTimeout: cfg.read, IdleTimeout: 2 * time.Minute,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	if _, ok := function.(handler.FunctionHandler); ok {
		server.WriteTimeout = cfg.write
	} else {
		server.ConnState = prepareStream
	}
	return server
}

// serveUntil serves until a signal or the end of ctx, and then drains the server. After a
// signal it first serves for the notice period, in which of-watchdog and Kubernetes still
// send calls.
func serveUntil(ctx context.Context, signals <-chan os.Signal, l net.Listener, server *http.Server, cfg serverConfig, log *slog.Logger) error {
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	log.Info("serving", "address", l.Addr().String())
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	case sig := <-signals:
		log.Info("stopping", "signal", sig.String(), "notice", cfg.notice.String())
		select {
		case <-time.After(cfg.notice):
		case <-signals:
		case <-ctx.Done():
		}
	}
	return drain(server, cfg.write)
}

// drain waits until the open requests are answered, for grace at most, and closes the
// connections of those that are not.
func drain(server *http.Server, grace time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	err := server.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = errors.Join(fmt.Errorf("serve: requests were still open after %s and were cut off", grace), server.Close())
	}
	return err
}
