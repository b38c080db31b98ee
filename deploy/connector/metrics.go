package connector

import (
	"slices"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are the connector's own metrics, labelled with the subject and, for
// calls, the function.
type metrics struct {
	deliveries  *prometheus.CounterVec   // subject, function, result
	seconds     *prometheus.HistogramVec // subject, function
	deadLetters *prometheus.CounterVec   // subject, function
	inFlight    *prometheus.GaugeVec     // subject
	unconfirmed *prometheus.GaugeVec     // subject
	lag         *prometheus.GaugeVec     // subject
	functions   *prometheus.GaugeVec     // subject
	lookups     *prometheus.CounterVec   // result
}

func newMetrics(reg prometheus.Registerer) *metrics {
	m := &metrics{
		deliveries: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "prewarm_connector_deliveries_total",
			Help: "Calls of functions by result: delivered, duplicate, refused, failed.",
		}, []string{"subject", "function", "result"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "prewarm_connector_delivery_seconds",
			Help:    "Duration of a call of a function, whatever its result.",
			Buckets: prometheus.ExponentialBuckets(0.001, 4, 9),
		}, []string{"subject", "function"}),
		deadLetters: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "prewarm_connector_dead_letters_total",
			Help: "Dead letters: messages that a function rejected or failed on max_deliver times.",
		}, []string{"subject", "function"}),
		inFlight:    newGauge("prewarm_connector_in_flight", "Messages in delivery now."),
		unconfirmed: newGauge("prewarm_connector_pending", "Messages that are delivered and not acknowledged, including those that wait for a retry."),
		lag:         newGauge("prewarm_connector_lag", "Messages in the stream that the consumer has not yet received."),
		functions:   newGauge("prewarm_connector_functions", "Functions with the subject as topic. At 0 its messages wait in the stream."),
		lookups: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "prewarm_connector_lookups_total",
			Help: "Lists of the gateway's functions by result: success, error.",
		}, []string{"result"}),
	}
	reg.MustRegister(m.deliveries, m.seconds, m.deadLetters, m.inFlight, m.unconfirmed, m.lag, m.functions, m.lookups)
	return m
}

// update creates the counters of the functions of a subject at 0 and deletes those
// of the functions that left it. A counter that is created by its first event
// starts at 1: increase() does not show that event, and no alert fires.
func (m *metrics) update(subject string, before, after []string) {
	m.functions.WithLabelValues(subject).Set(float64(len(after)))
	for _, function := range after {
		m.deadLetters.WithLabelValues(subject, function)
		for _, r := range []result{delivered, duplicate, refused, failed} {
			m.deliveries.WithLabelValues(subject, function, string(r))
		}
	}
	for _, function := range before {
		if !slices.Contains(after, function) {
			m.remove(subject, function)
		}
	}
}

// remove deletes the series of a function. A call in flight may create some again.
func (m *metrics) remove(subject, function string) {
	labels := prometheus.Labels{"subject": subject, "function": function}
	m.deliveries.DeletePartialMatch(labels)
	m.seconds.Delete(labels)
	m.deadLetters.Delete(labels)
}

func newGauge(name, help string) *prometheus.GaugeVec {
	return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, []string{"subject"})
}
