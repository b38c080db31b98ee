// Package scaler turns forecasts into replicas: it decides with the policy,
// calls the gateway, reads back what came of it, and keeps every decision with
// its reason in the stream prewarm.decisions.
package scaler

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	handler "github.com/openfaas/templates-sdk/go-http"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"prewarm/shared/bus"
	"prewarm/shared/config"
	"prewarm/shared/event"
	"prewarm/shared/openfaas"
)

// Gateway lists and scales functions.
type Gateway interface {
	List(ctx context.Context) ([]openfaas.Function, error)
	Scale(ctx context.Context, function string, replicas int) error
}

// Bus keeps decisions and knows whether the operator has paused the suite.
type Bus interface {
	Publish(ctx context.Context, env event.Envelope, body []byte) error
	ReplayAfter(ctx context.Context, subject string, after uint64, since time.Duration, fn func(body []byte)) (last uint64, err error)
	Paused(ctx context.Context) (bool, error)
}

// Scaler is the function. It implements handler.FunctionHandler.
type Scaler struct {
	cfg      Config
	gateway  Gateway
	bus      Bus
	now      func() time.Time
	log      *slog.Logger
	registry *prometheus.Registry
	metrics  *metrics
	memory   *memory
	starts   *startWatch
	close    func() error
}

// New wires the scaler from the environment; see the README for the keys.
func New(ctx context.Context, getenv func(string) string) (*Scaler, error) {
	r := config.NewReader(getenv)
	cfg, busCfg, gwCfg := ReadConfig(r), bus.ReadConfig(r), openfaas.ReadConfig(r)
	busCfg.Name = "prewarm-scaler"
	if err := r.Err(); err != nil {
		return nil, err
	}
	gw, err := openfaas.New(gwCfg)
	if err != nil {
		return nil, err
	}
	b, err := bus.Connect(busCfg)
	if err != nil {
		return nil, err
	}
	s := NewFrom(cfg, gw, b, time.Now, slog.Default())
	s.close = b.Close
	go s.starts.run(ctx, gw)
	return s, nil
}

// NewFrom wires the scaler from its parts. Start times of replicas are not
// watched; close what gw and b hold yourself.
func NewFrom(cfg Config, gw Gateway, b Bus, now func() time.Time, log *slog.Logger) *Scaler {
	reg := prometheus.NewRegistry()
	m := newMetrics(reg)
	return &Scaler{
		cfg: cfg, gateway: gw, bus: b, now: now, log: log, registry: reg, metrics: m,
		memory: newMemory(), starts: newStartWatch(cfg, now, log), close: func() error { return nil },
	}
}

// Metrics serves the scaler's own metrics.
func (s *Scaler) Metrics() http.Handler {
	return promhttp.HandlerFor(s.registry, promhttp.HandlerOpts{})
}

// Close ends the connection to NATS.
func (s *Scaler) Close() error { return s.close() }

var (
	// errReplayed means that every function of the batch was decided for this
	// step or a later one before.
	errReplayed = errors.New("scaler: these forecasts were applied before")
	// errStale means a batch that is too old, or from the future.
	errStale = errors.New("scaler: these forecasts are not of now")
)

// Handle takes one signed batch of forecasts and applies it.
func (s *Scaler) Handle(req handler.Request) (handler.Response, error) {
	if req.Method != http.MethodPost {
		return answer(http.StatusMethodNotAllowed, "POST a signed batch of forecasts"), nil
	}
	var batch event.Forecasts
	env, err := event.Open(s.cfg.Key, event.TypeForecasts, req.Body, &batch)
	if err == nil {
		err = s.apply(req.Context(), env, &batch)
	}
	status := statusOf(err)
	s.metrics.batches.WithLabelValues(http.StatusText(status)).Inc()
	if err != nil {
		s.log.Warn("batch not applied", "id", shorten(env.ID, 200), "status", status, "error", err)
		return answer(status, err.Error()), nil
	}
	return answer(status, "applied"), nil
}

// refusal is an error that a batch is refused for, and its status code.
type refusal struct {
	err    error
	status int
}

// refusals are the one place that maps errors to status codes.
func refusals() []refusal {
	return []refusal{
		{event.ErrTooLarge, http.StatusRequestEntityTooLarge}, {event.ErrSignature, http.StatusUnauthorized},
		{event.ErrMalformed, http.StatusBadRequest}, {event.ErrPayload, http.StatusBadRequest},
		{errReplayed, http.StatusConflict}, {errStale, http.StatusConflict},
	}
}

// statusOf returns the status code of an error. What is no refusal is the
// world's fault for now: 503, to be tried again.
func statusOf(err error) int {
	for _, r := range refusals() {
		if errors.Is(err, r.err) {
			return r.status
		}
	}
	if err != nil {
		return http.StatusServiceUnavailable
	}
	return http.StatusOK
}

// statuses are all that statusOf returns, some more than once.
func statuses() []int {
	all := []int{http.StatusOK, http.StatusServiceUnavailable}
	for _, r := range refusals() {
		all = append(all, r.status)
	}
	return all
}

func answer(status int, text string) handler.Response {
	return handler.Response{StatusCode: status, Body: []byte(text + "\n"), Header: http.Header{"Content-Type": {"text/plain; charset=utf-8"}}}
}
