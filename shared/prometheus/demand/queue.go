package demand

import (
	"context"
	"math"
	"time"

	prom "prewarm/shared/prometheus"
)

// MetricPending is the metric of the queue-worker of OpenFaaS Standard: asynchronous calls
// that wait in a queue. Each queue-worker that serves the queue exports it.
//
// Source: docs.openfaas.com, page "Monitoring Functions". What the label function_name is
// if one consumer serves all functions of a queue (mode static) is not documented.
const MetricPending = "queue_worker_pending_messages"

// Samples answers range selectors, as prom.Client does.
type Samples interface {
	Each(ctx context.Context, metric string, matchers []prom.Matcher, from, to time.Time, take func(prom.Series) error) error
}

// Queues tells whose calls a queue has.
type Queues struct {
	Names  map[string]string // function of a label function_name
	Owners map[string]string // function of a queue that serves it alone
}

// Read returns the asynchronous calls that wait for each function, by the samples in (from,
// to]. A queue counts if the queue-worker states its function, or if it serves one function
// alone. A function is left out if nothing waits or its queue is not known, in the store of the
// community edition at the cost of one query without a result.
func (q Queues) Read(ctx context.Context, store Samples, from, to time.Time) (map[string]int, error) {
	latest := map[queue]prom.Sample{}
	err := store.Each(ctx, MetricPending, nil, from, to, func(s prom.Series) error {
		k := queue{q.Names[s.Labels[labelFunction]], s.Labels["queue_name"]}
		if s.Labels[labelFunction] == "" {
			k.function = q.Owners[k.name]
		}
		// Of several queue-workers, the one that was scraped last knows best.
		if n := len(s.Samples); k.function != "" && n > 0 && s.Samples[n-1].T >= latest[k].T {
			latest[k] = s.Samples[n-1]
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	out := map[string]int{}
	for k, last := range latest {
		if n := int(math.Round(min(max(last.V, 0), math.MaxInt32))); n > 0 {
			out[k.function] = min(out[k.function]+n, math.MaxInt32)
		}
	}
	return out, nil
}

// queue is a queue and the function that it serves.
type queue struct{ function, name string }
