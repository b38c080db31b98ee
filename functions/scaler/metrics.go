package scaler

import (
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"prewarm/shared/event"
	"prewarm/shared/openfaas"
	"prewarm/shared/serve"
)

// metrics are the metrics of the scaler. It is safe for concurrent use.
type metrics struct {
	decisions *prometheus.CounterVec
	setBack   *prometheus.CounterVec
	batches   *prometheus.CounterVec
	wanted    *prometheus.GaugeVec
	actuator  *prometheus.GaugeVec
	decided   *prometheus.GaugeVec
	ratio     *prometheus.GaugeVec
	cold      *prometheus.GaugeVec
	coldLeft  *prometheus.GaugeVec
	ready     *prometheus.GaugeVec
	reads     *prometheus.CounterVec
	read      *prometheus.GaugeVec
	raises    prometheus.Counter

	mu       sync.Mutex
	exported map[string]exported // by function
}

// exported is what the series of one function were exported with.
type exported struct {
	actuatorLabels
	at time.Time // of the decision
}

// actuatorLabels are the labels of the series of actuator besides the function's name.
type actuatorLabels struct{ actuator, mode string }

// newMetrics registers the metrics with reg, a registry of one scaler.
func newMetrics(reg prometheus.Registerer) *metrics {
	auto := promauto.With(reg)
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return auto.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	gauge := func(name, help string, labels ...string) *prometheus.GaugeVec {
		return auto.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, labels)
	}
	m := &metrics{
		exported:  map[string]exported{},
		decisions: counter("prewarm_scaler_decisions_total", "Decisions by mode and direction.", "mode", "direction"),
		setBack:   counter("prewarm_set_back_total", "Numbers of prewarm that another controller set back.", "controller"),
		batches:   counter("prewarm_scaler_batches_total", "Batches of forecasts by how they were answered, and by who sent them.", "result", "caller"),
		wanted:    gauge("prewarm_wanted_replicas", "Replicas that the policy wants for a function.", "function_name"),
		actuator:  gauge("prewarm_function_actuator", "Always 1: what sets the replicas of a function, and its mode.", "function_name", "actuator", "mode"),
		decided:   gauge("prewarm_decision_timestamp_seconds", "When the replicas that the policy wants for a function were last decided.", "function_name"),
		ratio:     gauge("prewarm_cost_ratio", "Cost of an idle replica-step over that of a cold start, in the last decision about a function.", "function_name"),
		cold:      gauge("prewarm_expected_cold_starts", "Cold starts of a function that are expected in the next hour of steps under keep-alive.", "function_name"),
		coldLeft:  gauge("prewarm_expected_cold_starts_left", "Expected cold starts of a function that remain under prewarm, if the mode is active.", "function_name"),
		ready:     gauge("prewarm_ready_replicas", "Replicas of a function that were ready when it was last decided.", "function_name"),
	}
	m.reads = counter("prewarm_scaler_watch_reads_total", "Reads of the calls between two steps, by source (gateway, store) and result (ok, failed).", "source", "result")
	m.read = gauge("prewarm_scaler_watch_read_timestamp_seconds", "When the calls between two steps were last read from a source.", "source")
	m.raises = auto.NewCounter(prometheus.CounterOpts{Name: "prewarm_scaler_watch_raises_total", Help: "Raises of a function between two steps."})
	for _, by := range []string{openfaas.Idler, openfaas.Autoscaler, openfaas.AlertManager, openfaas.ControllerUnknown} {
		m.setBack.WithLabelValues(by)
	}
	for _, status := range append(statuses().All(), serve.Refusals()...) { // a counter that begins at 1 shows no increase
		for _, caller := range []string{serve.Delivery, serve.Stranger} {
			m.batches.WithLabelValues(http.StatusText(status), caller)
		}
	}
	return m
}

// count counts a decision that was carried out.
func (m *metrics) count(d *event.Decision) {
	m.decisions.WithLabelValues(d.Mode, d.Direction).Inc()
	if d.SetBack != nil {
		m.setBack.WithLabelValues(d.SetBack.By).Inc()
	}
}

// export publishes a decision to HPA and dashboards, whatever its actuator. forecast
// reports whether there was one; without it, nothing is known of cold starts to come.
func (m *metrics) export(d *event.Decision, forecast bool) {
	m.setActuator(d.Function, exported{actuatorLabels{d.Actuator, d.Mode}, d.Time})
	m.wanted.WithLabelValues(d.Function).Set(float64(d.Wanted))
	m.ready.WithLabelValues(d.Function).Set(float64(d.Available))
	// HPA and alerts see by this time whether the wanted number is stale: a gauge
	// keeps its last value for ever.
	m.decided.WithLabelValues(d.Function).Set(float64(d.Time.UnixMilli()) / 1000)
	m.ratio.WithLabelValues(d.Function).Set(d.Inputs.CostRatio)
	if !forecast {
		m.cold.DeleteLabelValues(d.Function)
		m.coldLeft.DeleteLabelValues(d.Function)
		return
	}
	m.cold.WithLabelValues(d.Function).Set(d.Inputs.ExpectedCold)
	m.coldLeft.WithLabelValues(d.Function).Set(d.Inputs.ExpectedColdLeft)
}

// setActuator replaces the actuator series of a function. It keeps the labels of each
// series, because a deletion by function_name alone searches the series of all
// functions.
func (m *metrics) setActuator(name string, now exported) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if last, ok := m.exported[name]; ok && last.actuatorLabels != now.actuatorLabels {
		m.actuator.DeleteLabelValues(name, last.actuator, last.mode)
	}
	m.exported[name] = now
	m.actuator.WithLabelValues(name, now.actuator, now.mode).Set(1)
}

// rewind drops the series of decisions that are dated ahead of now: readers would take them
// for current ones for too long. The next decision exports them again.
func (m *metrics) rewind(now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for name, e := range m.exported {
		if e.at.After(now) {
			m.drop(name)
		}
	}
}

// forget drops the series of a function that is not deployed any more.
func (m *metrics) forget(name string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.drop(name)
}

// drop is forget for callers that hold mu.
func (m *metrics) drop(name string) {
	last := m.exported[name]
	delete(m.exported, name)
	m.actuator.DeleteLabelValues(name, last.actuator, last.mode)
	for _, series := range []*prometheus.GaugeVec{m.wanted, m.ready, m.decided, m.ratio, m.cold, m.coldLeft} {
		series.DeleteLabelValues(name)
	}
}

// looked counts a read of the watch.
func (m *metrics) looked(source string, err error, now time.Time) {
	if err != nil {
		m.reads.WithLabelValues(source, "failed").Inc()
		return
	}
	m.reads.WithLabelValues(source, "ok").Inc()
	m.read.WithLabelValues(source).Set(float64(now.UnixMilli()) / 1000)
}

// raise publishes and counts a raise between two steps. What the decision of the step has
// exported of cold starts to come stays.
func (m *metrics) raise(d *event.Decision) {
	m.raises.Inc()
	m.setActuator(d.Function, exported{actuatorLabels{d.Actuator, d.Mode}, d.Time})
	m.wanted.WithLabelValues(d.Function).Set(float64(d.Wanted))
	m.ready.WithLabelValues(d.Function).Set(float64(d.Available))
	m.decided.WithLabelValues(d.Function).Set(float64(d.Time.UnixMilli()) / 1000)
}
