package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"prewarm/deploy/local/autoscaler"
	"prewarm/deploy/local/gateway"
	"prewarm/deploy/local/metricsserver"
	"prewarm/deploy/local/platform"
	"prewarm/shared/hpa"
	shared "prewarm/shared/openfaas"
)

// watcher looks at the platform once in each sync period of the HPA, records
// what it finds, and lets the HPAs act on it where the arm has some.
type watcher struct {
	names   []string // name.namespace
	gateway *shared.Client
	reader  *metricsserver.Reader
	metrics *metricsserver.Server
	loop    *autoscaler.Loop // nil where no HPA scales
	clock   autoscaler.Clock
	step    time.Duration
	log     *slog.Logger
	record  record
}

// decisionAge is the age from which an HPA takes a decision for no value, as in
// kubernetes/values/prometheus-adapter.yaml.
const decisionAge = 5 * time.Minute

// watch begins to watch the functions. The returned stop ends that and returns
// what was recorded.
func (o options) watch(ctx context.Context, p *platform.Platform, names []string, a arm, log *slog.Logger) (stop func() (*record, error), err error) {
	w, err := o.newWatcher(p, names, a, log)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		w.run(ctx)
	}()
	return func() (*record, error) {
		cancel()
		<-ended
		return w.result()
	}, nil
}

func (o options) newWatcher(p *platform.Platform, names []string, a arm, log *slog.Logger) (*watcher, error) {
	w := &watcher{metrics: metricsserver.New(cpuRequest), clock: autoscaler.Clock{Begin: time.Now(), Speed: o.speed()}, step: o.step, log: log}
	for _, name := range names {
		w.names = append(w.names, name+"."+gateway.Namespace)
	}
	var err error
	if w.reader, err = metricsserver.NewReader(); err != nil {
		return nil, err
	}
	w.gateway, err = shared.New(shared.Config{URL: p.GatewayURL(), User: p.User(), Password: p.Password(), Namespaces: []string{gateway.Namespace}, Timeout: 5 * time.Second})
	if err != nil || a.hpa == nil {
		return w, err
	}
	var external autoscaler.External
	if a.external {
		external = autoscaler.Wanted(p.StoreURL(), autoscaler.Query(w.clock.OnClock(decisionAge)), &http.Client{Timeout: 5 * time.Second})
	}
	objects := map[string]*hpa.Controller{}
	for _, name := range w.names {
		objects[name] = a.hpa(1, a.most())
	}
	w.loop = autoscaler.New(w.gateway, external, objects)
	return w, nil
}

// run looks until ctx ends.
func (w *watcher) run(ctx context.Context) {
	ticker := time.NewTicker(w.clock.OnClock(hpa.SyncPeriod))
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if err := w.look(ctx, time.Now()); err != nil && ctx.Err() == nil {
			w.record.missed++
			w.log.Warn("a look at the platform failed", "error", err)
		}
	}
}

// look is one round.
func (w *watcher) look(ctx context.Context, now time.Time) error {
	functions, err := w.gateway.List(ctx)
	if err != nil {
		return err
	}
	processes, err := w.reader.Processes()
	if err != nil {
		return err
	}
	uses := w.metrics.Look(now, functions, processes)
	w.record.looks = append(w.record.looks, newLook(traceMinutes(now.Sub(w.clock.Begin), w.step), w.names, functions, uses))
	if w.loop == nil {
		return nil
	}
	return w.loop.Sync(ctx, w.clock.At(now), functions, uses)
}

// result is the record, and an error where most of it is missing.
func (w *watcher) result() (*record, error) {
	if n := len(w.record.looks); n <= w.record.missed {
		return nil, fmt.Errorf("%w: %d failed, %d did not", errBlind, w.record.missed, n)
	}
	return &w.record, nil
}

var errBlind = errors.New("most looks at the platform failed")
