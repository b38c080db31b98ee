package autoscaler

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"prewarm/deploy/local/controller"
)

// standard are the defaults of the labels.
func standard() controller.Scaling {
	s, err := controller.ReadScaling(nil, 1)
	if err != nil {
		panic(err)
	}
	return s
}

// Section "Scaling modes", Static: min = max. Section "Scaling to Zero": not by the load.
func TestStaticFunctionsAndThoseAtZeroAreLeftAlone(t *testing.T) {
	var s Scaler
	static := standard()
	static.Min, static.Max = 2, 2
	if got := s.Decide(time.Time{}, controller.Function{Name: "a", Replicas: 7}, static, 500); got != 7 {
		t.Errorf("static: %d replicas", got)
	}
	if got := s.Decide(time.Time{}, controller.Function{Name: "a", Replicas: 0}, standard(), 500); got != 0 {
		t.Errorf("at zero: %d replicas", got)
	}
}

func TestReplicasThatNobodyUsesGoToTheMinimum(t *testing.T) {
	var s Scaler
	for raised, want := range map[int]int{1: 1, 3: 1, 30: 1} {
		if got := s.Decide(time.Time{}, controller.Function{Name: "a", Replicas: raised}, standard(), 0); got != want {
			t.Errorf("from %d: %d replicas, want %d", raised, got, want)
		}
	}
	floor := standard()
	floor.Min = 4
	if got := s.Decide(time.Time{}, controller.Function{Name: "a", Replicas: 1}, floor, 0); got != 4 {
		t.Errorf("below the minimum: %d replicas, want 4", got)
	}
}

// Section "Smoothing out scaling down with a stable window": 10 replicas, recommendations 8,
// 8, 7, 6, 5, 4, 5, 5, and a load for 2.
func TestTheStableWindowOfTheDocumentation(t *testing.T) {
	var s Scaler
	scaling := standard()
	scaling.Target, scaling.Proportion, scaling.DownWindow = 1, 1, 5*time.Minute
	f := controller.Function{Name: "cows", Replicas: 10}
	now := time.Unix(0, 0)
	for _, load := range []float64{8, 8, 7, 6, 5, 4, 5, 5} {
		s.Decide(now, f, scaling, load)
		now = now.Add(Every)
	}
	if got := s.Decide(now, f, scaling, 2); got != 8 {
		t.Errorf("scaled to %d, want 8", got)
	}
	// Scaling up is not affected: what was recommended before adds nothing.
	f.Replicas = 3
	if got := s.Decide(now, f, scaling, 4); got != 4 {
		t.Errorf("up from 3 with a load for 4: %d", got)
	}
	if got := s.Decide(now, f, scaling, 2); got != 3 {
		t.Errorf("down from 3 with a higher recommendation in the window: %d", got)
	}
	// The eights were 80 s and 70 s before: they leave the window one after the other.
	f.Replicas = 10
	if got := s.Decide(time.Unix(0, 0).Add(5*time.Minute+11*time.Second), f, scaling, 2); got != 7 {
		t.Errorf("after the eights: %d, want 7", got)
	}
	if got := s.Decide(now.Add(time.Hour), f, scaling, 2); got != 2 {
		t.Errorf("after the window: %d, want 2", got)
	}
}

// cluster is a gateway and a store.
type cluster struct {
	functions []controller.Function
	loads     map[string]map[string]float64 // by part of the query
	scaled    map[string]int
}

func (c *cluster) List(context.Context) ([]controller.Function, error) { return c.functions, nil }

func (c *cluster) Scale(_ context.Context, f controller.Function, n int) error {
	c.scaled[f.Name] = n
	return nil
}

func (c *cluster) ByFunction(_ context.Context, query string) (map[string]float64, error) {
	for part, values := range c.loads {
		if strings.Contains(query, part) {
			return values, nil
		}
	}
	return nil, errors.New("no answer to " + query)
}

func TestEachTypeHasItsLoad(t *testing.T) {
	typed := func(name, kind, target string) controller.Function {
		return controller.Function{Name: name, Replicas: 1, Ready: 1, Labels: map[string]string{
			"com.openfaas.scale.type": kind, "com.openfaas.scale.target": target, "com.openfaas.scale.target-proportion": "1"}}
	}
	c := &cluster{
		functions: []controller.Function{
			typed("rps.fn", "rps", "50"), typed("capacity.fn", "capacity", "5"), typed("cpu.fn", "cpu", "100"),
			typed("custom.fn", "prewarm", "1"), typed("silent.fn", "broken", "1"),
		},
		loads: map[string]map[string]float64{
			"gateway_function_invocation_total[500ms])) / 60":              {"rps.fn": 120},
			"gateway_function_invocation_inflight[750ms]":                  {"capacity.fn": 8},
			"pod_cpu_usage_seconds_total[1000ms]":                          {"cpu.fn": 301},
			`job:function_current_load:sum{scaling_type="prewarm"}[666ms]`: {"custom.fn": 5},
		},
		scaled: map[string]int{},
	}
	a := &Autoscaler{Gateway: c, Store: c, Clock: controller.Clock{Speed: 60}}
	err := a.Sync(t.Context(), time.Unix(0, 0))
	if err == nil || !strings.Contains(err.Error(), "silent.fn: no answer") {
		t.Errorf("got %v", err)
	}
	for name, want := range map[string]int{"rps.fn": 3, "capacity.fn": 2, "cpu.fn": 4, "custom.fn": 5} {
		if c.scaled[name] != want {
			t.Errorf("%s: %d replicas, want %d", name, c.scaled[name], want)
		}
	}
	if _, scaled := c.scaled["silent.fn"]; scaled {
		t.Error("scaled without an answer of the store")
	}
}
