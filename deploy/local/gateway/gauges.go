//go:build unix

package gateway

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	osprocess "prewarm/deploy/local/process"
	"prewarm/deploy/local/replica"
)

// Describe implements prometheus.Collector for the metrics that are computed at each
// scrape.
func (m *metrics) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{m.serviceCount, m.targetLoad, m.inflight, m.cpu, m.readySeconds, m.busySeconds, m.readyCount} {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (m *metrics) Collect(to chan<- prometheus.Metric) {
	if desired := m.desired.Load(); desired != nil {
		for name, n := range *desired {
			to <- prometheus.MustNewConstMetric(m.serviceCount, prometheus.GaugeValue, float64(n), name)
		}
	}
	for _, fn := range m.gateway.list() {
		stats := fn.pool.Stats()
		to <- prometheus.MustNewConstMetric(m.readySeconds, prometheus.CounterValue, stats.ReadySeconds, fn.label())
		to <- prometheus.MustNewConstMetric(m.busySeconds, prometheus.CounterValue, stats.BusySeconds, fn.label())
		to <- prometheus.MustNewConstMetric(m.readyCount, prometheus.GaugeValue, float64(stats.Ready), fn.label())
		if m.gateway.opts.Edition == Standard {
			m.collectLoad(to, fn, stats)
		}
	}
	if m.gateway.opts.Edition == Standard {
		m.collectCPU(to)
	}
}

// collectLoad collects the metrics by which the recording rules of the standard edition compute
// loads. Names and labels are those of the chart's rules; calls that wait for a replica are in
// flight at the gateway.
func (m *metrics) collectLoad(to chan<- prometheus.Metric, fn *function, stats replica.Stats) {
	_, s := fn.state()
	to <- prometheus.MustNewConstMetric(m.targetLoad, prometheus.GaugeValue, s.scaling.Target, fn.label(), s.scaling.Type)
	to <- prometheus.MustNewConstMetric(m.inflight, prometheus.GaugeValue, float64(stats.Inflight+stats.Waiting), fn.label())
}

// collectCPU collects the CPU time of every replica, which on a cluster Prometheus reads from
// the nodes. A process that has ended meanwhile is left out, and so are all on systems that do
// not show the time.
func (m *metrics) collectCPU(to chan<- prometheus.Metric) {
	for _, p := range m.gateway.Processes() {
		if used, err := osprocess.CPUTime(p.PID); err == nil {
			to <- prometheus.MustNewConstMetric(m.cpu, prometheus.CounterValue, used.Seconds(), p.Function, strconv.Itoa(p.PID))
		}
	}
}

// pollReplicas refreshes gateway_service_count. In OpenFaaS too that metric is as old
// as the last poll.
func (m *metrics) pollReplicas() {
	desired := map[string]int{}
	for _, fn := range m.gateway.list() {
		desired[fn.label()] = fn.pool.Stats().Desired
	}
	m.desired.Store(&desired)
}
