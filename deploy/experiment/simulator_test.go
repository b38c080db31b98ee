package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	handler "github.com/openfaas/templates-sdk/go-http"

	"prewarm/functions/scaler"
	"prewarm/models"
	"prewarm/shared/event"
	"prewarm/shared/openfaas"
	"prewarm/shared/policy"
	"prewarm/shared/series"
	"prewarm/shared/simulate"
	"prewarm/shared/trace"
	"prewarm/shared/trace/synthetic"
)

// The trace and the cost ratio of the comparison between scaler and simulator.
const (
	comparedMinutes = 260
	comparedRatio   = 0.06
	comparedKey     = "the signing key of this test"
)

// TestTheScalerDecidesLikeTheSimulator replays one trace with the embedded model
// through the scaler, with signed messages and a gateway, and through the simulator.
// Replicas are ready at once, as in the simulator, so all decisions must be equal.
func TestTheScalerDecidesLikeTheSimulator(t *testing.T) {
	tr := comparedTrace(t)
	model, err := models.Load()
	if err != nil {
		t.Fatal(err)
	}
	costs := policy.DefaultConfig()
	costs.CostRatio = comparedRatio
	simulated := simulatedReplicas(t, tr, model, costs)

	cluster := newCluster(tr)
	s := scaler.NewFrom(
		scaler.Config{Keys: event.NewKeys("", []byte(comparedKey)), Mode: openfaas.ModeActive, Policy: costs, Concurrency: 1, MaxAge: 3},
		cluster, cluster, func() time.Time { return cluster.now }, slog.New(slog.NewTextHandler(io.Discard, nil)))
	forecasts := make([]event.Forecast, len(tr.Functions))
	warm, several := 0, 0
	for m := 3; m < comparedMinutes; m++ {
		cluster.now = time.Unix(int64(tr.Start+m)*60, 0)
		windows := windowsAt(tr, m)
		if len(windows) == 0 {
			continue
		}
		model.Forecast(forecasts, windows)
		post(t, s, cluster.now, forecasts[:len(windows)])
		for f, function := range tr.Functions {
			got, want := cluster.replicas(function.Name), int(simulated[m][f])
			if got != want {
				t.Fatalf("%s at minute %d: the scaler set %d, the simulator %d", function.Name, m, got, want)
			}
			warm, several = warm+min(got, 1), several+max(0, min(got-1, 1))
		}
	}
	if warm < 500 || several < 50 {
		t.Errorf("the trace must make at least 500 decisions on warm replicas and 50 on several, made: %d and %d", warm, several)
	}
}

// comparedTrace generates functions of which some take so long that they need several
// replicas. To these it adds one whose calls run on into the next step, and one with
// bursts, which has few active steps.
func comparedTrace(t *testing.T) *trace.Trace {
	t.Helper()
	tr, err := synthetic.Generate(synthetic.Options{Seed: 11, Functions: 12, Minutes: comparedMinutes, SkipRare: true})
	if err != nil {
		t.Fatal(err)
	}
	for i := range tr.Functions {
		f := &tr.Functions[i]
		f.Name = fmt.Sprintf("f%d.openfaas-fn", i)
		f.Duration = []float64{0, 2, 40}[i%3]
		for m := range f.Counts {
			f.Counts[m] *= int32(1 + (i+m)%4)
		}
	}
	long := trace.Function{Name: "long.openfaas-fn", Duration: 100, Counts: make([]int32, comparedMinutes)}
	burst := trace.Function{Name: "burst.openfaas-fn", Duration: 40, Counts: make([]int32, comparedMinutes)}
	for m := range comparedMinutes {
		long.Counts[m], burst.Counts[m] = int32(m%7/5), int32(m%50/49*30)
	}
	tr.Functions = append(tr.Functions, long, burst)
	return tr
}

// recorder keeps the decisions of the simulator: minute, function.
type recorder [][]int32

// Minute implements simulate.Sink.
func (r *recorder) Minute(_ int, warm []int32) error {
	*r = append(*r, slices.Clone(warm))
	return nil
}

// simulatedReplicas returns the replicas that the simulator decides: minute, function.
func simulatedReplicas(t *testing.T, tr *trace.Trace, model simulate.Forecaster, costs policy.Config) [][]int32 {
	t.Helper()
	workload := simulate.NewWorkload(tr, 1)
	outlook, err := simulate.NewOutlook(t.Context(), workload, model, func() {})
	if err != nil {
		t.Fatal(err)
	}
	var decisions recorder
	if err := simulate.Run(t.Context(), workload, simulate.NewPrewarm(outlook, costs, false), &decisions); err != nil {
		t.Fatal(err)
	}
	return decisions
}

// windowsAt returns the windows that the collector would publish at minute m, of the
// functions that were called before.
func windowsAt(tr *trace.Trace, m int) []event.FunctionWindow {
	var windows []event.FunctionWindow
	for _, f := range tr.Functions {
		if slices.Max(f.Counts[:m]) <= 0 {
			continue
		}
		w := event.FunctionWindow{Function: f.Name, Concurrency: 1, Window: series.Window{
			StepSeconds: 60, Start: int64(tr.Start) * 60, Counts: f.Counts[:m], BusySeconds: make([]float32, m),
		}}
		for i, c := range w.Counts {
			w.BusySeconds[i] = float32(c) * float32(f.Duration)
		}
		windows = append(windows, w)
	}
	return windows
}

// post sends one signed batch to the scaler.
func post(t *testing.T, s *scaler.Scaler, now time.Time, forecasts []event.Forecast) {
	t.Helper()
	_, body, err := event.Seal(event.NewKeys("", []byte(comparedKey)), event.TypeForecasts, now.Unix(), "1", &event.Forecasts{Model: "m1", Forecasts: forecasts})
	if err != nil {
		t.Fatal(err)
	}
	req := handler.Request{Method: http.MethodPost, Body: body}
	req.WithContext(t.Context())
	res, err := s.Handle(req)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("the scaler answered %d %s, %v", res.StatusCode, res.Body, err)
	}
}

// cluster is a gateway whose replicas are ready at once, and a bus without an operator.
// The scaler calls it from several goroutines.
type cluster struct {
	now time.Time

	mu        sync.Mutex
	functions []openfaas.Function
}

func newCluster(tr *trace.Trace) *cluster {
	c := &cluster{}
	for _, f := range tr.Functions {
		c.functions = append(c.functions, openfaas.Function{
			Name:   f.Name,
			Labels: map[string]string{openfaas.LabelZero: "true", openfaas.LabelMax: "10000"},
		})
	}
	return c
}

// function returns a function by its name. The caller holds mu.
func (c *cluster) function(name string) *openfaas.Function {
	return &c.functions[slices.IndexFunc(c.functions, func(f openfaas.Function) bool { return f.Name == name })]
}

func (c *cluster) replicas(name string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.function(name).Replicas
}

// List implements scaler.Gateway.
func (c *cluster) List(context.Context) ([]openfaas.Function, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.functions), nil
}

// Function implements scaler.Gateway.
func (c *cluster) Function(_ context.Context, name string) (openfaas.Function, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return *c.function(name), nil
}

// Scale implements scaler.Gateway.
func (c *cluster) Scale(_ context.Context, name string, replicas int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	f := c.function(name)
	f.Replicas, f.Available = replicas, replicas
	return nil
}

// Edition implements scaler.Gateway.
func (c *cluster) Edition(context.Context) (openfaas.Edition, error) {
	return openfaas.EditionUnknown, nil
}

// Publish implements scaler.Bus.
func (c *cluster) Publish(context.Context, event.Envelope, []byte) error { return nil }

// ReplayAfter implements scaler.Bus.
func (c *cluster) ReplayAfter(context.Context, string, uint64, time.Duration, func([]byte)) (uint64, error) {
	return 0, nil
}

// Paused implements scaler.Bus.
func (c *cluster) Paused(context.Context) (event.Pause, error) {
	return event.Pause{}, nil
}

func (c *cluster) Modes(context.Context) (map[string]event.Mode, error) { return nil, nil }
