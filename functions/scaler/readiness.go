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

// startTimes measures how long replicas take from a scale-up to ready. It is safe for
// concurrent use.
type startTimes struct {
	cfg Config
	now func() time.Time
	log *slog.Logger

	mu       sync.Mutex
	pending  map[string]scaleUp
	samples  map[string][]float64     // seconds, the last maxSamples of each function
	restored map[string]time.Duration // readiness times that were measured before a restart
	wake     chan struct{}            // holds one element if run should poll
}

// scaleUp is a scale-up whose replicas are not all ready yet.
type scaleUp struct {
	since  time.Time
	target int
}

const (
	maxSamples = 20
	// startTimeout ends the wait for replicas that do not become ready. It gives no
	// sample.
	startTimeout = 5 * time.Minute
)

// newStartTimes returns a measurement without samples. Nothing is polled until run
// is started.
func newStartTimes(cfg Config, now func() time.Time, log *slog.Logger) *startTimes {
	return &startTimes{
		cfg: cfg, now: now, log: log, pending: map[string]scaleUp{}, samples: map[string][]float64{},
		restored: map[string]time.Duration{}, wake: make(chan struct{}, 1),
	}
}

// p90 returns the readiness time of a function: the 90th percentile of its measured
// start times, else the one restored after a restart, else the configured assumption.
func (t *startTimes) p90(name string) (readiness time.Duration, measured bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	// The 90th percentile and not the mean: a decision that looks ahead by the mean
	// would be late half of the time.
	if s := t.samples[name]; len(s) > 0 {
		sorted := slices.Sorted(slices.Values(s))
		return time.Duration(stat.Quantile(0.9, stat.Empirical, sorted, nil) * float64(time.Second)), true
	}
	if d, ok := t.restored[name]; ok {
		return d, true
	}
	return t.cfg.Readiness, false
}

// restore takes over the readiness time of a published decision. An assumed one is
// ignored, because the configuration may have changed since.
func (t *startTimes) restore(d event.Decision) {
	if !d.Inputs.ReadinessMeasured {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.restored[d.Function] = time.Duration(d.Inputs.ReadinessSeconds * float64(time.Second))
}

// begin starts to measure a scale-up. A scale-down ends the measurement that runs.
func (t *startTimes) begin(name string, target, available int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.pending, name)
	if target <= available {
		return
	}
	// The newest scale-up replaces the one that runs: the list of the gateway does not
	// show to which of the two a ready replica belongs.
	t.pending[name] = scaleUp{since: t.now(), target: target}
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

// forget drops a function that is not deployed any more.
func (t *startTimes) forget(name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.pending, name)
	delete(t.samples, name)
	delete(t.restored, name)
}

// run polls the gateway while scale-ups are pending, until ctx ends.
func (t *startTimes) run(ctx context.Context, gw openfaas.Lister) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.wake:
		}
		// Polling ends when nothing is pending, so an idle scaler does not load the
		// gateway.
		openfaas.Poll(ctx, gw, t.cfg.ReadinessPoll, t.take)
	}
}

// take measures with one list of the gateway, and reports whether scale-ups are still
// pending.
func (t *startTimes) take(list []openfaas.Function, err error) bool {
	if err != nil {
		t.log.Warn("start times of replicas cannot be measured", "error", err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	for _, f := range list {
		// The sample is the time until all replicas are ready. It is exact within
		// one interval of polling.
		if p, ok := t.pending[f.Name]; ok && f.Available >= p.target {
			s := append(t.samples[f.Name], now.Sub(p.since).Seconds())
			t.samples[f.Name] = s[max(0, len(s)-maxSamples):]
			delete(t.pending, f.Name)
		}
	}
	for name, p := range t.pending {
		if now.Sub(p.since) > startTimeout {
			t.log.Warn("replicas did not become ready", "function", name, "target", p.target, "after", startTimeout)
			delete(t.pending, name)
		}
	}
	return len(t.pending) > 0
}
