package dashboard

import (
	"github.com/prometheus/client_golang/prometheus"

	"prewarm/shared/event"
)

// metrics are the dashboard's own metrics.
type metrics struct {
	messages *prometheus.CounterVec
}

// newMetrics registers the metrics of d with reg.
func newMetrics(reg prometheus.Registerer, d *Dashboard) *metrics {
	m := &metrics{messages: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "prewarm_dashboard_messages_total",
		Help: "Messages read, by subject and result: shown, forged, ahead (of the clock) or invalid.",
	}, []string{"subject", "result"})}
	for _, subject := range []string{event.TypeWindows, event.TypeForecasts, event.TypeDecisions} {
		for _, result := range []string{"shown", "forged", "foreign", "ahead", "invalid"} {
			m.messages.WithLabelValues(subject, result) // a counter that begins at 1 shows no increase
		}
	}
	// Gauges by function: the values live in view and watch, and a copy could only
	// be stale.
	gauge := func(name, help string, value func() int) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 { return float64(value()) })
	}
	reg.MustRegister(m.messages,
		gauge("prewarm_dashboard_functions", "Functions that the dashboard shows.", d.view.Len),
		gauge("prewarm_dashboard_streams", "Open event streams.", func() int { return d.limits.streams.count() }),
		gauge("prewarm_dashboard_alerts", "Firing alerts.", func() int { return len(d.watch.firing()) }))
	return m
}
