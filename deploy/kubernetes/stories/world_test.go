// Package stories tests the chain together with other controllers in virtual time: the real
// scaler and external scaler, ports of HPA and KEDA, the local platform's idler, autoscaler
// and AlertManager, and a cluster that is simulated.
package stories

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"prewarm/deploy/keda"
	"prewarm/functions/scaler"
	"prewarm/shared/event"
	"prewarm/shared/openfaas"
	"prewarm/shared/policy"
)

const function = "hello.openfaas-fn"

var keys = event.NewKeys("", []byte("a key of sixteen bytes"))

// startTime is how long a replica takes to become ready.
const startTime = 10 * time.Second

// change is one change of the function's scale.
type change struct {
	at       time.Duration // since the begin of the story
	by       string        // scaler, gateway, edition, or a controller
	from, to int
}

// world is one function in virtual time: the real scaler, the gateway, and models of
// the controllers of Kubernetes.
type world struct {
	t       testing.TB
	begin   time.Time
	now     time.Time
	scaler  *scaler.Scaler
	labels  map[string]string
	notes   map[string]string
	born    []time.Time // of each replica
	changes []change

	load     func(minute float64) int // replicas in use
	forecast func(minute float64) int // that the predictor expects from now on
	expects  func(minute float64) int // that it expects of a minute, in place of forecast
	need     int                      // most in use in the present step
	recent   []int32                  // need of the steps before, an hour at most
	stopped  bool                     // the chain makes no decisions
	each     []func()                 // what else happens every second
	edition  openfaas.Edition
	least    int // that the gateway sets, whatever it is asked for
	most     int // 0 for any
	decided  []event.Decision
	cold     int // loads that began or grew with too few ready replicas
	cache    *keda.Cache
	noPoll   bool // the external scaler does not poll the gateway
}

func newWorld(t *testing.T, replicas int, actuator string) *world {
	w := &world{
		t: t, begin: time.Unix(1_800_000_000, 0), labels: map[string]string{},
		notes:   map[string]string{"prewarm.mode": "active", "prewarm.actuator": actuator},
		edition: openfaas.Community,
	}
	w.now = w.begin
	for range replicas {
		w.born = append(w.born, w.begin.Add(-time.Hour))
	}
	cfg := scaler.Config{Keys: keys, Mode: "observe", Policy: policy.DefaultConfig(), Concurrency: 1, MaxAge: 3, Delay: 45 * time.Second, Readiness: startTime}
	clock := func() time.Time { return w.now }
	w.scaler = scaler.NewFrom(cfg, w, w, clock, slog.New(slog.DiscardHandler))
	w.cache = keda.NewCache(clock, 5*time.Minute, 10*time.Second)
	return w
}

func (w *world) minute() float64 { return w.now.Sub(w.begin).Minutes() }

// run lets time pass, second by second. The scaler decides once a minute.
func (w *world) run(d time.Duration) {
	for end := w.now.Add(d); w.now.Before(end); w.now = w.now.Add(time.Second) {
		w.meet()
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

// List, Function, Scale, Edition, Publish, ReplayAfter, Paused and Modes are what the scaler asks of
// gateway and NATS.
func (w *world) List(context.Context) ([]openfaas.Function, error) {
	return []openfaas.Function{w.shown()}, nil
}

func (w *world) Function(context.Context, string) (openfaas.Function, error) { return w.shown(), nil }

func (w *world) shown() openfaas.Function {
	return openfaas.Function{Name: function, Replicas: w.replicas(), Available: w.ready(), Labels: w.labels, Annotations: w.notes}
}

func (w *world) Scale(_ context.Context, _ string, n int) error {
	if w.most > 0 {
		n = min(max(n, w.least), w.most)
	}
	w.set(n, "scaler")
	return nil
}

func (w *world) Edition(context.Context) (openfaas.Edition, error) { return w.edition, nil }

func (w *world) Publish(_ context.Context, env event.Envelope, body []byte) error {
	var d event.Decisions
	if _, err := event.Open(keys, env.Type, body, &d); err != nil {
		w.t.Error(err)
	}
	w.cache.Add(d.Decisions)
	w.decided = append(w.decided, d.Decisions...)
	return nil
}

func (w *world) ReplayAfter(context.Context, string, uint64, time.Duration, func([]byte)) (uint64, error) {
	return 0, nil
}

func (w *world) Paused(context.Context) (event.Pause, error) { return event.Pause{}, nil }

func (w *world) Modes(context.Context) (map[string]event.Mode, error) { return nil, nil }

// turns counts how often the scale turned around.
func (w *world) turns() (n int) {
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
