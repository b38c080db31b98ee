package keda

import (
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"prewarm/shared/event"
)

// expectSeries compares what a scrape of the decisions shows.
func expectSeries(t *testing.T, cache *Cache, want string) {
	t.Helper()
	reg := prometheus.NewPedanticRegistry()
	reg.MustRegister(newDecisions(cache))
	names := []string{"prewarm_wanted_replicas", "prewarm_function_actuator", "prewarm_decision_timestamp_seconds"}
	if err := testutil.GatherAndCompare(reg, strings.NewReader(want), names...); err != nil {
		t.Error(err)
	}
}

const oneDecision = `
# HELP prewarm_decision_timestamp_seconds When the replicas that the policy wants for a function were last decided.
# TYPE prewarm_decision_timestamp_seconds gauge
prewarm_decision_timestamp_seconds{function_name="hello.openfaas-fn"} 1.8e+09
# HELP prewarm_function_actuator Always 1: what sets the replicas of a function, and its mode.
# TYPE prewarm_function_actuator gauge
prewarm_function_actuator{actuator="openfaas",function_name="hello.openfaas-fn",mode="active"} 1
# HELP prewarm_wanted_replicas Replicas that the policy wants for a function.
# TYPE prewarm_wanted_replicas gauge
prewarm_wanted_replicas{function_name="hello.openfaas-fn"} 3
`

// The series are those of the scaler, so that one rule reads both.
func TestDecisionsOfEveryActuatorAreExportedUntilTheyExpire(t *testing.T) {
	c := newClock()
	cache := newCache(c)
	expectSeries(t, cache, "")
	d := c.decided(1, 3)
	d.Actuator = "openfaas"
	cache.Add([]event.Decision{d})
	expectSeries(t, cache, oneDecision)
	c.pass(5 * time.Minute)
	expectSeries(t, cache, oneDecision)
	c.pass(time.Second)
	expectSeries(t, cache, "")
}

func TestADeletedFunctionIsNotExported(t *testing.T) {
	c := newClock()
	cache := newCache(c)
	cache.Add([]event.Decision{c.decided(1, 3)})
	cache.Observe(nil)
	expectSeries(t, cache, "")
}
