package collector

import (
	"context"
	"time"

	"prewarm/shared/openfaas"
	"prewarm/shared/prometheus/demand"
)

// A depth is stale if the store has no sample of the last queueScrapes intervals between
// two scrapes, within bounds: the queue-worker has ended, or is not scraped any more.
const (
	queueScrapes  = 3
	minQueueFresh = 30 * time.Second
	maxQueueFresh = 5 * time.Minute
)

// queued returns the asynchronous calls that wait for each function, see demand.Queues.
func (c *Collector) queued(ctx context.Context, functions []openfaas.Function) map[string]int {
	// A part of the time of a tick: the depth of queues is not worth a lost step.
	ctx, cancel := context.WithTimeout(ctx, c.cfg.Timeout/8)
	defer cancel()
	now, fresh := c.now(), minQueueFresh
	if interval := c.cache.pace.interval; interval > 0 {
		fresh = min(max(queueScrapes*interval, fresh), maxQueueFresh)
	}
	queues := demand.Queues{Names: c.names(functions), Owners: openfaas.QueueOwners(functions)}
	out, err := queues.Read(ctx, c.cache.reader.Store, now.Add(-fresh), now)
	if err != nil {
		c.log.Warn("the queues of asynchronous calls cannot be read and are taken as empty", "error", err)
	}
	return out
}
