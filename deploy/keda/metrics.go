package keda

import (
	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc/status"
)

// metrics are the metrics of the external scaler.
type metrics struct {
	requests *prometheus.CounterVec
	messages *prometheus.CounterVec
}

func newMetrics(reg prometheus.Registerer, b *Cache) *metrics {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "prewarm_keda_requests_total", Help: "Answers to KEDA by method and gRPC code.",
		}, []string{"method", "result"}),
		messages: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "prewarm_keda_messages_total", Help: "Messages with decisions by result: learned, ahead (dated ahead of now), refused (wrong signature).",
		}, []string{"result"}),
	}
	reg.MustRegister(m.requests, m.messages,
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "prewarm_keda_decision_age_seconds", Help: "Age of the newest decision, or time since the start if there is none.",
		}, func() float64 { return b.Age().Seconds() }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "prewarm_keda_functions", Help: "Functions with a decision.",
		}, func() float64 { return float64(b.Functions()) }))
	return m
}

// count counts a request by its gRPC code.
func (m *metrics) count(method string, err error) {
	m.requests.WithLabelValues(method, status.Code(err).String()).Inc()
}
