package connector

import (
	"github.com/prometheus/client_golang/prometheus"
)

// metrics are the connector's own metrics, labelled with the subject and, except for
// numbers of functions, the function.
type metrics struct {
	deliveries  *prometheus.CounterVec   // subject, function, result
	seconds     *prometheus.HistogramVec // subject, function
	deadLetters *prometheus.CounterVec   // subject, function
	inFlight    *prometheus.GaugeVec     // subject, function
	unconfirmed *prometheus.GaugeVec     // subject, function
	lag         *prometheus.GaugeVec     // subject, function
	functions   *prometheus.GaugeVec     // subject
	refused     *prometheus.GaugeVec     // subject
	lookups     *prometheus.CounterVec   // result
	unproven    *prometheus.GaugeVec     // subject, function
	proves      prometheus.Gauge
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
		inFlight:    newGauge("prewarm_connector_in_flight", "Messages in delivery now.", "function"),
		unconfirmed: newGauge("prewarm_connector_pending", "Messages that are delivered and not acknowledged, including those that wait for a retry.", "function"),
		lag:         newGauge("prewarm_connector_lag", "Messages in the stream that the function's consumer has not yet received.", "function"),
		functions:   newGauge("prewarm_connector_functions", "Functions that receive the subject. At 0 its messages wait in the stream."),
		refused:     newGauge("prewarm_connector_refused_functions", "Functions with the subject as topic that the key subscribers does not allow."),
		unproven:    newGauge("prewarm_connector_proof_refused", "1 while the function takes the connector for a stranger: another key or cluster, or a clock that is wrong.", "function"),
		proves: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "prewarm_connector_proves", Help: "1 if the connector has a key and proves its deliveries.",
		}),
		lookups: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "prewarm_connector_lookups_total",
			Help: "Lists of the gateway's functions by result: success, error.",
		}, []string{"result"}),
	}
	reg.MustRegister(m.deliveries, m.seconds, m.deadLetters, m.inFlight, m.unconfirmed, m.lag, m.functions, m.refused, m.lookups, m.unproven, m.proves)
	return m
}

// begin creates the counters of a subscriber at 0. A counter that is created by its
// first event starts at 1: increase() does not show that event, and no alert fires.
func (m *metrics) begin(who subscriber) {
	m.deadLetters.WithLabelValues(who.subject, who.function)
	for _, r := range []result{delivered, duplicate, refused, failed} {
		m.deliveries.WithLabelValues(who.subject, who.function, string(r))
	}
}

// end deletes the series of a subscriber.
func (m *metrics) end(who subscriber) {
	labels := prometheus.Labels{"subject": who.subject, "function": who.function}
	m.deliveries.DeletePartialMatch(labels)
	for _, series := range []interface{ Delete(prometheus.Labels) bool }{m.seconds, m.deadLetters, m.inFlight, m.unconfirmed, m.lag, m.unproven} {
		series.Delete(labels)
	}
}

// newGauge returns a gauge with the label subject and further ones.
func newGauge(name, help string, labels ...string) *prometheus.GaugeVec {
	return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, append([]string{"subject"}, labels...))
}
