// Package collector is the function that begins the chain. At every tick of
// cron it lists the functions, reads the missing steps from the store and
// publishes one window per function.
//
// The store is the memory: what is kept here is a cache, filled again from the
// store after a restart.
package collector

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	handler "github.com/openfaas/templates-sdk/go-http"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"prewarm/shared/bus"
	"prewarm/shared/event"
	"prewarm/shared/openfaas"
	prom "prewarm/shared/prometheus"
	"prewarm/shared/prometheus/invocation"
)

// publisher stores a message once for each env.ID.
type publisher interface {
	Publish(ctx context.Context, env event.Envelope, body []byte) error
}

// Collector is a FunctionHandler of templates-sdk/go-http: POST is a tick, GET
// tells the state. It is safe for concurrent use.
type Collector struct {
	cfg      settings
	store    invocation.Store
	lister   openfaas.Lister
	bus      publisher
	now      func() time.Time
	log      *slog.Logger
	metrics  *metrics
	registry *prometheus.Registry
	life     context.Context // of every tick, ended by Close
	end      context.CancelFunc
	close    func() error
	status   atomic.Pointer[status]

	tick    sync.Mutex // held during a tick, guards what follows
	past    *past
	pending pending
	warned  map[value]string // refused values, so that each is logged once
}

// New returns a collector configured by the environment: step, window_steps,
// settle, batch, timeout, concurrency, prometheus_url, and the keys of the
// gateway and NATS. It does not wait for any of these to answer. The end of ctx
// ends a tick that is under way.
func New(ctx context.Context, getenv func(string) string) (*Collector, error) {
	cfg, ext, err := readConfig(getenv)
	if err != nil {
		return nil, err
	}
	gw, err := openfaas.New(ext.gateway)
	if err != nil {
		return nil, err
	}
	b, err := bus.Connect(ext.bus)
	if err != nil {
		return nil, err
	}
	c := newCollector(ctx, cfg, prom.New(ext.store, nil), gw, b, time.Now, slog.Default())
	c.close = b.Close
	return c, nil
}

func newCollector(ctx context.Context, cfg settings, s invocation.Store, l openfaas.Lister, b publisher, now func() time.Time, log *slog.Logger) *Collector {
	reg := prometheus.NewRegistry()
	c := &Collector{
		cfg: cfg, store: s, lister: l, bus: b, now: now, log: log,
		registry: reg, metrics: newMetrics(reg), close: func() error { return nil },
		past: newPast(cfg.step, cfg.windowSteps), warned: map[value]string{},
	}
	c.life, c.end = context.WithCancel(ctx)
	c.status.Store(&status{StepSeconds: int(cfg.step / time.Second), Gaps: []int64{}})
	return c
}

// Handle runs a tick on POST and tells the state on GET. The body of a request
// is ignored: a tick has no input but the clock. It serves all and anyone may
// post it, so it goes on where its caller hangs up.
func (c *Collector) Handle(req handler.Request) (handler.Response, error) {
	switch req.Method {
	case http.MethodPost:
		return c.Tick(c.life).response(), nil
	case http.MethodGet:
		return reply(http.StatusOK, c.status.Load()), nil
	}
	res := reply(http.StatusMethodNotAllowed, map[string]string{"error": "method must be POST or GET"})
	res.Header.Set("Allow", "GET, POST")
	return res, nil
}

// Health is about this process alone: a collector whose store or bus is down
// must stay, since restarting it mends nothing and it has to recover later.
func (c *Collector) Health(ctx context.Context) error { return ctx.Err() }

// Metrics serves prewarm_collector_*.
func (c *Collector) Metrics() http.Handler {
	return promhttp.HandlerFor(c.registry, promhttp.HandlerOpts{})
}

// Close ends the tick that is under way, waits for it and closes the bus.
func (c *Collector) Close() error {
	c.end()
	c.tick.Lock()
	defer c.tick.Unlock()
	return c.close()
}

// reply encodes what the program itself made, which cannot fail.
func reply(code int, v any) handler.Response {
	body, err := json.Marshal(v)
	if err != nil {
		panic(errors.Join(errors.New("collector: answer cannot be encoded"), err))
	}
	return handler.Response{StatusCode: code, Body: body, Header: http.Header{"Content-Type": {"application/json"}}}
}
