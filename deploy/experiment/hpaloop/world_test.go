package hpaloop_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"prewarm/deploy/experiment/hpaloop"
	"prewarm/deploy/experiment/metricsserver"
	"prewarm/deploy/local/controller"
	pool "prewarm/deploy/local/replica"
	"prewarm/shared/hpa"
	"prewarm/shared/openfaas"
)

const (
	function  = "hello.openfaas-fn"
	request   = 0.05             // cores that a replica asks for, and uses when it is busy
	startTime = 20 * time.Second // in the time of the HPA
	speed     = 60
)

// world is a platform in virtual time. A minute of the HPA passes in a second of its
// clock.
type world struct {
	t       *testing.T
	clock   controller.Clock
	now     time.Time // on the clock
	metrics *metricsserver.Server
	loop    *hpaloop.Loop

	load     func(minute float64) float64 // replicas that the calls keep busy
	wanted   func(minute float64) float64 // by the external metric, negative if it has no value
	replicas []*replica
	pid      int
	changes  []int // replicas after each change
	broken   error // what the gateway answers to a change
}

type replica struct {
	pid  int
	born time.Time // on the clock
	cpu  time.Duration
}

func newWorld(t *testing.T, object *hpa.Controller) *world {
	w := &world{t: t, metrics: metricsserver.New(request), load: constant(0)}
	w.clock = controller.Clock{Begin: time.Unix(1_800_000_000, 0), Speed: speed}
	w.now = w.clock.Begin
	w.grow(1)
	w.replicas[0].born = w.now.Add(-time.Hour)
	w.loop = hpaloop.New(w, w.external(), map[string]*hpa.Controller{function: object})
	return w
}

// external returns the external metric of the HPA. It fails while wanted is nil.
func (w *world) external() hpaloop.External {
	return func(context.Context) (map[string]float64, error) {
		if w.wanted == nil {
			return nil, errors.New("the store does not answer")
		}
		if n := w.wanted(w.minute()); n >= 0 {
			return map[string]float64{function: n}, nil
		}
		return nil, nil
	}
}

func constant(n float64) func(float64) float64 { return func(float64) float64 { return n } }

// between returns a load that is high in minutes [from, to), and low otherwise.
func between(from, to, high, low float64) func(float64) float64 {
	return func(minute float64) float64 {
		if minute >= from && minute < to {
			return high
		}
		return low
	}
}

func (w *world) minute() float64 { return w.clock.At(w.now).Sub(w.clock.Begin).Minutes() }

func (w *world) grow(n int) {
	for len(w.replicas) < n {
		w.pid++
		w.replicas = append(w.replicas, &replica{pid: w.pid, born: w.now})
	}
	w.replicas = w.replicas[:n]
}

// Scale implements hpaloop.Scaler.
func (w *world) Scale(_ context.Context, name string, n int) error {
	if w.broken != nil {
		return w.broken
	}
	if name != function {
		w.t.Errorf("scaled %s", name)
	}
	w.changes = append(w.changes, n)
	w.grow(n)
	return nil
}

func (w *world) ready() (n int) {
	for _, r := range w.replicas {
		if w.clock.At(w.now).Sub(w.clock.At(r.born)) >= startTime {
			n++
		}
	}
	return n
}

// work lets the ready replicas share the load for some time on the clock.
func (w *world) work(d time.Duration) {
	busy := min(1, w.load(w.minute())/float64(max(1, w.ready())))
	for _, r := range w.replicas[:w.ready()] {
		r.cpu += time.Duration(busy * request * float64(d))
	}
	w.now = w.now.Add(d)
}

// run lets time of the HPA pass and returns the last error of the loop.
func (w *world) run(d time.Duration) (failure error) {
	for end := w.clock.At(w.now).Add(d); w.clock.At(w.now).Before(end); {
		w.work(w.clock.OnClock(hpa.SyncPeriod))
		functions := []openfaas.Function{
			{Name: function, Replicas: len(w.replicas), Available: w.ready()},
			{Name: "other.openfaas-fn", Replicas: 3},
		}
		var processes []metricsserver.Process
		for _, r := range w.replicas {
			processes = append(processes, metricsserver.Process{Process: pool.Process{PID: r.pid, Function: function}, CPU: r.cpu})
		}
		usages := w.metrics.Update(w.now, functions, processes)
		if err := w.loop.Sync(w.t.Context(), w.clock.At(w.now), functions, usages); err != nil {
			failure = err
		}
	}
	return failure
}
