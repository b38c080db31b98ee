//go:build unix

package gateway

import (
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/gorilla/mux"
	"github.com/openfaas/faas-provider/httputil"
	"github.com/prometheus/client_golang/prometheus"
)

// metrics are the metrics of the OpenFaaS gateway, with the same names, labels and
// types. Metrics with the prefix prewarm_local_ are exact measurements for
// experiments, which OpenFaaS does not have.
// Each gateway has its own set, so that a process can hold several gateways with a
// registry each.
type metrics struct {
	gateway *Gateway

	began prometheus.Gauge // start of the counters, Unix time

	// Calls of functions: total when they end, started when they begin. The
	// collector counts calls by started and errors by the code of total.
	total   *prometheus.CounterVec
	started *prometheus.CounterVec
	seconds *prometheus.HistogramVec

	// Requests of the API.
	httpTotal   *prometheus.CounterVec
	httpSeconds *prometheus.HistogramVec

	// Waits of calls for a replica.
	coldStarts *prometheus.CounterVec
	coldWait   *prometheus.HistogramVec
	queueWait  *prometheus.HistogramVec

	// pending is of the asynchronous calls that wait.
	pending *prometheus.GaugeVec

	// desired holds the desired counts at the last poll, by function_name.
	desired atomic.Pointer[map[string]int]

	// Computed at each scrape.
	serviceCount *prometheus.Desc
	targetLoad   *prometheus.Desc // standard edition only, as inflight
	inflight     *prometheus.Desc
	cpu          *prometheus.Desc
	readySeconds *prometheus.Desc
	busySeconds  *prometheus.Desc
	readyCount   *prometheus.Desc
}

// newMetrics makes the metrics of a gateway. Buckets of the OpenFaaS histograms are the
// defaults, as there. Waits go up to the longest wait of a call, two minutes.
func newMetrics(g *Gateway) *metrics {
	byFunction := []string{"function_name"}
	byCode := []string{"function_name", "code"}
	byRequest := []string{"code", "method", "path"}
	waits := []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 120}
	return &metrics{
		gateway:     g,
		began:       beginning(g.now()),
		total:       counter("gateway_function_invocation_total", "Function metrics", byCode),
		started:     counter("gateway_function_invocation_started", "The total number of function HTTP requests started.", byFunction),
		seconds:     histogram("gateway_functions_seconds", "Function time taken", prometheus.DefBuckets, byCode),
		httpTotal:   counter("http_requests_total", "The total number of HTTP requests.", byRequest),
		httpSeconds: histogram("http_request_duration_seconds", "Seconds spent serving HTTP requests.", prometheus.DefBuckets, byRequest),

		coldStarts: counter("prewarm_local_cold_starts_total", "Requests that had to wait because no replica was ready.", byFunction),
		coldWait:   histogram("prewarm_local_cold_start_wait_seconds", "Time that requests waited because no replica was ready.", waits, byFunction),
		queueWait:  histogram("prewarm_local_queue_wait_seconds", "Time that requests waited because all ready replicas were at max_inflight.", waits, byFunction),

		pending: newPending(),

		serviceCount: describe("gateway_service_count", "Current count of replicas for function", "function_name"),
		targetLoad:   describe("gateway_service_target_load", "Target load for the function", "function_name", "scaling_type"),
		inflight:     describe("gateway_function_invocation_inflight", "Total connections inflight for function invocations", "function_name"),
		cpu:          describe("pod_cpu_usage_seconds_total", "CPU seconds consumed by a replica of a function", "function_name", "pod"),
		readySeconds: describe("prewarm_local_replica_ready_seconds_total", "Replica-seconds for which replicas were ready.", "function_name"),
		busySeconds:  describe("prewarm_local_replica_busy_seconds_total", "Replica-seconds for which replicas served at least one request.", "function_name"),
		readyCount:   describe("prewarm_local_replicas_ready", "Replicas that take requests now.", "function_name"),
	}
}

// register registers all metrics or none: another gateway may own those that fail.
func (m *metrics) register(reg prometheus.Registerer) error {
	for i, c := range m.collectors() {
		if err := reg.Register(c); err != nil {
			for _, done := range m.collectors()[:i] {
				reg.Unregister(done)
			}
			return err
		}
	}
	return nil
}

// collectors returns everything to register. m itself collects the metrics that are
// computed at each scrape.
func (m *metrics) collectors() []prometheus.Collector {
	return []prometheus.Collector{m.began, m.total, m.started, m.seconds, m.httpTotal, m.httpSeconds,
		m.coldStarts, m.coldWait, m.queueWait, m.pending, m}
}

// unregister lets the next gateway use the registry.
func (m *metrics) unregister(reg prometheus.Registerer) {
	for _, c := range m.collectors() {
		reg.Unregister(c)
	}
}

// beginning returns process_start_time_seconds, by which the collector recognises new
// counters. The usual one is the start of the process, but here a gateway can start
// later.
func beginning(now time.Time) prometheus.Gauge {
	g := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "process_start_time_seconds", Help: "Start time of the process since unix epoch in seconds."})
	g.Set(float64(now.UnixMilli()) / 1000)
	return g
}

// counter makes a counter with labels.
func counter(name, help string, labels []string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
}

// histogram makes a histogram with labels.
func histogram(name, help string, buckets []float64, labels []string) *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, labels)
}

// describe describes a metric that is computed at each scrape.
func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

// instrument counts requests of the API by the template of their route. Names in
// paths would make a series for each function.
func (m *metrics) instrument(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		recorder := httputil.NewHttpWriteInterceptor(w)
		// Deferred, because a handler may panic to break off an answer.
		defer func() {
			path, _ := mux.CurrentRoute(r).GetPathTemplate()
			labels := []string{strconv.Itoa(recorder.Status()), r.Method, path}
			m.httpTotal.WithLabelValues(labels...).Inc()
			m.httpSeconds.WithLabelValues(labels...).Observe(time.Since(start).Seconds())
		}()
		next(recorder, r)
	}
}

// coldStart counts a call that waited because no replica was ready.
func (m *metrics) coldStart(fn *function, wait time.Duration) {
	m.coldStarts.WithLabelValues(fn.label()).Inc()
	m.coldWait.WithLabelValues(fn.label()).Observe(wait.Seconds())
}

// queued counts a call that waited because all ready replicas were at their limit.
func (m *metrics) queued(fn *function, wait time.Duration) {
	m.queueWait.WithLabelValues(fn.label()).Observe(wait.Seconds())
}

// finished counts the end of an invocation. took is without the wait for a scale from
// zero, as in OpenFaaS. It is also without the wait for a replica below its limit,
// which OpenFaaS does not have: its watchdog refuses calls beyond max_inflight.
func (m *metrics) finished(fn *function, code int, took time.Duration) {
	fn.invocations.Add(1)
	labels := []string{fn.label(), strconv.Itoa(code)}
	m.total.WithLabelValues(labels...).Inc()
	m.seconds.WithLabelValues(labels...).Observe(took.Seconds())
}
