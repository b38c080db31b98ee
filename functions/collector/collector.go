// Package collector is the function at the head of the chain. Cron calls it once
// per step; each call is a tick, which lists the deployed functions, reads the
// steps that are missing from the Prometheus store and publishes one window per
// function on the bus.
//
// All state is a cache of the store, and is read again after a restart. The parts:
//
//	handler.go  requests
//	share.go    one tick for several callers
//	tick.go     one tick: list, read, publish
//	await.go    wait for the scrapes that complete the last step
//	pace.go     how fast the store shows what it scrapes
//	cache.go    which steps to read again, and from which state of the counters
//	write.go    which steps of a chunk replace those of the windows
//	window.go   the last steps of one function
//	running.go  the calls in progress in each step
//	publish.go  signed batches of windows
//	shard.go    one of several replicas, which share the functions
package collector

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"prewarm/shared/bus"
	"prewarm/shared/config"
	"prewarm/shared/event"
	"prewarm/shared/openfaas"
	prom "prewarm/shared/prometheus"
	"prewarm/shared/prometheus/invocation"
	"prewarm/shared/tracing"
)

// Bus stores a message once for each env.ID and content, and knows the modes that the operator
// has set.
type Bus interface {
	Publish(ctx context.Context, env event.Envelope, body []byte) error
	Modes(ctx context.Context) (map[string]event.Mode, error)
}

// Collector is a FunctionHandler of templates-sdk/go-http: POST runs a tick, GET
// shows the status. It is safe for concurrent use.
type Collector struct {
	cfg      Config
	gateway  openfaas.Lister
	bus      Bus
	now      func() time.Time
	wait     func(context.Context, time.Duration) error
	log      *slog.Logger
	metrics  *metrics
	registry *prometheus.Registry
	life     context.Context // of every tick, ended by Close
	end      context.CancelFunc
	close    func() error
	failed   <-chan error // of the bus, nil for none
	tracer   *tracing.Tracer
	status   atomic.Pointer[status]

	shards *shards // nil for one shard

	asked atomic.Bool // somebody has called since the last tick began

	tick     sync.Mutex // held during a tick, guards the fields below
	ticked   time.Time  // end of the last step when the last tick began
	failedAt time.Time  // end of the last tick if that failed, else zero
	cache    *cache
	pending  pending
	warned   map[value]string // refused values, so that each is logged once
	// warnedClusters are the clusters that were logged last, so that they are logged once.
	warnedClusters string
}

// New returns a collector configured by the environment: the keys of ReadConfig,
// of the store, of the gateway and of NATS. It does not wait for any of these to
// answer. The end of ctx ends a running tick.
func New(ctx context.Context, getenv func(string) string) (*Collector, error) {
	r := config.NewReader(getenv)
	cfg, storeCfg, gwCfg, busCfg, traceCfg := ReadConfig(r), prom.ReadConfig(r), openfaas.ReadConfig(r), bus.ReadConfig(r), tracing.ReadConfig(r)
	busCfg.Name, busCfg.Keys = "prewarm-collector", cfg.Keys
	if err := r.Err(); err != nil {
		return nil, err
	}
	if err := cfg.check(); err != nil {
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
	c := NewFrom(ctx, cfg, prom.New(storeCfg, nil), gw, b, Clock{time.Now, sleep}, slog.Default())
	c.close, c.failed, c.tracer = b.Close, b.Failed(), tracing.New(traceCfg, busCfg.Name, slog.Default())
	c.registry.MustRegister(b.Failures(event.TypeWindows))
	if busCfg.Shards > 1 {
		err = c.divide(ctx, b, busCfg.Shards)
	}
	return c, err
}

// Clock tells the time and lets it pass.
type Clock struct {
	Now  func() time.Time
	Wait func(context.Context, time.Duration) error // returns early with the error of the context
}

// NewFrom wires a collector from its parts, with the clock and the bus as arguments. Close
// then closes nothing that belongs to the caller.
func NewFrom(ctx context.Context, cfg Config, st invocation.Store, gw openfaas.Lister, b Bus, clock Clock, log *slog.Logger) *Collector {
	reg := prometheus.NewRegistry()
	c := &Collector{
		cfg: cfg, gateway: gw, bus: b, now: clock.Now, wait: clock.Wait, log: log,
		registry: reg, metrics: newMetrics(reg), close: func() error { return nil }, warned: map[value]string{},
	}
	c.cache = newCache(cfg.Step, cfg.WindowSteps, timed{st, c.metrics})
	c.life, c.end = context.WithCancel(ctx)
	// Stored before the first tick, so that a GET never meets a nil status.
	c.status.Store(&status{StepSeconds: int(cfg.Step / time.Second), Gaps: []int64{}})
	return c
}

// Health concerns this process alone. A collector whose store or bus is down must
// not be restarted: that would repair nothing, and would lose the cache.
func (c *Collector) Health(ctx context.Context) error { return ctx.Err() }

// Metrics serves prewarm_collector_*.
func (c *Collector) Metrics() http.Handler {
	return promhttp.HandlerFor(c.registry, promhttp.HandlerOpts{})
}

// Close ends a running tick, waits for it and closes the bus.
func (c *Collector) Close() error {
	// First the context, then the lock: a tick that waits for the store ends at
	// once, and the bus is closed only after it has left.
	c.end()
	c.tick.Lock()
	defer c.tick.Unlock()
	c.tracer.Close()
	return c.close()
}

// Failed receives an error with which the collector must end: a foreign stream has the subjects
// of the chain.
func (c *Collector) Failed() <-chan error { return c.failed }
