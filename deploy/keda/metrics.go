package keda

import (
	"context"
	"path"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"google.golang.org/grpc"
	"google.golang.org/grpc/status"
)

// metrics are the metrics of the external scaler.
type metrics struct {
	requests *prometheus.CounterVec // by method and gRPC code
	messages *prometheus.CounterVec // by result
}

// newMetrics registers the metrics with reg. The decisions, their age and their number
// are read from the cache at each scrape.
func newMetrics(reg prometheus.Registerer, c *Cache) *metrics {
	auto := promauto.With(reg)
	auto.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "prewarm_keda_decision_age_seconds", Help: "Age of the newest decision, or time since the start if there is none.",
	}, func() float64 { return c.Age().Seconds() })
	auto.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "prewarm_keda_functions", Help: "Functions with a decision.",
	}, func() float64 { return float64(c.Functions()) })
	reg.MustRegister(newDecisions(c))
	m := &metrics{
		requests: auto.NewCounterVec(prometheus.CounterOpts{
			Name: "prewarm_keda_requests_total", Help: "Answers to KEDA by method and gRPC code.",
		}, []string{"method", "result"}),
		messages: auto.NewCounterVec(prometheus.CounterOpts{
			Name: "prewarm_keda_messages_total", Help: "Messages with decisions by result: learned, ahead (dated ahead of now), refused (wrong signature).",
		}, []string{"result"}),
	}
	for _, result := range []string{"learned", "ahead", "refused"} {
		m.messages.WithLabelValues(result) // a counter that begins at 1 shows no increase
	}
	return m
}

// count counts a request by its gRPC code.
func (m *metrics) count(method string, err error) {
	m.requests.WithLabelValues(method, status.Code(err).String()).Inc()
}

// intercept counts each request of a method that does not stream.
func (m *metrics) intercept(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	res, err := next(ctx, req)
	m.count(path.Base(info.FullMethod), err)
	return res, err
}
