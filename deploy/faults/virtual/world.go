// Package virtual is the level "virtual" of the fault suite: it runs collector, predictor and
// scaler in this process and in virtual time. Gateway, store, NATS, cron and connector are
// models, which can fail in each of their answers. Thousands of steps pass in a minute.
package virtual

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"time"

	"prewarm/deploy/faults/invariant"
	"prewarm/deploy/faults/schedule"
	"prewarm/functions/collector"
	"prewarm/functions/predictor"
	"prewarm/functions/scaler"
	"prewarm/shared/event"
	"prewarm/shared/openfaas"
	"prewarm/shared/policy"
)

const (
	// start is when a chain starts, Unix seconds: the begin of a step.
	start = 1_800_000_000
	step  = time.Minute
	// tick is how far the clock moves at a time.
	tick        = 5 * time.Second
	scrapeEvery = 15 * time.Second
	// cronEvery is below a step, so that a tick that failed is repeated within the step.
	cronEvery = 30 * time.Second
	// windowSteps is what the models need for a forecast.
	windowSteps = 180
	// startTime is how long a replica takes to become ready.
	startTime = 10 * time.Second
)

// keys sign the messages of the virtual chain.
func keys() event.Keys { return event.NewKeys("", []byte("a key of a virtual chain")) }

// World is the chain and all that it depends on. Its methods are called by one goroutine;
// the scaler calls the gateway from several.
type World struct {
	Log invariant.Log

	ctx     context.Context
	log     *slog.Logger
	traffic *rand.Rand
	now     time.Time
	faults  []*planned

	gateway   *gateway
	store     *store
	streams   map[string]*stream
	consumers []*consumer

	collector    *collector.Collector
	endCollector context.CancelFunc
	predictor    *predictor.Predictor
	scaler       *scaler.Scaler
}

// New starts a chain with no history. The seed chooses the traffic.
func New(ctx context.Context, seed uint64) (*World, error) {
	w := &World{
		ctx: ctx, log: slog.New(slog.DiscardHandler), traffic: rand.New(rand.NewPCG(seed, 2)),
		now: time.Unix(start, 0), store: newStore(), Log: invariant.Log{Step: step},
	}
	w.gateway = newGateway(w.now)
	for _, f := range w.gateway.functions {
		w.Log.Functions = append(w.Log.Functions, f.name)
	}
	w.newStreams()
	var err error
	if w.predictor, err = predictor.NewFrom(keys(), client{w, schedule.Predictor, ctx}, w.clock(schedule.Predictor), w.log); err != nil {
		return nil, err
	}
	w.startCollector()
	w.startScaler()
	return w, nil
}

// startCollector starts a collector without a cache, and ends the one before.
func (w *World) startCollector() {
	life, end := context.WithCancel(w.ctx)
	w.endCollector = end
	cfg := collector.Config{Step: step, WindowSteps: windowSteps, MaxWait: step / 2, Batch: 20, Timeout: step, Concurrency: 1, Keys: keys()}
	c := client{w, schedule.Collector, life}
	clock := collector.Clock{Now: w.clock(schedule.Collector), Wait: w.wait}
	w.collector = collector.NewFrom(life, cfg, c, c, c, clock, w.log)
}

// wait lets time pass while a collector waits for a scrape. All else goes on meanwhile.
func (w *World) wait(ctx context.Context, d time.Duration) error {
	for end := w.now.Add(d); w.now.Before(end) && ctx.Err() == nil; {
		w.advance()
	}
	return ctx.Err()
}

// startScaler starts a scaler without memory.
func (w *World) startScaler() {
	cfg := scaler.Config{
		Keys: keys(), Mode: openfaas.ModeActive, Policy: policy.DefaultConfig(), Concurrency: 1, MaxAge: 3,
		Readiness: startTime, ReadinessPoll: time.Microsecond,
	}
	c := client{w, schedule.Scaler, w.ctx}
	w.scaler = scaler.NewFrom(cfg, c, c, w.clock(schedule.Scaler), w.log)
}

// clock is the clock of a part, which a fault may set wrong by up to three steps.
func (w *World) clock(part schedule.Part) func() time.Time {
	return func() time.Time {
		now := w.now
		for _, f := range w.faults {
			if f.on && f.Kind == schedule.Clock && f.Part == part {
				now = now.Add(time.Duration(3 * f.Size * float64(step)).Truncate(time.Second))
			}
		}
		return now
	}
}

// advance lets one tick pass: calls, then what is due, then deliveries.
func (w *World) advance() {
	w.now = w.now.Add(tick)
	w.changeFaults()
	w.gateway.pass(w.now, w.traffic, w.hit(schedule.Kill, schedule.Gateway, ""))
	if w.due(scrapeEvery, 0) {
		w.scrape()
	}
	if w.due(cronEvery, w.delay(schedule.Cron, schedule.Collector)) {
		w.cron()
	}
	for _, c := range w.consumers {
		w.deliver(c)
	}
}

// due reports whether now is the given time after a multiple of the period.
func (w *World) due(period, late time.Duration) bool {
	return (w.now.Unix()-int64(late/time.Second))%int64(period/time.Second) == 0
}
