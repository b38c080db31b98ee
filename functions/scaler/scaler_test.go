package scaler

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	handler "github.com/openfaas/templates-sdk/go-http"

	"prewarm/shared/event"
	"prewarm/shared/openfaas"
	"prewarm/shared/policy"
)

var key = []byte("a key of sixteen bytes")

const name = "hello.openfaas-fn"

// world is the surroundings of the scaler: gateway, NATS, functions and clock.
type world struct {
	t         *testing.T
	mu        sync.Mutex // of calls and functions: scale calls run concurrently
	now       time.Time
	functions map[string]*openfaas.Function
	calls     []string // scale calls that reached the gateway
	most      int      // the gateway clamps to this without an error, 0: no limit
	gwErr     error    // of scale calls
	listErr   error
	paused    bool
	pubErr    error    // of publishing to NATS
	readErr   error    // of reading from NATS
	stream    [][]byte // prewarm.decisions
	ids       map[string]bool
	scaler    *Scaler
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
	cfg := Config{Key: key, Mode: openfaas.ModeObserve, Policy: pc, Concurrency: 1, MaxAge: 3, ReadinessPoll: time.Millisecond}
	w.scaler = NewFrom(cfg, w, w, func() time.Time { return w.now }, slog.New(slog.NewTextHandler(io.Discard, nil)))
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

func (w *world) Scale(_ context.Context, name string, n int) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.gwErr != nil {
		return w.gwErr
	}
	w.calls = append(w.calls, fmt.Sprintf("%s=%d", name, n))
	f := w.functions[name]
	if f.Replicas = n; w.most > 0 {
		f.Replicas = max(1, min(n, w.most))
	}
	return nil
}

func (w *world) Publish(_ context.Context, env event.Envelope, body []byte) error {
	if w.pubErr == nil && !w.ids[env.ID] {
		w.ids[env.ID] = true
		w.stream = append(w.stream, body)
	}
	return w.pubErr
}

func (w *world) ReplayAfter(_ context.Context, _ string, after uint64, _ time.Duration, fn func([]byte)) (uint64, error) {
	for _, body := range w.stream[after:] {
		fn(body)
	}
	return uint64(len(w.stream)), w.readErr
}

func (w *world) Paused(context.Context) (bool, error) { return w.paused, nil }

// decisions returns the decisions in the stream.
func (w *world) decisions() []event.Decision {
	w.t.Helper()
	var out []event.Decision
	for _, body := range w.stream {
		var d event.Decisions
		if _, err := event.Open(key, event.TypeDecisions, body, &d); err != nil {
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
	_, body, err := event.Seal(key, event.TypeForecasts, fs[0].Origin, "0", &event.Forecasts{Model: "m1", Forecasts: fs})
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

func TestAnActiveFunctionIsWarmedAndReleased(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	w.post(w.seal(w.forecast(name, 2)), 200)
	w.expectCalls(name + "=2")
	d := w.last()
	if d.Wanted != 2 || d.Applied != 2 || d.Observed != 2 || d.Direction != "up" || d.Model != "m1" || !strings.Contains(d.Reason, "chance of a call") {
		t.Errorf("got %+v", d)
	}
	w.tick()
	w.post(w.seal(w.forecast(name, 0)), 200)
	w.tick()
	w.post(w.seal(w.forecast(name, 0)), 200)
	w.expectCalls(name+"=2", name+"=1", name+"=0")
}

func TestAFunctionThatACallWokeIsHeldForAStep(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	w.post(w.seal(w.forecast(name, 0)), 200)
	w.functions[name].Replicas = 1
	w.tick()
	w.post(w.seal(w.forecast(name, 0)), 200)
	if d := w.last(); d.Wanted != 1 || !strings.Contains(d.Reason, "raised it") {
		t.Errorf("got %+v", d)
	}
	w.tick()
	w.post(w.seal(w.forecast(name, 0)), 200)
	w.expectCalls(name + "=0")
}

func TestObserveDecidesAndNeverActs(t *testing.T) {
	for _, mode := range []openfaas.Mode{openfaas.ModeObserve, ""} {
		w := newWorld(t, mode)
		w.post(w.seal(w.forecast(name, 3)), 200)
		w.expectCalls()
		if d := w.last(); d.Wanted != 3 || d.Applied != -1 || d.Mode != string(openfaas.ModeObserve) {
			t.Errorf("mode %q: got %+v", mode, d)
		}
	}
}

func TestModeOffPublishesNoDecision(t *testing.T) {
	w := newWorld(t, openfaas.ModeOff)
	w.post(w.seal(w.forecast(name, 3)), 200)
	w.expectCalls()
	if len(w.stream) != 0 {
		t.Errorf("got %+v", w.decisions())
	}
}

func TestPauseHoldsAllReplicas(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	w.paused = true
	w.post(w.seal(w.forecast(name, 3)), 200)
	w.expectCalls()
	if d := w.last(); d.Wanted != 0 || !strings.Contains(d.Reason, "paused") {
		t.Errorf("got %+v", d)
	}
}

func TestAReplayedBatchIsRefused(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	body := w.seal(w.forecast(name, 2))
	w.post(body, 200)
	w.functions[name].Replicas = 0
	w.post(body, 409)
	w.restart() // the stream of decisions holds the step
	w.post(body, 409)
	w.tick()
	w.post(w.seal(w.forecast(name, 0)), 200)
	w.post(body, 409)
	w.expectCalls(name + "=2")
}

func TestStaleAndFutureForecastsAreRefused(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	body := w.seal(w.forecast(name, 2))
	w.now = w.now.Add(10 * time.Minute)
	w.post(body, 409)
	w.now = w.now.Add(-20 * time.Minute)
	w.post(body, 409)
	w.expectCalls()
}

func TestForgedAndBrokenBodiesScaleNothing(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	body := string(w.seal(w.forecast(name, 2)))
	forged, _, _ := strings.Cut(body, `"signature"`)
	w.post([]byte(strings.Replace(body, `"need_q50":[2`, `"need_q50":[9`, 1)), 401)
	w.post([]byte(forged+`"signature":"00"}`), 401)
	if text := w.post([]byte(body[:99]), 400); !strings.Contains(text, "not an envelope") {
		t.Errorf("got %q", text)
	}
	w.post(nil, 400)
	w.post([]byte(strings.Repeat("x", event.MaxBody+1)), 413)
	other := w.forecast(name, 2)
	other.Origin -= 60
	_, mixed, _ := event.Seal(key, event.TypeForecasts, w.now.Unix()/60*60, "0", &event.Forecasts{Model: "m", Forecasts: []event.Forecast{other}})
	if text := w.post(mixed, 400); !strings.Contains(text, "forecasts[0].origin") {
		t.Errorf("got %q", text)
	}
	w.expectCalls()
}

func TestABatchIsAppliedOnceAfterTheGatewayFailed(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	body := w.seal(w.forecast(name, 2))
	w.gwErr = fmt.Errorf("%w: status 500", openfaas.ErrUnavailable)
	w.post(body, 503)
	w.listErr = openfaas.ErrUnavailable
	w.post(body, 503)
	w.gwErr, w.listErr = nil, nil
	w.post(body, 200)
	w.post(body, 409)
	w.expectCalls(name + "=2")
}

func TestTheDoneHalfOfABatchIsNotDoneTwice(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	w.deploy("other.openfaas-fn", 0, openfaas.ModeObserve)
	body := w.seal(w.forecast(name, 2), w.forecast("other.openfaas-fn", 1))
	w.gwErr = openfaas.ErrUnavailable
	w.post(body, 503)
	if d := w.last(); d.Function != "other.openfaas-fn" {
		t.Errorf("the function without a scale call must be decided, got %+v", d)
	}
	w.gwErr = nil
	w.post(body, 200)
	w.expectCalls(name + "=2")
	if n := len(w.decisions()); n != 2 {
		t.Errorf("%d decisions in the stream, want one per function", n)
	}
}

func TestNothingIsScaledBeforeTheDecisionsAreRead(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	w.readErr = errors.New("no NATS")
	w.post(w.seal(w.forecast(name, 2)), 503)
	w.expectCalls()
}

func TestAClampWithoutAnErrorIsLearned(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	w.most = 5
	for range 5 {
		w.post(w.seal(w.forecast(name, 9)), 200)
		w.tick()
	}
	w.expectCalls(name + "=9") // learned from one read-back and the next step
	if d := w.last(); d.Wanted != 5 || !strings.Contains(d.Reason, "at most 5") {
		t.Errorf("got %+v", d)
	}
	w.calls = nil
	w.now = w.now.Add(limitLifetime)
	w.post(w.seal(w.forecast(name, 9)), 200)
	w.expectCalls(name + "=9")
}

func TestARefusalIsLearnedAtOnce(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	w.functions[name].Replicas = 1
	w.gwErr = fmt.Errorf("%w: status 400", openfaas.ErrRefused)
	w.post(w.seal(w.forecast(name, 0)), 200)
	if d := w.last(); d.Applied != -1 || !strings.Contains(d.Reason, "gateway refused") {
		t.Errorf("got %+v", d)
	}
	w.gwErr = nil
	w.tick()
	w.post(w.seal(w.forecast(name, 0)), 200)
	w.expectCalls()
}

func TestAFunctionWithAnUnreadableAnnotationIsOnlyObserved(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	w.functions[name].Annotations[openfaas.AnnotationCostRatio] = "cheap"
	w.post(w.seal(w.forecast(name, 2)), 200)
	w.expectCalls()
	if d := w.last(); d.Mode != string(openfaas.ModeObserve) || !strings.Contains(d.Reason, `prewarm.cost-ratio must be a number, was: "cheap"`) {
		t.Errorf("got %+v", d)
	}
}

func TestLabelsAndAnnotationsOverrideTheConfiguration(t *testing.T) {
	cfg := Config{Mode: openfaas.ModeObserve, Policy: policy.DefaultConfig(), Concurrency: 1}
	for _, c := range []struct {
		cause string
		fn    openfaas.Function
		want  openfaas.Scaling
	}{
		{"everything is set", openfaas.Function{
			Labels:      map[string]string{openfaas.LabelMin: "2", openfaas.LabelMax: "7", openfaas.LabelZero: "true"},
			Annotations: map[string]string{openfaas.AnnotationMode: "active", openfaas.AnnotationCostRatio: "0.2", openfaas.AnnotationConcurrency: "4"},
		}, openfaas.Scaling{Mode: openfaas.ModeActive, CostRatio: 0.2, Concurrency: 4, Bounds: openfaas.Bounds{Min: 0, MinActive: 2, Max: 7}}},
		{"nothing is set", openfaas.Function{},
			openfaas.Scaling{Mode: openfaas.ModeObserve, CostRatio: cfg.Policy.CostRatio, Concurrency: 1, Bounds: openfaas.Bounds{Min: 1, MinActive: 1, Max: 20}}},
	} {
		c.want.Actuator = openfaas.ActuatorGateway
		if got, problem := cfg.scaling(c.fn); got != c.want || problem != "" {
			t.Errorf("%s: got %+v, problem %q, want %+v", c.cause, got, problem, c.want)
		}
	}
}

func TestTheLabelsOfOpenFaaSBoundTheReplicas(t *testing.T) {
	cfg := Config{Mode: openfaas.ModeObserve, Policy: policy.DefaultConfig(), Concurrency: 1}
	for zero, want := range map[string]int{"": 1, "false": 1, "true": 0} {
		s, problem := cfg.scaling(openfaas.Function{Labels: map[string]string{openfaas.LabelMin: "0", openfaas.LabelZero: zero}})
		if s.Min != want || s.MinActive != 1 || problem != "" {
			t.Errorf("scale.min 0 with scale.zero %q: got %+v, want min %d", zero, s, want)
		}
	}
	if _, problem := cfg.scaling(openfaas.Function{Labels: map[string]string{openfaas.LabelMin: "9", openfaas.LabelMax: "3"}}); problem == "" {
		t.Error("a maximum below the minimum must be a problem")
	}
	if s, problem := cfg.scaling(openfaas.Function{Labels: map[string]string{openfaas.LabelMin: "30"}}); s.Max != 30 || problem != "" {
		t.Errorf("a minimum above the default maximum raises that: got %+v, %q", s, problem)
	}
}

func TestADeletedFunctionIsForgotten(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	w.post(w.seal(w.forecast(name, 2)), 200)
	delete(w.functions, name)
	w.tick()
	w.post(w.seal(w.forecast(name, 2)), 200)
	if len(w.scaler.state.functions) != 0 || len(w.decisions()) != 1 {
		t.Error("a deleted function must leave the state and get no decision")
	}
}

func TestStartTimesAreMeasured(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	w.functions[name].Available = 0
	w.post(w.seal(w.forecast(name, 1)), 200)
	if !w.scaler.starts.take(w.List(t.Context())) {
		t.Fatal("the measurement ended before the replica was ready")
	}
	w.now = w.now.Add(7 * time.Second)
	w.functions[name].Available = 1
	if w.scaler.starts.take(w.List(t.Context())) {
		t.Fatal("the measurement goes on after the replica was ready")
	}
	if got, measured := w.scaler.starts.p90(name); got != 7*time.Second || !measured {
		t.Errorf("got %v, measured %t", got, measured)
	}
	w.tick()
	w.post(w.seal(w.forecast(name, 1)), 200)
	if d := w.last(); d.Available != 1 {
		t.Errorf("the decision does not state the ready replicas: %+v", d)
	}
	w.restart()
	w.post(w.seal(w.forecast(name, 1)), 409)
	if got, measured := w.scaler.starts.p90(name); got != 7*time.Second || !measured {
		t.Errorf("after a restart: got %v, measured %t", got, measured)
	}
}

// readiness_default is 5 s at the first decision, and 40 s after a restart.
func TestAnAssumedReadinessTimeIsNotRestored(t *testing.T) {
	w := newWorld(t, openfaas.ModeObserve)
	w.scaler.starts.cfg.Readiness = 5 * time.Second
	w.post(w.seal(w.forecast(name, 1)), 200)
	w.restart()
	w.scaler.starts.cfg.Readiness = 40 * time.Second
	w.tick()
	w.post(w.seal(w.forecast(name, 1)), 200)
	for i, want := range []float64{5, 40} {
		if in := w.decisions()[i].Inputs; in.ReadinessSeconds != want || in.ReadinessMeasured {
			t.Errorf("decision %d rests on %v s, measured %t; want %v s, assumed", i, in.ReadinessSeconds, in.ReadinessMeasured, want)
		}
	}
}

func TestReplicasThatNeverBecomeReadyGiveNoSample(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	w.scaler.starts.begin(name, 3, 0)
	w.now = w.now.Add(startTimeout + time.Second)
	if w.scaler.starts.take(w.List(t.Context())) || len(w.scaler.starts.samples) != 0 {
		t.Error("the measurement must end without a sample")
	}
}

// FuzzHandle posts unsigned bodies: each is refused and scales nothing.
func FuzzHandle(f *testing.F) {
	f.Add([]byte(`{"version":1,"type":"prewarm.forecasts","id":"a","step":0,"payload":{},"signature":"00"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		w := newWorld(t, openfaas.ModeActive)
		req := handler.Request{Method: http.MethodPost, Body: body}
		req.WithContext(context.Background())
		res, err := w.scaler.Handle(req)
		if err != nil || res.StatusCode/100 != 4 || len(w.calls) != 0 {
			t.Errorf("an unsigned body was answered %d, %v, and scaled %v", res.StatusCode, err, w.calls)
		}
	})
}
