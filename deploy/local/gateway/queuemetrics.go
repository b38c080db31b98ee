//go:build unix

package gateway

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// newPending makes the metric of waiting asynchronous calls, which the queue-worker of
// OpenFaaS Standard exports. Here function_name is name.namespace, as in the metrics of the
// gateway; its form, how often it is read, and whether a call in progress counts as waiting
// are not documented. Here it does not.
//
// Source: the table "JetStream for OpenFaaS" of https://docs.openfaas.com/architecture/metrics/
func newPending() *prometheus.GaugeVec {
	return prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "queue_worker_pending_messages", Help: "Amount of messages waiting to be processed.",
	}, []string{"queue_name", "function_name"})
}

// pollQueues refreshes the waiting calls. A function whose calls have all been made has the
// value 0. If a queue cannot be read, its functions have no value: no data is not zero.
func (m *metrics) pollQueues(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	for _, q := range m.gateway.queues.list() {
		pending, err := q.pending(ctx)
		if err != nil {
			m.pending.DeletePartialMatch(prometheus.Labels{"queue_name": q.name})
			continue
		}
		for function, n := range pending {
			m.pending.WithLabelValues(q.name, function).Set(float64(n))
		}
	}
}
