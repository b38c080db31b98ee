package cron

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// answerLimit is how much of an answer is read, in bytes, so that the connection
// can be used again.
const answerLimit = 64 << 10

// call calls a function once. A failed call is logged and not repeated: the next tick
// will come.
// Calls of one function can overlap if it takes longer than its period.
func (c *Connector) call(ctx context.Context, function string) {
	if ctx.Err() != nil {
		return
	}
	begin := time.Now()
	err := c.post(ctx, function)
	c.metrics.seconds.WithLabelValues(function).Observe(time.Since(begin).Seconds())
	switch {
	case err == nil:
		c.metrics.ticks.WithLabelValues(function, "success").Inc()
	// A call that the end of Run has cancelled is no failure of the function.
	case ctx.Err() == nil:
		c.metrics.ticks.WithLabelValues(function, "error").Inc()
		c.log.Warn("tick failed", "function", function, "error", err)
	}
}

// post sends one call and reads its answer.
func (c *Connector) post(ctx context.Context, function string) error {
	address := c.options.GatewayURL + "/function/" + url.PathEscape(function)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, http.NoBody)
	if err != nil {
		return err
	}
	// The headers by which a function recognises a call of OpenFaaS' cron-connector.
	req.Header.Set("X-Connector", "cron-connector")
	req.Header.Set("X-Topic", Topic)
	res, err := c.calls.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, answerLimit))
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return fmt.Errorf("answered %s", res.Status)
	}
	return nil
}

// metrics are the metrics of a connector.
type metrics struct {
	ticks     *prometheus.CounterVec
	seconds   *prometheus.HistogramVec
	functions prometheus.Gauge
	rejected  prometheus.Gauge
}

// newMetrics registers the metrics with reg, unless that is nil.
// Two connectors cannot share a registry: MustRegister panics at the second.
func newMetrics(reg prometheus.Registerer) *metrics {
	m := &metrics{
		ticks: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "prewarm_cron_ticks_total", Help: "Scheduled calls by result: success, error.",
		}, []string{"function", "result"}),
		// The buckets reach from 1 ms to 65 s, beyond the default timeout of a call.
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "prewarm_cron_tick_seconds", Help: "Duration of a scheduled call.",
			Buckets: prometheus.ExponentialBuckets(0.001, 4, 9),
		}, []string{"function"}),
		functions: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "prewarm_cron_functions", Help: "Functions with a schedule that runs.",
		}),
		rejected: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "prewarm_cron_rejected_schedules", Help: "Functions with a schedule that is not valid.",
		}),
	}
	if reg != nil {
		reg.MustRegister(m.ticks, m.seconds, m.functions, m.rejected)
	}
	return m
}
