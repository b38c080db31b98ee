package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"time"

	"prewarm/deploy/experiment/hpaloop"
	"prewarm/deploy/experiment/metricsserver"
	"prewarm/deploy/local/controller"
	"prewarm/deploy/local/gateway"
	"prewarm/deploy/local/platform"
	"prewarm/deploy/local/process"
	"prewarm/deploy/local/replica"
	"prewarm/shared/hpa"
	"prewarm/shared/openfaas"
)

// watcher polls the platform once in each sync period of the HPA, records what it
// finds, and lets the HPAs of the arm act on it.
type watcher struct {
	names     []string // name.namespace
	gateway   *openfaas.Client
	processes func() []replica.Process
	metrics   *metricsserver.Server
	loop      *hpaloop.Loop // nil if no HPA scales
	clock     controller.Clock
	log       *slog.Logger
	record    record
}

// decisionAge is the age from which an HPA ignores a decision, as in
// kubernetes/values/prometheus-adapter.yaml.
const decisionAge = 5 * time.Minute

// requestTimeout bounds one request to the gateway or the store.
const requestTimeout = 5 * time.Second

// watch begins to watch the functions. The returned stop ends that and returns
// what was recorded.
func (e experiment) watch(ctx context.Context, p *platform.Platform, names []string, a arm) (stop func() (*record, error), err error) {
	w, err := e.newWatcher(p, names, a)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	// The goroutine owns the record until it ends; stop reads it afterwards.
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

// newWatcher fails on systems that do not show the CPU time of other processes.
// The arm's HPAs have a minimum of one replica, as Kubernetes does without a feature gate.
func (e experiment) newWatcher(p *platform.Platform, names []string, a arm) (*watcher, error) {
	if _, err := process.CPUTime(os.Getpid()); err != nil {
		return nil, err
	}
	w := &watcher{
		processes: p.Processes, metrics: metricsserver.New(cpuRequest),
		clock: controller.Clock{Begin: time.Now(), Speed: e.Speed()}, log: e.log,
	}
	for _, name := range names {
		w.names = append(w.names, name+"."+gateway.Namespace)
	}
	var err error
	w.gateway, err = openfaas.New(openfaas.Config{URL: p.GatewayURL(), User: p.User(), Password: p.Password(), Namespaces: []string{gateway.Namespace}, Timeout: requestTimeout})
	if err != nil || a.hpa == nil {
		return w, err
	}
	var external hpaloop.External
	if a.external {
		// The age is converted, because the store has the time of the clock.
		store := controller.HTTPStore{URL: p.StoreURL, Client: &http.Client{Timeout: requestTimeout}}
		external = hpaloop.Wanted(store, hpaloop.Query(w.clock.OnClock(decisionAge)))
	}
	objects := map[string]*hpa.Controller{}
	for _, name := range w.names {
		objects[name] = a.hpa(1, a.Most())
	}
	w.loop = hpaloop.New(w.gateway, external, objects)
	return w, nil
}

// run polls until ctx ends.
func (w *watcher) run(ctx context.Context) {
	// A ticker drops ticks of a busy machine. punctuality shows how many.
	ticker := time.NewTicker(w.clock.OnClock(hpa.SyncPeriod))
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if err := w.poll(ctx, time.Now()); err != nil && ctx.Err() == nil {
			w.record.missed++
			w.log.Warn("a poll of the platform failed", "error", err)
		}
	}
}

// poll is one round.
// One list of the gateway serves record and HPAs, so that both see the same replicas.
func (w *watcher) poll(ctx context.Context, now time.Time) error {
	functions, err := w.gateway.List(ctx)
	if err != nil {
		return err
	}
	usages := w.metrics.Update(now, functions, metricsserver.Measure(w.processes()))
	// Recorded before the HPAs act, which change the counts.
	w.record.polls = append(w.record.polls, newPoll(w.clock.At(now).Sub(w.clock.Begin).Minutes(), w.names, functions, usages))
	if w.loop == nil {
		return nil
	}
	return w.loop.Sync(ctx, w.clock.At(now), functions, usages)
}

// errPollsMissed means that the record has too many gaps for a comparison.
var errPollsMissed = errors.New("most polls of the platform failed")

// result returns the record, or an error if most polls failed.
func (w *watcher) result() (*record, error) {
	if n := len(w.record.polls); n <= w.record.missed {
		return nil, fmt.Errorf("%w: %d failed, %d did not", errPollsMissed, w.record.missed, n)
	}
	return &w.record, nil
}
