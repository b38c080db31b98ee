package scaler

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	handler "github.com/openfaas/templates-sdk/go-http"

	"prewarm/shared/event"
	"prewarm/shared/openfaas"
	"prewarm/shared/policy"
)

var keys = event.NewKeys("", []byte("a key of sixteen bytes"))

const name = "hello.openfaas-fn"

// world is the surroundings of the scaler: gateway, NATS, functions and clock.
type world struct {
	t          *testing.T
	mu         sync.Mutex // of calls, functions and stream: batches and scale calls run concurrently
	now        time.Time
	functions  map[string]*openfaas.Function
	calls      []string      // scale calls that reached the gateway
	most       int           // the gateway clamps to this without an error, 0: no limit
	gwErr      error         // of scale calls
	scaleTakes time.Duration // that a scale call takes, 0 for no time
	listErr    error
	edition    openfaas.Edition
	paused     bool
	pauseNote  string                // why it counts as paused, if nobody has paused it
	modes      map[string]event.Mode // that the operator has set
	modesErr   error                 // of reading them
	pubErr     error                 // of publishing to NATS
	readErr    error                 // of reading from NATS
	stream     [][]byte              // prewarm.decisions
	ids        map[string]bool
	scaler     *Scaler
}

func newWorld(t *testing.T, mode openfaas.Mode) *world {
	w := &world{t: t, now: time.Unix(1_800_000_000, 0), functions: map[string]*openfaas.Function{}, ids: map[string]bool{}}
	w.deploy(name, 0, mode)
	w.restart()
	return w
}

func (w *world) deploy(name string, replicas int, mode openfaas.Mode) *openfaas.Function {
	f := &openfaas.Function{Name: name, Replicas: replicas, Available: replicas,
		Labels: map[string]string{openfaas.LabelZero: "true"}, Annotations: map[string]string{openfaas.AnnotationMode: string(mode)}}
	w.functions[name] = f
	return f
}

func (w *world) restart() {
	pc := policy.DefaultConfig()
	pc.MaxDown = 2
	cfg := Config{Keys: keys, Mode: openfaas.ModeObserve, Policy: pc, Concurrency: 1, MaxAge: 3, ReadinessPoll: time.Millisecond}
	w.scaler = NewFrom(cfg, w, w, func() time.Time { return w.now }, testLog())
}

func (w *world) List(context.Context) ([]openfaas.Function, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []openfaas.Function
	for _, f := range w.functions {
		out = append(out, *f)
	}
	return out, w.listErr
}

func (w *world) Function(_ context.Context, name string) (openfaas.Function, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if f, ok := w.functions[name]; ok {
		return *f, w.listErr
	}
	return openfaas.Function{}, openfaas.ErrNotFound
}

func (w *world) Scale(_ context.Context, name string, n int) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.gwErr != nil {
		return w.gwErr
	}
	w.calls = append(w.calls, fmt.Sprintf("%s=%d", name, n))
	if w.scaleTakes > 0 {
		w.now = w.now.Add(w.scaleTakes)
	}
	f := w.functions[name]
	if f.Replicas = n; w.most > 0 {
		f.Replicas = max(1, min(n, w.most))
	}
	return nil
}

func (w *world) Edition(context.Context) (openfaas.Edition, error) { return w.edition, nil }

func (w *world) Publish(_ context.Context, env event.Envelope, body []byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if id := env.ID + "#" + env.Digest(); w.pubErr == nil && !w.ids[id] { // as package bus
		w.ids[id] = true
		w.stream = append(w.stream, body)
	}
	return w.pubErr
}

func (w *world) ReplayAfter(_ context.Context, _ string, after uint64, _ time.Duration, fn func([]byte)) (uint64, error) {
	w.mu.Lock()
	stream := w.stream
	w.mu.Unlock()
	for _, body := range stream[after:] {
		fn(body)
	}
	return uint64(len(stream)), w.readErr
}

func (w *world) Paused(context.Context) (event.Pause, error) {
	return event.Pause{Paused: w.paused, Note: w.pauseNote}, nil
}

func (w *world) Modes(context.Context) (map[string]event.Mode, error) { return w.modes, w.modesErr }

// decisions returns the decisions in the stream.
func (w *world) decisions() []event.Decision {
	w.t.Helper()
	var out []event.Decision
	for _, body := range w.stream {
		var d event.Decisions
		if _, err := event.Open(keys, event.TypeDecisions, body, &d); err != nil {
			w.t.Fatal(err)
		}
		out = append(out, d.Decisions...)
	}
	return out
}

func (w *world) last() event.Decision {
	w.t.Helper()
	all := w.decisions()
	if len(all) == 0 {
		w.t.Fatal("no decision in the stream")
	}
	return all[len(all)-1]
}

// forecast returns a forecast that is sure of calls that need n replicas in every step, or
// of no call if n is 0.
func (w *world) forecast(name string, n int32) event.Forecast {
	f := event.Forecast{Function: name, Origin: w.now.Unix() / 60 * 60, StepSeconds: 60, Evidence: 9, Observation: event.Observation{Recent: []int32{0}}}
	for range event.Horizons {
		f.PActive = append(f.PActive, event.Prob(min(n, 1)))
		f.NeedQ50, f.NeedQ90 = append(f.NeedQ50, n), append(f.NeedQ90, n)
		f.NeedQ95, f.NeedQ99 = append(f.NeedQ95, n), append(f.NeedQ99, n)
	}
	return f
}

func (w *world) seal(fs ...event.Forecast) []byte {
	w.t.Helper()
	_, body, err := event.Seal(keys, event.TypeForecasts, fs[0].Origin, "0", &event.Forecasts{Model: "m1", Forecasts: fs})
	if err != nil {
		w.t.Fatal(err)
	}
	return body
}

func (w *world) post(body []byte, want int) string {
	w.t.Helper()
	req := handler.Request{Method: http.MethodPost, Body: body}
	req.WithContext(context.Background())
	res, err := w.scaler.Handle(req)
	if err != nil {
		w.t.Fatal(err)
	}
	if res.StatusCode != want {
		w.t.Fatalf("answered %d %q, want %d", res.StatusCode, res.Body, want)
	}
	return string(res.Body)
}

func (w *world) tick() { w.now = w.now.Add(time.Minute) }

func (w *world) expectCalls(want ...string) {
	w.t.Helper()
	if !slices.Equal(w.calls, want) {
		w.t.Errorf("scale calls %v, want %v", w.calls, want)
	}
}

func testLog() *slog.Logger { return slog.New(slog.DiscardHandler) }
