package scaler

import (
	"context"
	"sync"
	"time"

	"prewarm/shared/event"
	prom "prewarm/shared/prometheus"
	"prewarm/shared/prometheus/demand"
)

// watch reads between two steps which calls are there: in flight, and in the queues of
// asynchronous calls. watchraise.go adds replicas for them.
//
// The interval is the configured one, but at most a fifth of a step: on a platform whose steps
// are short, a look that comes once per step would see no burst before the next decision does.
// A source that takes long is read less often, so that its reads take at most a twentieth of
// the time: the page of a gateway with 10,000 functions costs the gateway more than the reader.
type watch struct {
	interval time.Duration
	sources  []*source // the freshest first

	mu    sync.Mutex    // of the fields below and of the trackers
	step  time.Duration // length of a step, 0 before the first forecast
	names labelNames
}

const (
	// watchShare is the least number of looks in a step.
	watchShare = 5
	// watchCost is the time between two reads of a source, as a multiple of the time of a read.
	watchCost = 20
	// watchTimeout bounds each read of a look, and its calls of the gateway together.
	watchTimeout = 5 * time.Second
	// watchFresh is the greatest age of a sample of the store, or half a step if that is less:
	// calls of that long ago say nothing of now.
	watchFresh = 30 * time.Second
)

// source is a place that shows calls in flight.
type source struct {
	name    string
	read    func(ctx context.Context, from, to time.Time) (demand.Reading, error)
	queues  demand.Samples // of the queues of asynchronous calls, nil if it does not have them
	tracker *demand.Tracker
	due     time.Time // of the next read
	whole   bool      // the last read showed all calls in flight
}

// calls are those of one function that are there.
type calls struct{ inFlight, queued int }

// newWatch returns the watch of a configuration.
func newWatch(cfg WatchConfig, now time.Time) *watch {
	w := &watch{interval: cfg.Interval}
	if cfg.Page != "" {
		page := demand.NewGateway(cfg.Page)
		w.add("gateway", now, func(ctx context.Context, _, _ time.Time) (demand.Reading, error) { return page.Read(ctx) })
	}
	if cfg.Store != nil {
		client := prom.New(*cfg.Store, nil)
		w.add("store", now, demand.Store{Client: client}.Read)
		w.sources[len(w.sources)-1].queues = client
	}
	return w
}

// startWatch watches the calls of the functions of this scaler until ctx ends, if there is
// anything to read. It is called before the first batch. With several shards each has a watch
// of its own, since it has its own state.
func (s *Scaler) startWatch(ctx context.Context) {
	if s.cfg.Watch.on() {
		s.watch = newWatch(s.cfg.Watch, s.now())
		go s.watchCalls(ctx)
	}
}

// add adds a source.
func (w *watch) add(name string, now time.Time, read func(context.Context, time.Time, time.Time) (demand.Reading, error)) {
	w.sources = append(w.sources, &source{name: name, read: read, tracker: demand.NewTracker(now)})
}

// learn takes in the forecast of a function.
func (w *watch) learn(f *event.Forecast) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.step = time.Duration(f.StepSeconds) * time.Second
	for _, src := range w.sources {
		src.tracker.Anchor(f.Function, f.Origin, int64(f.StepSeconds), f.InFlight)
	}
}

// wait returns the time between two looks.
func (w *watch) wait() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.step > 0 {
		return min(w.interval, w.step/watchShare)
	}
	return w.interval
}

// watchCalls looks until ctx ends.
func (s *Scaler) watchCalls(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(s.watch.wait()):
			s.look(ctx)
		}
	}
}

// look reads the sources once, and adds replicas. Nothing is known of the functions before the
// first batch has listed them.
func (s *Scaler) look(ctx context.Context) {
	seen := s.views.newest()
	if seen == nil {
		return
	}
	if found := s.readCalls(ctx, seen); len(found) > 0 {
		ctx, cancel := context.WithTimeout(ctx, watchTimeout)
		defer cancel()
		s.raise(ctx, seen, found)
	}
}

// readCalls reads the sources that are due. The first one that shows the calls in flight is
// enough, unless its gateway is one of several: then the store, which shows all of them, counts
// as well, and the larger number is taken. A source that cannot be read shows nothing, and
// raises nothing: the next one takes its place until it is read again.
func (s *Scaler) readCalls(ctx context.Context, seen *view) map[string]calls {
	w, found, whole := s.watch, map[string]calls{}, false
	for _, src := range w.sources {
		now := s.now()
		if wait := src.due.Sub(now); wait > 0 && wait <= watchCost*watchTimeout { // a later time comes from a wrong clock
			whole = whole || src.whole // what it shows is known well enough
			continue
		}
		began := time.Now()
		err := s.readSource(ctx, src, now, seen, whole, found)
		src.due = now.Add(watchCost * time.Since(began))
		s.metrics.looked(src.name, err, now)
		if err != nil {
			s.log.Debug("calls in flight cannot be read", "source", src.name, "error", err)
		}
		src.whole = err == nil && !w.several(src, now)
		whole = whole || src.whole
	}
	return found
}

// readSource reads the calls in flight of a source, unless others show them all, and the queues
// of the store.
func (s *Scaler) readSource(ctx context.Context, src *source, now time.Time, seen *view, whole bool, found map[string]calls) error {
	ctx, cancel := context.WithTimeout(ctx, watchTimeout)
	defer cancel()
	from := now.Add(-s.watch.fresh())
	if src.queues != nil {
		if err := s.readQueues(ctx, src.queues, seen, from, now, found); err != nil {
			return err
		}
	}
	if whole {
		return nil
	}
	reading, err := src.read(ctx, from, now)
	if err == nil {
		s.watch.take(src, reading, seen, now, found)
	}
	return err
}

// fresh returns the greatest age of a sample of the store.
func (w *watch) fresh() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.step > 0 {
		return min(watchFresh, w.step/2)
	}
	return watchFresh
}

// several reports whether a source shows one of several gateways.
func (w *watch) several(src *source, now time.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return src.tracker.Several(now)
}
