package collector

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	prom "prewarm/shared/prometheus"
	"prewarm/shared/prometheus/invocation"
)

// metrics are the metrics of the collector.
type metrics struct {
	ticks       *prometheus.CounterVec   // by result
	queries     *prometheus.HistogramVec // by metric of the gateway
	windows     prometheus.Gauge
	invalid     prometheus.Counter
	missing     prometheus.Gauge
	lastStep    prometheus.Gauge
	lag         prometheus.Gauge
	provisional prometheus.Gauge
	interval    prometheus.Gauge
}

// newMetrics registers the metrics with reg.
func newMetrics(reg prometheus.Registerer) *metrics {
	auto := promauto.With(reg)
	gauge := func(name, help string) prometheus.Gauge {
		return auto.NewGauge(prometheus.GaugeOpts{Name: name, Help: help})
	}
	return &metrics{
		ticks: auto.NewCounterVec(prometheus.CounterOpts{
			Name: "prewarm_collector_ticks_total", Help: "Ticks by result."}, []string{"result"}),
		queries: auto.NewHistogramVec(prometheus.HistogramOpts{
			Name: "prewarm_collector_query_seconds", Help: "Duration of the queries to the store.",
			Buckets: prometheus.ExponentialBuckets(0.001, 4, 8)}, []string{"metric"}), // 1 ms to 16 s
		invalid: auto.NewCounter(prometheus.CounterOpts{
			Name: "prewarm_collector_invalid_windows_total", Help: "Windows that the messages do not allow, and became ones without data."}),
		windows:     gauge("prewarm_collector_functions", "Functions with a window in the last published step."),
		missing:     gauge("prewarm_collector_missing_steps", "Unknown steps of the window after the first step with data."),
		lastStep:    gauge("prewarm_collector_last_step_timestamp_seconds", "End of the last published step."),
		provisional: gauge("prewarm_collector_provisional", "1 if a part of the last published step was not measured, so that nothing is scaled in; 0 otherwise."),
		lag:         gauge("prewarm_collector_store_lag_seconds", "Time from a scrape until the store shows it."),
		interval:    gauge("prewarm_collector_scrape_interval_seconds", "Usual time between two scrapes of a gateway."),
	}
}

// timed is a store that measures the duration of its queries.
type timed struct {
	invocation.Store
	metrics *metrics
}

// Each implements invocation.Store. Failed queries are measured too: a store that times out
// must show.
func (t timed) Each(ctx context.Context, metric string, m []prom.Matcher, from, to time.Time, take func(prom.Series) error) error {
	// The argument is evaluated now, the body when Each returns.
	defer func(begin time.Time) {
		t.metrics.queries.WithLabelValues(metric).Observe(time.Since(begin).Seconds())
	}(time.Now())
	return t.Store.Each(ctx, metric, m, from, to, take)
}
