package stories

import (
	"time"

	"prewarm/deploy/local/controller"
	"prewarm/deploy/local/controller/alertmanager"
	"prewarm/deploy/local/controller/autoscaler"
	"prewarm/deploy/local/controller/idler"
	"prewarm/shared/openfaas"
)

// callsPerLoad is the calls per second of each replica in use: calls take 100 ms.
const callsPerLoad = 10

// asListed is the function as OpenFaaS' controllers see it, with its labels.
func (w *world) asListed() (controller.Function, controller.Scaling) {
	s, err := controller.ReadScaling(w.labels, 1)
	if err != nil {
		w.t.Fatal(err)
	}
	return controller.Function{Name: function, Replicas: w.replicas(), Ready: w.ready(), Labels: w.labels}, s
}

// withGateway lets the gateway bring a function up from zero when it is called.
func (w *world) withGateway() {
	w.each = append(w.each, func() {
		if w.replicas() == 0 && w.load(w.minute()) > 0 {
			_, s := w.asListed()
			w.set(s.Min, "gateway")
		}
	})
}

// over applies f to the load of each of the last seconds, up to now.
func (w *world) over(d time.Duration, f func(load int)) {
	for s := time.Duration(0); s < d; s += time.Second {
		f(w.load((w.now.Sub(w.begin) - s).Minutes()))
	}
}

// withIdler lets OpenFaaS' idler take the function to zero.
func (w *world) withIdler(rule idler.Rule) {
	var called time.Time
	w.each = append(w.each, func() {
		if w.load(w.minute()) > 0 {
			called = w.now
		}
	})
	w.every(rule.Every, 5*time.Second, func() {
		f, s := w.asListed()
		calls := idler.Calls{Known: true}
		if w.now.Sub(called) < rule.IdleTime(s) {
			calls.Began = 1
		}
		w.set(idler.Decide(f, s, calls), openfaas.Idler)
	})
}

// withAutoscaler lets OpenFaaS' autoscaler scale the function by the load of its type: calls
// per second, or what the rule of values/openfaas-standard.yaml records.
func (w *world) withAutoscaler() {
	prometheus := w.scraped()
	var a autoscaler.Scaler
	w.every(autoscaler.Every, 3*time.Second, func() {
		f, s := w.asListed()
		load, most := 0.0, 0
		w.over(45*time.Second, func(n int) { most = max(most, n) })
		w.over(30*time.Second, func(n int) { load += callsPerLoad * float64(n) / 30 })
		if s.Type == openfaas.TypePrewarm {
			load = max(float64(most), s.Target*prometheus.valid(w, openfaas.ActuatorOpenFaaS))
		}
		w.set(a.Decide(w.now, f, s, load), openfaas.Autoscaler)
	})
}

// withAlertManager lets the alerts of the community edition scale the function.
func (w *world) withAlertManager() {
	var rule alertmanager.Rule
	var manager alertmanager.Manager
	w.every(alertmanager.Evaluation, 2*time.Second, func() {
		rate := 0.0
		w.over(alertmanager.Window, func(n int) { rate += callsPerLoad * float64(n) / alertmanager.Window.Seconds() })
		manager.Receive(w.now, rule.Evaluate(w.now, map[string]float64{function: rate}))
	})
	w.every(5*time.Second, 0, func() {
		for _, alert := range manager.Notify(w.now) {
			_, s := w.asListed()
			w.set(alertmanager.Replicas(alert.Firing, w.replicas(), s.Min, s.Max, 20), openfaas.AlertManager)
		}
	})
}
