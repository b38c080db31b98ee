package stories

import (
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"prewarm/shared/hpa"
	"prewarm/shared/openfaas"
)

// cpu is the resource metric with a target of 70 %, which the load of one
// replica reaches.
func (w *world) cpu(current int, tolerance hpa.Tolerance) (int, error) {
	pods, ready := make([]hpa.Pod, w.replicas()), w.ready()
	for i, b := range w.born {
		pods[i].Ready = w.now.Sub(b) >= startTime
		pods[i].Usage = math.Min(1, 0.7*float64(w.load(w.minute()))/float64(max(ready, 1)))
	}
	return hpa.Utilization(current, pods, 0.7, tolerance)
}

// adapter reads the scaler's metrics from the last scrape, with the rules of
// values/prometheus-adapter.yaml.
type adapter struct {
	wanted, decided float64
	actuator        string // of the function in mode active
}

// scraped returns an adapter that is scraped four seconds after each decision.
func (w *world) scraped() *adapter {
	a := &adapter{}
	w.every(time.Minute, 4*time.Second, func() { a.scrape(w) })
	return a
}

func (a *adapter) scrape(w *world) {
	rec := httptest.NewRecorder()
	w.scaler.Metrics().ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	*a = adapter{}
	for line := range strings.Lines(rec.Body.String()) {
		_, _ = fmt.Sscanf(line, `prewarm_wanted_replicas{function_name="`+function+`"} %g`, &a.wanted)
		_, _ = fmt.Sscanf(line, `prewarm_decision_timestamp_seconds{function_name="`+function+`"} %g`, &a.decided)
		if strings.HasPrefix(line, "prewarm_function_actuator{") && strings.Contains(line, `mode="active"`) {
			_, _ = fmt.Sscanf(line, `prewarm_function_actuator{actuator=%q`, &a.actuator)
		}
	}
}

// valid returns the wanted replicas of a function that is active with an actuator, for five
// minutes after the decision, else 0.
func (a *adapter) valid(w *world, actuator openfaas.Actuator) float64 {
	if a.actuator != string(actuator) || float64(w.now.Unix())-a.decided >= 300 {
		return 0
	}
	return a.wanted
}

// metric is the external metric with an average value of 1.
func (a *adapter) metric(w *world) hpa.Metric {
	return func(current int, tolerance hpa.Tolerance) (int, error) {
		if a.actuator != string(openfaas.ActuatorHPA) || float64(w.now.Unix())-a.decided >= 300 {
			return 0, hpa.ErrNoMetrics
		}
		return hpa.AverageValue(current, a.wanted, 1, tolerance), nil
	}
}
