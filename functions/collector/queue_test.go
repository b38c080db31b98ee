package collector

import (
	"context"
	"testing"
	"time"

	"prewarm/shared/openfaas"
	prom "prewarm/shared/prometheus"
	"prewarm/shared/prometheus/demand"
)

// pend stores the depth of a queue as a queue-worker shows it, some time ago.
func (w *world) pend(ago time.Duration, queue, function string, depth float64, pairs ...string) {
	labels := map[string]string{"__name__": demand.MetricPending, "queue_name": queue}
	if function != "" {
		labels["function_name"] = function
	}
	w.store(w.now.Add(-ago).UnixMilli(), prom.Series{Labels: with(labels, pairs...)}, depth)
}

// waiting returns the calls in the window that a tick publishes of a function.
func waiting(t *testing.T, w *world, function string) int {
	t.Helper()
	w.tick(w.collector(), resultPublished)
	return w.last(function).Queued
}

func TestTheQueueOfAFunctionIsInItsWindow(t *testing.T) {
	for _, c := range []struct {
		cause string
		show  func(*world)
		want  int
	}{
		{"no queue-worker, as in the community edition", func(*world) {}, 0},
		{"a consumer for each function", func(w *world) { w.pend(time.Second, "faas-request", a, 12) }, 12},
		{"a name without namespace", func(w *world) { w.pend(time.Second, "faas-request", "a", 12) }, 12},
		{"the queue of all functions", func(w *world) { w.pend(time.Second, "faas-request", "", 12) }, 0},
		{"the calls of another function", func(w *world) {
			w.pend(time.Second, "slow", "gone.openfaas-fn", 12)
			w.deployed[a][openfaas.AnnotationQueue] = "slow"
		}, 0},
		{"a queue of its own", func(w *world) {
			w.pend(time.Second, "slow", "", 12)
			w.deployed[a][openfaas.AnnotationQueue] = " slow "
		}, 12},
		{"a queue of two functions", func(w *world) {
			w.pend(time.Second, "slow", "", 12)
			w.deployed[a][openfaas.AnnotationQueue], w.deployed[b][openfaas.AnnotationQueue] = "slow", "slow"
		}, 0},
		{"a queue of its name", func(w *world) { w.pend(time.Second, "a", "", 12) }, 12},
		{"a queue of its name, which another one uses", func(w *world) { w.pend(time.Second, "a", "", 12); w.deployed[b][openfaas.AnnotationQueue] = "a" }, 0},
		{"two queue-workers show one queue", func(w *world) {
			w.pend(4*time.Second, "faas-request", a, 15, "instance", "worker-1")
			w.pend(2*time.Second, "faas-request", a, 12, "instance", "worker-2")
		}, 12},
		{"an old and a new queue", func(w *world) { w.pend(time.Second, "slow", a, 2); w.pend(time.Second, "fast", a, 3) }, 5},
		{"the latest depth", func(w *world) { w.pend(9*time.Second, "slow", a, 2); w.pend(4*time.Second, "slow", a, 7) }, 7},
		{"stale: the queue-worker has ended", func(w *world) { w.pend(31*time.Second, "slow", a, 12) }, 0},
		{"not a depth", func(w *world) { w.pend(time.Second, "slow", a, -3) }, 0},
		{"more than a number holds", func(w *world) { w.pend(time.Second, "slow", a, 1e300) }, 1<<31 - 1},
	} {
		w := newWorld(t)
		w.deploy(a, b)
		w.pass(3*time.Minute, nil)
		c.show(w)
		if got := waiting(t, w, a); got != c.want {
			t.Errorf("%s: %d calls wait, want %d", c.cause, got, c.want)
		}
	}
}

// queueless is a store whose queries for queues fail, and which counts them.
type queueless struct {
	*world
	asked int
}

func (q *queueless) Each(ctx context.Context, metric string, m []prom.Matcher, from, to time.Time, take func(prom.Series) error) error {
	if metric != demand.MetricPending {
		return q.world.Each(ctx, metric, m, from, to, take)
	}
	q.asked++
	return errFake
}

// A tick does not fail for queues, and asks for them once.
func TestQueuesThatCannotBeReadAreTakenAsEmpty(t *testing.T) {
	w := newWorld(t)
	w.deploy(a)
	w.pass(3*time.Minute, nil)
	c := w.collector()
	st := &queueless{world: w}
	c.cache.reader.Store = st
	w.tick(c, resultPublished)
	if w.last(a).Queued != 0 || st.asked != 1 {
		t.Errorf("%d calls wait, after %d queries", w.last(a).Queued, st.asked)
	}
}
