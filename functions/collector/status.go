package collector

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	prom "prewarm/shared/prometheus"
	"prewarm/shared/prometheus/invocation"
)

// status is the answer to GET. Times are Unix seconds.
type status struct {
	StepSeconds int     `json:"step_seconds"`
	LastStep    int64   `json:"last_step"`   // end of the last published step, 0 for none
	LastResult  string  `json:"last_result"` // of the latest tick
	Functions   int     `json:"functions"`   // windows in the last published step
	Gaps        []int64 `json:"gaps"`        // begin of the steps without any data since the first with data
}

// metrics are the metrics of the collector.
type metrics struct {
	ticks    *prometheus.CounterVec
	queries  *prometheus.HistogramVec
	windows  prometheus.Gauge
	missing  prometheus.Gauge
	lastStep prometheus.Gauge
}

func newMetrics(reg prometheus.Registerer) *metrics {
	m := &metrics{
		ticks: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "prewarm_collector_ticks_total", Help: "Ticks by result."}, []string{"result"}),
		queries: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "prewarm_collector_query_seconds", Help: "Duration of the queries to the store.",
			Buckets: prometheus.ExponentialBuckets(0.001, 4, 8)}, []string{"metric"}),
		windows: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "prewarm_collector_functions", Help: "Functions with a window in the last published step."}),
		missing: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "prewarm_collector_missing_steps", Help: "Steps of the window without any data since the first with data."}),
		lastStep: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "prewarm_collector_last_step_timestamp_seconds", Help: "End of the last published step."}),
	}
	reg.MustRegister(m.ticks, m.queries, m.windows, m.missing, m.lastStep)
	return m
}

// report writes the outcome of a tick to the log, the metrics and the status.
func (c *Collector) report(o Outcome, err error) {
	gaps := c.cache.gaps()
	next := *c.status.Load()
	next.LastResult, next.Gaps = o.Result, gaps
	c.metrics.ticks.WithLabelValues(o.Result).Inc()
	c.metrics.missing.Set(float64(len(gaps)))
	switch o.Result {
	case resultPublished:
		next.LastStep, next.Functions = o.Step, o.Functions
		c.metrics.windows.Set(float64(o.Functions))
		c.metrics.lastStep.Set(float64(o.Step))
		c.log.Info("windows published", "step", o.Step, "functions", o.Functions, "missing_steps", len(gaps))
	case resultNothingNew:
		c.log.Debug("nothing new", "step", o.Step)
	default:
		c.log.Error("tick failed: nothing is scaled on this step", "step", o.Step, "result", o.Result, "error", err)
	}
	c.status.Store(&next)
}

// timed is a store that measures the duration of its queries.
type timed struct {
	invocation.Store
	metrics *metrics
}

func (t timed) Raw(ctx context.Context, metric string, m []prom.Matcher, from, to time.Time) ([]prom.Series, error) {
	defer func(begin time.Time) {
		t.metrics.queries.WithLabelValues(metric).Observe(time.Since(begin).Seconds())
	}(time.Now())
	return t.Store.Raw(ctx, metric, m, from, to)
}
