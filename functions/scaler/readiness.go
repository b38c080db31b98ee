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
	cfg   Config
	now   func() time.Time
	log   *slog.Logger
	ready *readyLog // gets each list as well

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
	// maxPoll bounds the interval of the polls. One list serves all functions.
	maxPoll = 5 * time.Second
	// outlier is the factor above the median from which a sample does not count.
	outlier = 4
)

// newStartTimes returns a measurement without samples. Nothing is polled until run
// is started.
func newStartTimes(cfg Config, now func() time.Time, log *slog.Logger, ready *readyLog) *startTimes {
	return &startTimes{
		cfg: cfg, now: now, log: log, ready: ready, pending: map[string]scaleUp{}, samples: map[string][]float64{},
		restored: map[string]time.Duration{}, wake: make(chan struct{}, 1),
	}
}

// p90 returns the readiness time of a function: the 90th percentile of its measured
// start times, else the one restored after a restart, else the configured assumption.
func (t *startTimes) p90(name string) (readiness time.Duration, measured bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	before, restored := t.restored[name]
	// The 90th percentile and not the mean: a decision that looks ahead by the mean
	// would be late half of the time.
	if usual := t.usual(t.samples[name], before); len(usual) > 0 {
		return time.Duration(stat.Quantile(0.9, stat.Empirical, usual, nil) * float64(time.Second)), true
	}
	if restored {
		return before, true
	}
	return t.cfg.Readiness, false
}

// usual returns the samples that count, in ascending order: those up to outlier times the
// median. A pod that waits for room on a node is not starting; a replica that becomes ready
// only once a node has been added says nothing about the next one. A start time that was
// restored counts in the median as one sample, and in an even number of them the lower one
// is the median: a first sample far above the second does not count any more. Start times
// that really grow count as soon as most samples show it. Samples are no more exact than a
// poll, so that no start within outlier polls is unusual.
func (t *startTimes) usual(samples []float64, restored time.Duration) []float64 {
	all := slices.Clone(samples)
	if restored > 0 {
		all = append(all, restored.Seconds())
	}
	if len(all) == 0 {
		return nil
	}
	slices.Sort(all)
	most := outlier * max(all[(len(all)-1)/2], t.cfg.ReadinessPoll.Seconds())
	usual := slices.DeleteFunc(slices.Clone(samples), func(s float64) bool { return s > most })
	slices.Sort(usual)
	return usual
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
		var poll <-chan time.Time // nil if nothing is pending, so that an idle scaler does not load the gateway
		if wait, pending := t.interval(); pending {
			poll = time.After(wait)
		}
		select {
		case <-ctx.Done():
			return
		case <-t.wake: // a younger scale-up needs a shorter interval
		case <-poll:
			t.take(gw.List(ctx))
		}
	}
}

// interval returns the time until the next poll, and whether one is needed: a tenth of the
// time that the youngest scale-up has waited, so that a sample is exact to a tenth, within
// Config.ReadinessPoll and maxPoll.
func (t *startTimes) interval() (wait time.Duration, pending bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	wait = maxPoll
	for _, p := range t.pending {
		wait = min(wait, t.now().Sub(p.since)/10)
	}
	return max(wait, t.cfg.ReadinessPoll), len(t.pending) > 0
}

// take measures with one list of the gateway, and reports whether scale-ups are still
// pending.
func (t *startTimes) take(list []openfaas.Function, err error) bool {
	if err != nil {
		t.log.Warn("start times of replicas cannot be measured", "error", err)
	}
	t.ready.observe(list, t.now())
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	for _, f := range list {
		// The sample is the time until all replicas are ready.
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
