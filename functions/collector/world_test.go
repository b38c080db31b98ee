package collector

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"testing"
	"time"

	"prewarm/shared/event"
	prom "prewarm/shared/prometheus"
	"prewarm/shared/prometheus/invocation"
)

const testKey = "0123456789abcdef"

var testKeys = event.NewKeys("", []byte(testKey))

// world is a gateway with its functions, the store that scrapes it every
// scrapeEvery, and a bus, all in virtual time.
type world struct {
	t   testing.TB
	now time.Time

	// The gateway that runs now.
	target   string                       // its address
	began    time.Time                    // start of its process, zero if it does not export it
	counters map[string]*prom.Series      // by metric and labels, one sample each
	deployed map[string]map[string]string // annotations and labels by function

	notScraped  bool          // the store does not try to read the gateway
	unreachable bool          // it tries in vain
	storeDown   bool          // the store does not answer
	gatewayDown bool          // the gateway does not answer
	late        time.Duration // until a sample becomes visible
	dropped     string        // a metric that the store does not keep

	stored  map[string]*prom.Series
	expr    matching
	largest int // samples in the largest answer

	modes       map[string]event.Mode // that the operator has set
	modesErr    error
	busFailures int // publications that are still to fail
	sent        []message
}

const scrapeEvery = 5 * time.Second

var errFake = errors.New("connection refused")

func newWorld(t testing.TB) *world {
	return &world{
		t: t, now: time.Unix(1_800_000_000, 0), target: "gw-1", began: time.Unix(1_799_900_000, 0),
		counters: map[string]*prom.Series{}, stored: map[string]*prom.Series{},
		expr: matching{}, deployed: map[string]map[string]string{},
	}
}

func (w *world) config() Config {
	return Config{Step: time.Minute, WindowSteps: 180, MaxWait: 30 * time.Second, Batch: 50, Timeout: time.Minute, Concurrency: 1, Keys: testKeys}
}

func (w *world) collector() *Collector { return w.collectorOf(w.config()) }

func (w *world) collectorOf(cfg Config) *Collector {
	clock := Clock{Now: func() time.Time { return w.now }, Wait: w.wait}
	return NewFrom(w.t.Context(), cfg, w, w, w, clock, slog.New(slog.DiscardHandler))
}

// wait lets time pass for a collector that waits for the next scrape. tick takes it back.
func (w *world) wait(ctx context.Context, d time.Duration) error {
	w.pass(max(d, scrapeEvery).Truncate(scrapeEvery), nil)
	return ctx.Err()
}

// run runs a tick, and then sets the clock back to its begin: the next call of pass makes
// the scrapes that the tick has waited for.
func (w *world) run(c *Collector) Outcome {
	begin := w.now
	defer func() {
		w.now = begin
		for _, s := range w.stored {
			s.Samples = slices.DeleteFunc(s.Samples, func(x prom.Sample) bool { return x.T > begin.UnixMilli() })
		}
	}()
	return c.Tick(context.Background())
}

// deploy adds functions to the gateway.
func (w *world) deploy(names ...string) {
	for _, name := range names {
		w.deployed[name] = map[string]string{}
	}
}

// start begins calls that stay in flight; finish ends them with code.
func (w *world) start(fn string, n int) { w.add(invocation.Started, fn, "", float64(n)) }

func (w *world) finish(fn, code string, n int, seconds float64) {
	w.add(invocation.Ended, fn, code, float64(n))
	w.add(invocation.Seconds, fn, code, float64(n)*seconds)
}

func (w *world) call(fn string, n int) {
	w.start(fn, n)
	w.finish(fn, "200", n, 0.5)
}

func (w *world) add(metric, fn, code string, v float64) {
	id := metric + fn + code
	if w.counters[id] == nil {
		labels := map[string]string{"__name__": metric, "function_name": fn, "instance": w.target, "job": "gateway"}
		if code != "" {
			labels["code"] = code
		}
		w.counters[id] = &prom.Series{Labels: labels, Samples: make([]prom.Sample, 1)}
	}
	w.counters[id].Samples[0].V += v
}

// restart starts a new gateway process at target, without counters.
func (w *world) restart(target string) {
	w.counters, w.target, w.began = map[string]*prom.Series{}, target, w.now
}

// rename changes the name under which the store reads the gateway, which keeps
// running.
func (w *world) rename(target string) {
	w.target = target
	for _, c := range w.counters {
		c.Labels = maps.Clone(c.Labels)
		c.Labels["instance"] = target
	}
}

// pass lets d go by. If do is not nil, it runs before each scrape.
func (w *world) pass(d time.Duration, do func()) {
	for end := w.now.Add(d); w.now.Before(end); {
		w.now = w.now.Add(scrapeEvery)
		if do != nil {
			do()
		}
		switch {
		case w.unreachable:
			w.store(w.now.UnixMilli()-1500, prom.Series{Labels: map[string]string{"__name__": invocation.Up, "instance": w.target, "job": "gateway"}}, 0)
		case !w.notScraped:
			w.scrape()
		}
	}
}

// scrape stores what the gateway showed 1.5 s before now.
func (w *world) scrape() {
	at := w.now.Add(-1500 * time.Millisecond).UnixMilli()
	for fn := range w.deployed {
		w.store(at, prom.Series{Labels: map[string]string{"__name__": invocation.Deployed, "function_name": fn, "instance": w.target, "job": "gateway"}}, 1)
	}
	target := map[string]string{"instance": w.target, "job": "gateway"}
	w.store(at, prom.Series{Labels: with(target, "__name__", invocation.Up)}, 1)
	// Some function has been called, as on every gateway whose cron connector runs.
	w.store(at, prom.Series{Labels: with(target, "__name__", invocation.Started, "function_name", "other.openfaas-fn")}, 1)
	if !w.began.IsZero() {
		labels := map[string]string{"__name__": invocation.Process, "instance": w.target, "job": "gateway"}
		w.store(at, prom.Series{Labels: labels}, float64(w.began.UnixMilli())/1000)
	}
	for _, c := range w.counters {
		w.store(at, *c, c.Samples[0].V)
	}
}
