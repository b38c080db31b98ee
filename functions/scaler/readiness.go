package scaler

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"prewarm/shared/openfaas"
)

// startTimes measures how long replicas take from a scale-up to ready. It is safe for
// concurrent use.
type startTimes struct {
	cfg   Config
	now   func() time.Time
	log   *slog.Logger
	ready *readyLog // gets each answer as well

	mu       sync.Mutex
	pending  map[string]scaleUp
	samples  map[string][]float64     // seconds, the last maxSamples of each function
	restored map[string]time.Duration // readiness times that were measured before a restart
	wake     chan struct{}            // holds one element after a scale-up
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
	// maxPoll bounds the interval of the polls.
	maxPoll = 5 * time.Second
)

// newStartTimes returns a measurement without samples. Nothing is polled until run
// is started.
func newStartTimes(cfg Config, now func() time.Time, log *slog.Logger, ready *readyLog) *startTimes {
	return &startTimes{
		cfg: cfg, now: now, log: log, ready: ready, pending: map[string]scaleUp{}, samples: map[string][]float64{},
		restored: map[string]time.Duration{}, wake: make(chan struct{}, 1),
	}
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

// run polls the functions whose scale-ups are pending, until ctx ends. read asks the gateway
// for functions by name.
func (t *startTimes) run(ctx context.Context, read func(context.Context, []string) ([]openfaas.Function, error)) {
	for {
		var poll <-chan time.Time // nil if nothing is pending, so that an idle scaler does not load the gateway
		wait, pending := t.interval()
		if len(pending) > 0 {
			poll = time.After(wait)
		}
		select {
		case <-ctx.Done():
			return
		case <-t.wake: // a younger scale-up needs a shorter interval
		case <-poll:
			t.take(read(ctx, pending))
		}
	}
}

// interval returns the time until the next poll, and the functions to ask for: a tenth of the
// time that the youngest scale-up has waited, so that a sample is exact to a tenth, within
// Config.ReadinessPoll and maxPoll.
func (t *startTimes) interval() (wait time.Duration, pending []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	wait = maxPoll
	for name, p := range t.pending {
		wait = min(wait, t.now().Sub(p.since)/10)
		pending = append(pending, name)
	}
	return max(wait, t.cfg.ReadinessPoll), pending
}

// take measures with one answer of the gateway, and reports whether scale-ups are still
// pending.
func (t *startTimes) take(list []openfaas.Function, err error) bool {
	if err != nil {
		t.log.Warn("start times of replicas cannot be measured", "error", err)
	}
	t.ready.note(list, t.now())
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	for _, f := range list {
		if p, ok := t.pending[f.Name]; ok && f.Available >= p.target {
			t.sample(f.Name, now.Sub(p.since))
			delete(t.pending, f.Name)
		}
	}
	for name, p := range t.pending {
		switch {
		case now.Before(p.since): // the clock was set back
			delete(t.pending, name)
		case now.Sub(p.since) > startTimeout:
			t.log.Warn("replicas did not become ready", "function", name, "target", p.target, "after", startTimeout)
			delete(t.pending, name)
		}
	}
	return len(t.pending) > 0
}

// sample takes in the time until all replicas of a scale-up were ready. A time that
// no start takes comes from a clock that was set meanwhile.
func (t *startTimes) sample(name string, took time.Duration) {
	if took < 0 || took > startTimeout {
		return
	}
	s := append(t.samples[name], took.Seconds())
	t.samples[name] = s[max(0, len(s)-maxSamples):]
}
