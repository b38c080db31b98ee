package scaler

import (
	"context"
	"time"

	"prewarm/shared/openfaas"
	"prewarm/shared/prometheus/demand"
	"prewarm/shared/prometheus/invocation"
)

// labelNames are the functions of labels function_name, by the view that they come from.
type labelNames struct {
	view   uint64
	queues demand.Queues
}

// take adds a reading to what was found.
func (w *watch) take(src *source, r demand.Reading, seen *view, now time.Time, found map[string]calls) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r.InFlight = w.queues(seen).translate(r.InFlight)
	for name, n := range src.tracker.Observe(r, now) {
		c := found[name]
		c.inFlight = max(c.inFlight, n)
		found[name] = c
	}
}

// readQueues adds the asynchronous calls that wait.
func (s *Scaler) readQueues(ctx context.Context, store demand.Samples, seen *view, from, to time.Time, found map[string]calls) error {
	s.watch.mu.Lock()
	queues := s.watch.queues(seen).queues
	s.watch.mu.Unlock()
	queued, err := queues.Read(ctx, store, from, to)
	for name, n := range queued {
		c := found[name]
		c.queued = n
		found[name] = c
	}
	return err
}

// queues returns the names of a view. The caller holds mu.
func (w *watch) queues(seen *view) *labelNames {
	if w.names.view != seen.number {
		names := make([]string, len(seen.list))
		for i, f := range seen.list {
			names[i] = f.Name
		}
		w.names = labelNames{seen.number, demand.Queues{Names: invocation.NewNames(names), Owners: openfaas.QueueOwners(seen.list)}}
	}
	return &w.names
}

// translate returns the calls in flight by function. A gateway that writes a name with and
// without its namespace shows the same calls twice.
func (l *labelNames) translate(labels map[string]int) map[string]int {
	out := make(map[string]int, len(labels))
	for label, n := range labels {
		if name, ok := l.queues.Names[label]; ok {
			out[name] = max(out[name], n)
		}
	}
	return out
}
