package idler

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"prewarm/deploy/local/controller"
)

var allowed = controller.Scaling{Zero: true, ZeroDuration: 15 * time.Minute}

// The rule of github.com/openfaas/faas-idler, main.go: label, rate of calls, replicas.
func TestTheRuleOfFaasIdler(t *testing.T) {
	for _, c := range []struct {
		why     string
		f       controller.Function
		scaling controller.Scaling
		calls   Calls
		want    int
	}{
		{"no call within the idle time", controller.Function{Replicas: 3, Ready: 3, Calls: 7}, allowed, Calls{0, true}, 0},
		{"one call within it", controller.Function{Replicas: 3, Ready: 3, Calls: 7}, allowed, Calls{1, true}, 3},
		{"the label is not set", controller.Function{Replicas: 3, Ready: 3, Calls: 7}, controller.Scaling{}, Calls{0, true}, 3},
		{"no replica is ready", controller.Function{Replicas: 1, Calls: 7}, allowed, Calls{0, true}, 1},
		{"raised by somebody and never called", controller.Function{Replicas: 2, Ready: 2}, allowed, Calls{}, 0},
		{"the store has lost its samples", controller.Function{Replicas: 1, Ready: 1, Calls: 7}, allowed, Calls{}, 1},
	} {
		if got := Decide(c.f, c.scaling, c.calls); got != c.want {
			t.Errorf("%s: %d replicas, want %d", c.why, got, c.want)
		}
	}
}

// docs.openfaas.com, "Scale to Zero": com.openfaas.scale.zero-duration, for example 15m.
// docs.openfaas.com, "Scale to Zero for OpenFaaS Edge": inactivity_duration=10m,
// reconcile_interval=5m, for all functions.
func TestTheIdleTimeOfTheEditions(t *testing.T) {
	if got := Standard().IdleTime(allowed); got != 15*time.Minute {
		t.Errorf("standard: %v", got)
	}
	if got := Edge().IdleTime(allowed); got != 10*time.Minute {
		t.Errorf("edge: %v", got)
	}
	if got := Edge().Every; got != 5*time.Minute {
		t.Errorf("edge looks every %v", got)
	}
}

// cluster is a gateway and a store.
type cluster struct {
	functions []controller.Function
	began     map[string]map[string]float64 // by range in the query and function
	scaled    map[string]int
	queries   []string
	broken    error
}

func (c *cluster) List(context.Context) ([]controller.Function, error) { return c.functions, nil }

func (c *cluster) Scale(_ context.Context, f controller.Function, n int) error {
	c.scaled[f.Name] = n
	return nil
}

func (c *cluster) ByFunction(_ context.Context, query string) (map[string]float64, error) {
	c.queries = append(c.queries, query)
	for span, values := range c.began {
		if strings.Contains(query, "gateway_function_invocation_started["+span+"]") {
			return values, nil
		}
	}
	return nil, c.broken
}

func function(name string, labels ...string) controller.Function {
	f := controller.Function{Name: name, Replicas: 1, Ready: 1, Calls: 1, Labels: map[string]string{}}
	for i := 0; i < len(labels); i += 2 {
		f.Labels[labels[i]] = labels[i+1]
	}
	return f
}

const (
	zero     = "com.openfaas.scale.zero"
	duration = "com.openfaas.scale.zero-duration"
)

// TestEachFunctionHasItsOwnIdleTime: a minute of the trace passes in a second. The default of
// 15 min takes 15 s then; a label is a time on the clock.
func TestEachFunctionHasItsOwnIdleTime(t *testing.T) {
	c := &cluster{
		functions: []controller.Function{
			function("late.fn", zero, "true"), function("busy.fn", zero, "true"),
			function("soon.fn", zero, "true", duration, "2s"), function("never.fn"),
		},
		began: map[string]map[string]float64{
			"15000ms": {"late.fn": 0, "busy.fn": 1, "soon.fn": 4},
			"2000ms":  {"late.fn": 0, "busy.fn": 0, "soon.fn": 0},
		},
		scaled: map[string]int{},
	}
	i := &Idler{Rule: Standard(), Gateway: c, Store: c, Clock: controller.Clock{Speed: 60}}
	if err := i.Sync(t.Context(), time.Time{}); err != nil {
		t.Fatal(err)
	}
	if len(c.scaled) != 2 || c.scaled["late.fn"] != 0 || c.scaled["soon.fn"] != 0 {
		t.Errorf("scaled %v", c.scaled)
	}
	if len(c.queries) != 2 {
		t.Errorf("%d queries, want one for each idle time: %q", len(c.queries), c.queries)
	}
}

func TestNothingGoesToZeroWithoutTheStore(t *testing.T) {
	c := &cluster{
		functions: []controller.Function{function("hello.fn", zero, "true"), function("odd.fn", zero, "perhaps")},
		scaled:    map[string]int{}, broken: errors.New("no answer"),
	}
	i := &Idler{Rule: Edge(), Gateway: c, Store: c, Clock: controller.Clock{Speed: 1}}
	err := i.Sync(t.Context(), time.Time{})
	if err == nil || !strings.Contains(err.Error(), "hello.fn: no answer") || !strings.Contains(err.Error(), "odd.fn: "+zero+" must be true or false") {
		t.Errorf("got %v", err)
	}
	if len(c.scaled) > 0 {
		t.Errorf("scaled %v", c.scaled)
	}
}
