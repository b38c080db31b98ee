// Package scaler turns forecasts into replicas. It takes signed batches of
// forecasts, decides with package policy, scales through the gateway, reads back
// what the gateway made of it, and publishes every decision with its reason to the
// stream prewarm.decisions.
//
// A batch passes through the door (door.go), Handle (handler.go), apply (batch.go),
// readDecisions (replay.go), decide (decide.go), scaleAll (scale.go), readBack (readback.go)
// and publish (outbox.go). All batches of a tick decide on one view of the gateway (view.go). What is
// known of a function between batches is in state.go: its numbers, its presence in the lists
// of the gateway, the decided steps, and the limits that others impose.
package scaler

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"prewarm/shared/bus"
	"prewarm/shared/config"
	"prewarm/shared/event"
	"prewarm/shared/openfaas"
	"prewarm/shared/tracing"
)

// Gateway lists, reads and scales functions, and names its edition. It is safe for concurrent
// use.
type Gateway interface {
	openfaas.Lister
	Function(ctx context.Context, name string) (openfaas.Function, error)
	Edition(ctx context.Context) (openfaas.Edition, error)
	Scale(ctx context.Context, function string, replicas int) error
}

// Bus stores decisions, and knows whether the operator has paused the suite and which modes
// the operator has set.
type Bus interface {
	Publish(ctx context.Context, env event.Envelope, body []byte) error
	ReplayAfter(ctx context.Context, subject string, after uint64, since time.Duration, fn func(body []byte)) (last uint64, err error)
	Paused(ctx context.Context) (event.Pause, error)
	Modes(ctx context.Context) (map[string]event.Mode, error)
}

// Scaler is the function. It implements handler.FunctionHandler and is safe for
// concurrent use: batches that have no function in common are applied at the same time.
type Scaler struct {
	cfg      Config
	gateway  Gateway
	bus      Bus
	now      func() time.Time
	log      *slog.Logger
	registry *prometheus.Registry
	metrics  *metrics
	state    *state
	replay   replay
	starts   *startTimes
	ready    *readyLog
	views    *views
	plans    schedules
	calls    slots  // of the gateway
	watch    *watch // nil for none
	close    func() error
	failed   <-chan error // of the bus, nil for none
	tracer   *tracing.Tracer

	publishing shared // of the outbox

	owns   func(function string) bool       // whether it decides a function
	enter  func() (leave func(), err error) // begins work, which a hand-over to another replica waits for
	shards *shards                          // nil for one shard
}

// New wires the scaler from the environment; functions/CONFIGURATION.md lists the keys. It watches
// the start times of replicas until ctx ends.
func New(ctx context.Context, getenv func(string) string) (*Scaler, error) {
	r := config.NewReader(getenv)
	cfg, busCfg, gwCfg, traceCfg := ReadConfig(r), bus.ReadConfig(r), openfaas.ReadConfig(r), tracing.ReadConfig(r)
	busCfg.Name, busCfg.Keys = "prewarm-scaler", cfg.Keys
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
	s := NewFrom(cfg, gw, b, wallClock, slog.Default())
	s.close, s.failed, s.tracer = b.Close, b.Failed(), tracing.New(traceCfg, busCfg.Name, slog.Default())
	s.registry.MustRegister(b.Failures(event.TypeDecisions))
	// They end with ctx.
	go s.starts.run(ctx, s.read)
	if !cfg.Watch.on() {
		s.log.Info("replicas are added at steps alone: watch is 0, or neither gateway_metrics_url nor prometheus_url is set")
	}
	if busCfg.Shards > 1 {
		s.divide(ctx, b, busCfg.Shards)
	} else {
		s.startWatch(ctx)
	}
	return s, nil
}

// wallClock returns the time without the monotonic reading of time.Now: all times are compared
// with those of messages, which have none, and a clock that is set back must be noticed.
func wallClock() time.Time { return time.Now().Round(0) }

// NewFrom wires the scaler from its parts. It does not watch the start times of
// replicas, and Close leaves gw and b open: both belong to the caller.
func NewFrom(cfg Config, gw Gateway, b Bus, now func() time.Time, log *slog.Logger) *Scaler {
	reg, ready := prometheus.NewRegistry(), &readyLog{}
	s := &Scaler{
		cfg: cfg, gateway: gw, bus: b, now: now, log: log, registry: reg, metrics: newMetrics(reg),
		state: newState(), starts: newStartTimes(cfg, now, log, ready), ready: ready, calls: make(slots, maxCalls), close: func() error { return nil },
		replay: replay{reads: newShared()}, publishing: newShared(),
		owns: func(string) bool { return true }, enter: func() (func(), error) { return func() {}, nil },
	}
	s.views = &views{list: s.list, now: now, mode: cfg.Mode, taken: func(v *view) { ready.observe(v.list, v.taken) }}
	return s
}

// list asks the gateway for all functions, within the time of a batch.
func (s *Scaler) list(ctx context.Context) ([]openfaas.Function, error) {
	ctx, cancel := withTimeout(ctx, s.cfg.Timeout)
	defer cancel()
	return s.gateway.List(ctx)
}

// Metrics serves the scaler's own metrics.
func (s *Scaler) Metrics() http.Handler {
	return promhttp.HandlerFor(s.registry, promhttp.HandlerOpts{})
}

// Close sends the last spans and ends the connection to NATS.
func (s *Scaler) Close() error {
	s.tracer.Close()
	return s.close()
}

// Failed receives an error with which the scaler must end: a foreign stream has the subjects
// of the chain.
func (s *Scaler) Failed() <-chan error { return s.failed }
