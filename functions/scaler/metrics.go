package scaler

import "github.com/prometheus/client_golang/prometheus"

type metrics struct {
	decisions *prometheus.CounterVec
	batches   *prometheus.CounterVec
	wanted    *prometheus.GaugeVec
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
	}
	reg.MustRegister(m.decisions, m.batches, m.wanted)
	return m
}
