package connector

import (
	"slices"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are the connector's own figures. They carry the subject, and the
// function where a call is meant.
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
			Help: "Messages given up for a function and stored as dead letters.",
		}, []string{"subject", "function"}),
		inFlight:    newGauge("prewarm_connector_in_flight", "Messages in delivery now."),
		unconfirmed: newGauge("prewarm_connector_pending", "Messages delivered and not yet acknowledged, with those that wait for a retry."),
		lag:         newGauge("prewarm_connector_lag", "Messages in the stream that the consumer has not yet received."),
		functions:   newGauge("prewarm_connector_functions", "Functions that take the subject; at 0 its messages wait in the stream."),
		lookups: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "prewarm_connector_lookups_total",
			Help: "Looks at the gateway's functions by result: success, error.",
		}, []string{"result"}),
	}
	reg.MustRegister(m.deliveries, m.seconds, m.deadLetters, m.inFlight, m.unconfirmed, m.lag, m.functions, m.lookups)
	return m
}

// follow makes the counters of the functions that take a subject, at 0, and drops
// the series of those that no longer do. A series that appears with its first
// message already counted shows no increase, so that no alert would see it.
func (m *metrics) follow(subject string, before, after []string) {
	m.functions.WithLabelValues(subject).Set(float64(len(after)))
	for _, function := range after {
		m.deadLetters.WithLabelValues(subject, function)
		for _, v := range []verdict{delivered, duplicate, refused, failed} {
			m.deliveries.WithLabelValues(subject, function, string(v))
		}
	}
	for _, function := range before {
		if !slices.Contains(after, function) {
			m.forget(subject, function)
		}
	}
}

// forget drops what was counted. A call in flight may bring some of it back.
func (m *metrics) forget(subject, function string) {
	labels := prometheus.Labels{"subject": subject, "function": function}
	m.deliveries.DeletePartialMatch(labels)
	m.seconds.Delete(labels)
	m.deadLetters.Delete(labels)
}

func newGauge(name, help string) *prometheus.GaugeVec {
	return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, []string{"subject"})
}
