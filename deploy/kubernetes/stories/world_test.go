// Package stories tests the chain together with an HPA or KEDA in virtual time: the real
// scaler and external scaler, a port of the controller, and a cluster that is simulated.
package stories

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	handler "github.com/openfaas/templates-sdk/go-http"

	"prewarm/deploy/keda"
	"prewarm/functions/scaler"
	"prewarm/shared/event"
	"prewarm/shared/hpa"
	"prewarm/shared/openfaas"
	"prewarm/shared/policy"
)

const function = "hello.openfaas-fn"

var key = []byte("a key of sixteen bytes")

// startTime is how long a replica takes to become ready.
const startTime = 10 * time.Second

// change is one change of the function's scale.
type change struct {
	at       time.Duration // since the begin of the story
	by       string        // scaler, hpa, keda, gateway or edition
	from, to int
}

// world is one function in virtual time: the real scaler, the gateway, and models of
// the controllers of Kubernetes.
type world struct {
	t       *testing.T
	begin   time.Time
	now     time.Time
	scaler  *scaler.Scaler
	labels  map[string]string
	notes   map[string]string
	born    []time.Time // of each replica
	changes []change

	load     func(minute float64) int // replicas in use
	forecast func(minute float64) int // that the predictor expects from now on
	need     int                      // most in use in the present step
	stopped  bool                     // the chain makes no decisions
	each     []func()                 // what else happens every second
	cache    *keda.Cache
	noPoll   bool // the external scaler does not poll the gateway
}

func newWorld(t *testing.T, replicas int, actuator string) *world {
	w := &world{
		t: t, begin: time.Unix(1_800_000_000, 0), labels: map[string]string{},
		notes: map[string]string{"prewarm.mode": "active", "prewarm.actuator": actuator},
	}
	w.now = w.begin
	for range replicas {
		w.born = append(w.born, w.begin.Add(-time.Hour))
	}
	cfg := scaler.Config{Key: key, Mode: "observe", Policy: policy.DefaultConfig(), Concurrency: 1, MaxAge: 3, Delay: 45 * time.Second, Readiness: startTime}
	clock := func() time.Time { return w.now }
	w.scaler = scaler.NewFrom(cfg, w, w, clock, slog.New(slog.DiscardHandler))
	w.cache = keda.NewCache(clock, 5*time.Minute, 10*time.Second)
	return w
}

func (w *world) minute() float64 { return w.now.Sub(w.begin).Minutes() }

// run lets time pass, second by second. The scaler decides once a minute.
func (w *world) run(d time.Duration) {
	for end := w.now.Add(d); w.now.Before(end); w.now = w.now.Add(time.Second) {
		w.need = max(w.need, w.load(w.minute()))
		if w.now.Unix()%60 == 0 && !w.stopped {
			w.decide()
			w.need = 0
		}
		for _, f := range w.each {
			f()
		}
	}
}

// every calls f each period, some seconds after its begin.
func (w *world) every(period, offset time.Duration, f func()) {
	w.each = append(w.each, func() {
		if w.now.Sub(w.begin)%period == offset {
			f()
		}
	})
}

// decide posts a forecast to the scaler, as the connector does.
func (w *world) decide() {
	n := int32(w.forecast(w.minute()))
	f := event.Forecast{
		Function: function, Origin: w.now.Unix(), StepSeconds: 60, Evidence: 99,
		Observation: event.Observation{Recent: []int32{int32(w.need)}, InFlight: w.load(w.minute())},
	}
	for range event.Horizons {
		f.PActive = append(f.PActive, event.Prob(min(n, 1)))
		f.NeedQ50, f.NeedQ90 = append(f.NeedQ50, n), append(f.NeedQ90, n)
		f.NeedQ95, f.NeedQ99 = append(f.NeedQ95, n), append(f.NeedQ99, n)
	}
	_, body, err := event.Seal(key, event.TypeForecasts, f.Origin, "0", &event.Forecasts{Model: "m", Forecasts: []event.Forecast{f}})
	if err != nil {
		w.t.Fatal(err)
	}
	req := handler.Request{Method: http.MethodPost, Body: body}
	req.WithContext(w.t.Context())
	if res, err := w.scaler.Handle(req); err != nil || res.StatusCode != http.StatusOK {
		w.t.Fatalf("the scaler answered %d %s, %v", res.StatusCode, res.Body, err)
	}
}

// set changes the scale.
func (w *world) set(n int, by string) {
	from := len(w.born)
	if n == from {
		return
	}
	w.changes = append(w.changes, change{w.now.Sub(w.begin), by, from, n})
	for len(w.born) < n {
		w.born = append(w.born, w.now)
	}
	w.born = w.born[:n]
}

func (w *world) replicas() int { return len(w.born) }

func (w *world) ready() (n int) {
	for _, b := range w.born {
		if w.now.Sub(b) >= startTime {
			n++
		}
	}
	return n
}

// List, Scale, Edition, Publish, ReplayAfter and Paused are what the scaler asks of gateway
// and NATS.
func (w *world) List(context.Context) ([]openfaas.Function, error) {
	return []openfaas.Function{{Name: function, Replicas: w.replicas(), Available: w.ready(), Labels: w.labels, Annotations: w.notes}}, nil
}

func (w *world) Scale(_ context.Context, _ string, n int) error {
	w.set(n, "scaler")
	return nil
}

func (w *world) Edition(context.Context) (openfaas.Edition, error) { return openfaas.Community, nil }

func (w *world) Publish(_ context.Context, env event.Envelope, body []byte) error {
	var d event.Decisions
	if _, err := event.Open(key, env.Type, body, &d); err != nil {
		w.t.Error(err)
	}
	w.cache.Add(d.Decisions)
	return nil
}

func (w *world) ReplayAfter(context.Context, string, uint64, time.Duration, func([]byte)) (uint64, error) {
	return 0, nil
}

func (w *world) Paused(context.Context) (bool, error) { return false, nil }

func (w *world) Modes(context.Context) (map[string]event.Mode, error) { return nil, nil }

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
	followed        bool
}

func (a *adapter) scrape(w *world) {
	rec := httptest.NewRecorder()
	w.scaler.Metrics().ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	*a = adapter{}
	for line := range strings.Lines(rec.Body.String()) {
		_, _ = fmt.Sscanf(line, `prewarm_wanted_replicas{function_name="`+function+`"} %g`, &a.wanted)
		_, _ = fmt.Sscanf(line, `prewarm_decision_timestamp_seconds{function_name="`+function+`"} %g`, &a.decided)
		a.followed = a.followed || strings.HasPrefix(line, `prewarm_function_actuator{actuator="hpa",function_name="`+function+`",mode="active"} 1`)
	}
}

// metric is the external metric with an average value of 1.
func (a *adapter) metric(w *world) hpa.Metric {
	return func(current int, tolerance hpa.Tolerance) (int, error) {
		if !a.followed || float64(w.now.Unix())-a.decided >= 300 {
			return 0, hpa.ErrNoMetrics
		}
		return hpa.AverageValue(current, a.wanted, 1, tolerance), nil
	}
}

// reversals counts how often the scale turned around.
func (w *world) reversals() (n int) {
	for i := 1; i < len(w.changes); i++ {
		if (w.changes[i].to > w.changes[i].from) != (w.changes[i-1].to > w.changes[i-1].from) {
			n++
		}
	}
	return n
}

// by counts the changes of one controller.
func (w *world) by(controller string) (n int) {
	for _, c := range w.changes {
		if c.by == controller {
			n++
		}
	}
	return n
}
