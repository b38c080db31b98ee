package collector

import (
	"context"
	"math"
	"strings"
	"time"

	"prewarm/shared/openfaas"
	prom "prewarm/shared/prometheus"
)

// pendingMessages is the metric of the queue-worker of OpenFaaS Standard: asynchronous calls
// that wait in a queue. Each queue-worker that serves the queue exports it.
//
// Source: docs.openfaas.com, page "Monitoring Functions". What the label function_name is
// if one consumer serves all functions of a queue (mode static) is not documented.
const pendingMessages = "queue_worker_pending_messages"

// annotationQueue names the queue of a function, which is that of all functions otherwise.
//
// Source: docs.openfaas.com, page "Asynchronous Functions", section "Multiple queues".
const annotationQueue = "com.openfaas.queue"

// A depth is stale if the store has no sample of the last queueScrapes intervals between
// two scrapes, within bounds: the queue-worker has ended, or is not scraped any more.
const (
	queueScrapes  = 3
	minQueueFresh = 30 * time.Second
	maxQueueFresh = 5 * time.Minute
)

// queued returns the asynchronous calls that wait for each function. A queue counts if the
// queue-worker states its function, or if it serves one function alone. A function is left
// out if nothing waits or its queue is not known, in the store of the community edition at
// the cost of one query without a result.
func (c *Collector) queued(ctx context.Context, functions []openfaas.Function) map[string]int {
	// A part of the time of a tick: the depth of queues is not worth a lost step.
	ctx, cancel := context.WithTimeout(ctx, c.cfg.Timeout/8)
	defer cancel()
	now, fresh := c.now(), minQueueFresh
	if interval := c.cache.pace.interval; interval > 0 {
		fresh = min(max(queueScrapes*interval, fresh), maxQueueFresh)
	}
	names, owners, latest := c.names(functions), queueOwners(functions), map[queue]prom.Sample{}
	err := c.cache.reader.Store.Each(ctx, pendingMessages, nil, now.Add(-fresh), now, func(s prom.Series) error {
		q := queue{names[s.Labels["function_name"]], s.Labels["queue_name"]}
		if s.Labels["function_name"] == "" {
			q.function = owners[q.name]
		}
		// Of several queue-workers, the one that was scraped last knows best.
		if n := len(s.Samples); q.function != "" && n > 0 && s.Samples[n-1].T >= latest[q].T {
			latest[q] = s.Samples[n-1]
		}
		return nil
	})
	if err != nil {
		c.log.Warn("the queues of asynchronous calls cannot be read and are taken as empty", "error", err)
		return nil
	}
	out := map[string]int{}
	for q, last := range latest {
		out[q.function] = min(out[q.function]+int(math.Round(min(max(last.V, 0), math.MaxInt32))), math.MaxInt32)
	}
	return out
}

// queue is a queue and the function that it serves.
type queue struct{ function, name string }

// queueOwners returns the function of each queue that serves one alone: the only one with
// this annotation, or if none has it, the only one of this name.
func queueOwners(functions []openfaas.Function) map[string]string {
	annotated, named := map[string][]string{}, map[string][]string{}
	for _, f := range functions {
		if q := strings.TrimSpace(f.Annotations[annotationQueue]); q != "" {
			annotated[q] = append(annotated[q], f.Name)
		}
		bare, _, _ := strings.Cut(f.Name, ".")
		named[bare], named[f.Name] = append(named[bare], f.Name), append(named[f.Name], f.Name)
	}
	owners := map[string]string{}
	for q, of := range named {
		if len(of) == 1 && len(annotated[q]) == 0 {
			owners[q] = of[0]
		}
	}
	for q, of := range annotated {
		if len(of) == 1 {
			owners[q] = of[0]
		}
	}
	return owners
}
