package scaler

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"gonum.org/v1/gonum/stat"

	"prewarm/shared/event"
	"prewarm/shared/openfaas"
)

// startWatch measures how long replicas take from a scale-up to ready.
type startWatch struct {
	cfg Config
	now func() time.Time
	log *slog.Logger

	mu       sync.Mutex
	pending  map[string]start
	samples  map[string][]float64     // seconds, the last maxSamples of each function
	restored map[string]time.Duration // what was measured before a restart
	wake     chan struct{}
}

// start is a scale-up under way.
type start struct {
	since  time.Time
	target int
}

const (
	maxSamples = 20
	// startTimeout ends the wait for replicas that do not come: the number is
	// not a start time then.
	startTimeout = 5 * time.Minute
)

func newStartWatch(cfg Config, now func() time.Time, log *slog.Logger) *startWatch {
	return &startWatch{
		cfg: cfg, now: now, log: log, pending: map[string]start{}, samples: map[string][]float64{},
		restored: map[string]time.Duration{}, wake: make(chan struct{}, 1),
	}
}

// p90 returns the 90th percentile of the start times of a function that were
// measured, also before a restart, or the configured assumption.
func (w *startWatch) p90(name string) (start time.Duration, measured bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if s := w.samples[name]; len(s) > 0 {
		sorted := slices.Sorted(slices.Values(s))
		return time.Duration(stat.Quantile(0.9, stat.Empirical, sorted, nil) * float64(time.Second)), true
	}
	if d, ok := w.restored[name]; ok {
		return d, true
	}
	return w.cfg.Readiness, false
}

// restore takes over the start time that a past decision rested on. One that was
// assumed is left: the assumption may have changed since.
func (w *startWatch) restore(d event.Decision) {
	if !d.Inputs.ReadinessMeasured {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.restored[d.Function] = time.Duration(d.Inputs.ReadinessSeconds * float64(time.Second))
}

// begin starts the clock for a scale-up; a scale-down ends it.
func (w *startWatch) begin(name string, target, available int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.pending, name)
	if target <= available {
		return
	}
	w.pending[name] = start{since: w.now(), target: target}
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// forget drops a function that is no longer deployed.
func (w *startWatch) forget(name string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.pending, name)
	delete(w.samples, name)
	delete(w.restored, name)
}

// run polls the gateway while replicas start, until ctx ends.
func (w *startWatch) run(ctx context.Context, gw openfaas.Lister) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-w.wake:
		}
		openfaas.Poll(ctx, gw, w.cfg.ReadinessPoll, w.take)
	}
}

// take learns from one list, and reports whether replicas are still starting.
func (w *startWatch) take(list []openfaas.Function, err error) bool {
	if err != nil {
		w.log.Warn("cannot watch replicas start", "error", err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, f := range list {
		if p, ok := w.pending[f.Name]; ok && f.Available >= p.target {
			w.add(f.Name, w.now().Sub(p.since))
			delete(w.pending, f.Name)
		}
	}
	for name, p := range w.pending {
		if w.now().Sub(p.since) > startTimeout {
			w.log.Warn("replicas did not become ready", "function", name, "target", p.target, "after", startTimeout)
			delete(w.pending, name)
		}
	}
	return len(w.pending) > 0
}

func (w *startWatch) add(name string, took time.Duration) {
	s := append(w.samples[name], took.Seconds())
	w.samples[name] = s[max(0, len(s)-maxSamples):]
}
