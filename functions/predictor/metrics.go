package predictor

import "github.com/prometheus/client_golang/prometheus"

// metrics are the metrics of the predictor.
type metrics struct {
	requests  *prometheus.CounterVec
	forecasts prometheus.Counter
	noData    prometheus.Counter
	invalid   prometheus.Counter
	seconds   prometheus.Histogram
}

// newMetrics registers the metrics with reg, a registry of one predictor: two
// predictors in one process do not collide.
func newMetrics(reg prometheus.Registerer) *metrics {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "prewarm_predictor_requests_total", Help: "Requests by kind, how they were answered, and who sent them.",
		}, []string{"kind", "result", "caller"}),
		forecasts: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "prewarm_predictor_forecasts_total", Help: "Forecasts made.",
		}),
		noData: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "prewarm_predictor_no_data_total", Help: "Windows with too little evidence for a forecast.",
		}),
		invalid: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "prewarm_predictor_invalid_forecasts_total", Help: "Forecasts of the model that were not valid, and became ones without data.",
		}),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "prewarm_predictor_inference_seconds", Help: "Time to forecast one request.",
			// 0.1 ms to 1.6 s: one window takes the least, a full batch the most.
			Buckets: prometheus.ExponentialBuckets(1e-4, 4, 8),
		}),
	}
	// MustRegister panics on a name that is registered twice, which only a mistake
	// in this function can cause.
	reg.MustRegister(m.requests, m.forecasts, m.noData, m.invalid, m.seconds)
	return m
}
