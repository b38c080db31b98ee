package scaler

import (
	"github.com/prometheus/client_golang/prometheus"

	"prewarm/shared/event"
)

type metrics struct {
	decisions *prometheus.CounterVec
	batches   *prometheus.CounterVec
	wanted    *prometheus.GaugeVec
	actuator  *prometheus.GaugeVec
	decided   *prometheus.GaugeVec
}

func newMetrics(reg prometheus.Registerer) *metrics {
	m := &metrics{
		decisions: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "prewarm_scaler_decisions_total", Help: "Decisions by mode and direction.",
		}, []string{"mode", "direction"}),
		batches: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "prewarm_scaler_batches_total", Help: "Batches of forecasts by how they were answered.",
		}, []string{"result"}),
		wanted: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "prewarm_wanted_replicas", Help: "Replicas that the policy wants for a function.",
		}, []string{"function_name"}),
		actuator: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "prewarm_function_actuator", Help: "Always 1: who sets the replicas of a function, and its mode.",
		}, []string{"function_name", "actuator", "mode"}),
		decided: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "prewarm_decision_timestamp_seconds", Help: "When the replicas that the policy wants for a function were last decided.",
		}, []string{"function_name"}),
	}
	reg.MustRegister(m.decisions, m.batches, m.wanted, m.actuator, m.decided)
	return m
}

// export shows a decision to HPA and dashboards, whoever acts on it.
func (m *metrics) export(d *event.Decision, actuator string) {
	m.actuator.DeletePartialMatch(prometheus.Labels{"function_name": d.Function})
	m.actuator.WithLabelValues(d.Function, actuator, d.Mode).Set(1)
	m.wanted.WithLabelValues(d.Function).Set(float64(d.Wanted))
	m.decided.WithLabelValues(d.Function).Set(float64(d.Time.UnixMilli()) / 1000)
}

// forget drops the series of a function that is no longer deployed.
func (m *metrics) forget(name string) {
	labels := prometheus.Labels{"function_name": name}
	m.actuator.DeletePartialMatch(labels)
	m.wanted.Delete(labels)
	m.decided.Delete(labels)
}
