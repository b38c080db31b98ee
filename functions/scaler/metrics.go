package scaler

import (
	"net/http"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"prewarm/shared/event"
)

type metrics struct {
	decisions *prometheus.CounterVec
	batches   *prometheus.CounterVec
	wanted    *prometheus.GaugeVec
	actuator  *prometheus.GaugeVec
	decided   *prometheus.GaugeVec

	mu     sync.Mutex
	acting map[string]acting // by function, what actuator shows
}

// acting is who sets the replicas of a function, and its mode.
type acting struct{ actuator, mode string }

func newMetrics(reg prometheus.Registerer) *metrics {
	m := &metrics{
		acting: map[string]acting{},
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
	for _, status := range statuses() { // a counter that is born at 1 shows no increase
		m.batches.WithLabelValues(http.StatusText(status))
	}
	return m
}

// export shows a decision to HPA and dashboards, whoever acts on it.
func (m *metrics) export(d *event.Decision) {
	m.show(d.Function, acting{d.Actuator, d.Mode})
	m.wanted.WithLabelValues(d.Function).Set(float64(d.Wanted))
	m.decided.WithLabelValues(d.Function).Set(float64(d.Time.UnixMilli()) / 1000)
}

// show replaces who acts on a function. Both labels are known, since to look for
// one of them would go through the series of all functions.
func (m *metrics) show(name string, now acting) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if last, ok := m.acting[name]; ok && last != now {
		m.actuator.DeleteLabelValues(name, last.actuator, last.mode)
	}
	m.acting[name] = now
	m.actuator.WithLabelValues(name, now.actuator, now.mode).Set(1)
}

// forget drops the series of a function that is no longer deployed.
func (m *metrics) forget(name string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	last := m.acting[name]
	delete(m.acting, name)
	m.actuator.DeleteLabelValues(name, last.actuator, last.mode)
	m.wanted.DeleteLabelValues(name)
	m.decided.DeleteLabelValues(name)
}
