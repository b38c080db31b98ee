package platform_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/openfaas/faas-provider/types"

	"prewarm/deploy/local/gateway"
	"prewarm/deploy/local/platform"
	"prewarm/shared/event"
)

// rules records a load of 3 for every function, of the type three.
const rules = `
prometheus:
  recordingRules:
    - record: job:function_current_load:sum
      expr: 3 * max by (function_name) (gateway_service_count > bool 0)
      labels:
        scaling_type: three
`

// TestTheControllersOfTheStandardEdition: functions that prewarm leaves alone, in steps of a
// second, so that the controllers look every sixth of one.
func TestTheControllersOfTheStandardEdition(t *testing.T) {
	file := filepath.Join(t.TempDir(), "values-pro.yaml")
	if err := os.WriteFile(file, []byte(rules), 0o600); err != nil {
		t.Fatal(err)
	}
	w := startWith(t, platform.Options{Edition: gateway.Standard, Step: time.Second, RecordingRules: file})

	// The idler: never called, then not called for two seconds.
	w.deployOff("quiet", "zero", "true", "zero-duration", "2s")
	w.awaitDesired("quiet", 0)
	w.call("quiet")
	w.awaitDesired("quiet", 0)

	// Raised, but not called: to zero, and without the label to the minimum.
	w.scaleTo("quiet", 2)
	w.awaitDesired("quiet", 0)
	w.deployOff("static", "min", "1", "max", "1")
	w.scaleTo("static", 3)
	w.deployOff("raised")
	for range 2 { // a whole cycle of the autoscaler lies between the two
		w.scaleTo("raised", 4)
		w.awaitDesired("raised", 1)
	}
	if _, desired := w.replicas("static"); desired != 3 {
		t.Errorf("static: %d replicas, want the 3 that were set", desired)
	}

	// A custom rule.
	w.deployOff("follower", "type", "three", "target", "1", "target-proportion", "1")
	w.awaitDesired("follower", 3)
}

func TestTheIdlerOfEdge(t *testing.T) {
	w := start(t, gateway.Edge, nil)
	w.deployOff("quiet", "zero", "true")
	w.deployOff("kept")
	w.awaitDesired("quiet", 0)
	w.call("quiet") // which starts a replica
	w.awaitDesired("quiet", 0)
	if _, desired := w.replicas("kept"); desired != 1 {
		t.Errorf("%d replicas without the label, want 1", desired)
	}
}

// TestTheLoadsOfTheAutoscaler: the store answers the queries of each type.
func TestTheLoadsOfTheAutoscaler(t *testing.T) {
	w := start(t, gateway.Standard, nil)
	w.deployOff("held", "type", "capacity", "target", "1", "target-proportion", "1")
	w.deployOff("hot", "type", "cpu", "target", "100")
	w.deployOff("quick", "type", "rps", "target", "1", "target-proportion", "0.5")
	ctx, stop := context.WithCancel(t.Context())
	var callers sync.WaitGroup
	defer callers.Wait()
	defer stop()
	for range 3 {
		callers.Go(func() { w.work(ctx, "held", "sleep") })
	}
	callers.Go(func() { w.work(ctx, "hot", "cpu") })
	w.awaitDesired("held", 3)
	until(t, "hot is scaled by its CPU time", func() bool {
		_, desired := w.replicas("hot")
		return desired > 1
	})
	// Half a call per second of the trace and replica: 30 on the clock.
	until(t, "quick is scaled by its calls", func() bool {
		for range 5 {
			w.call("quick")
		}
		_, desired := w.replicas("quick")
		return desired > 1
	})
}

// work calls a function with work of 20 s, until ctx ends.
func (w *world) work(ctx context.Context, name, kind string) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.GatewayURL()+"/function/"+name, nil)
	if err != nil {
		w.t.Error(err)
		return
	}
	req.Header.Set("X-Work-Seconds", "20")
	req.Header.Set("X-Work-Kind", kind)
	res, err := http.DefaultClient.Do(req)
	if err == nil {
		res.Body.Close()
	} else if ctx.Err() == nil {
		w.t.Error(err)
	}
}

// TestAlertManagerOfTheCommunityEdition: ten seconds are a minute of the trace, so that 30
// calls per second are the 5 of the rule.
func TestAlertManagerOfTheCommunityEdition(t *testing.T) {
	w := startWith(t, platform.Options{Edition: gateway.Community, Step: 10 * time.Second})
	w.deployOff("busy", "max", "4")
	for _, n := range []int{2, 3} { // the alert is repeated
		until(t, "an alert adds a replica", func() bool {
			for range 10 {
				w.call("busy")
			}
			_, desired := w.replicas("busy")
			return desired == n
		})
	}
	w.awaitDesired("busy", 1)
}

// deployOff deploys a workload function that prewarm leaves alone. pairs are labels below
// com.openfaas.scale.
func (w *world) deployOff(name string, pairs ...string) {
	w.t.Helper()
	image, err := w.Image("workload")
	if err != nil {
		w.t.Fatal(err)
	}
	labels := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		labels["com.openfaas.scale."+pairs[i]] = pairs[i+1]
	}
	annotations := map[string]string{"prewarm.mode": "off", "com.openfaas.health.http.path": "/_/health"}
	w.put(types.FunctionDeployment{Service: name, Image: image, Labels: &labels, Annotations: &annotations})
}

func (w *world) scaleTo(name string, n uint64) {
	w.t.Helper()
	if err := w.Client().ScaleFunction(w.t.Context(), name, gateway.Namespace, n); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) awaitDesired(name string, n int) {
	w.t.Helper()
	until(w.t, name+" is scaled", func() bool {
		_, desired := w.replicas(name)
		return desired == n
	})
}

// TestOpenFaaSAutoscalerFollowsPrewarm: the recording rules for the chart of the standard
// edition, and a function whose least number of replicas for prewarm is above the label's.
func TestOpenFaaSAutoscalerFollowsPrewarm(t *testing.T) {
	w := startWith(t, platform.Options{
		Edition: gateway.Standard, Step: time.Second, RecordingRules: "deploy/kubernetes/values/openfaas-standard.yaml",
	})
	image, err := w.Image("workload")
	if err != nil {
		t.Fatal(err)
	}
	w.put(types.FunctionDeployment{
		Service: "followed", Image: image,
		Labels: &map[string]string{
			"com.openfaas.scale.type": "prewarm", "com.openfaas.scale.target": "1", "com.openfaas.scale.target-proportion": "1",
		},
		Annotations: &map[string]string{
			"prewarm.mode": "active", "prewarm.actuator": "openfaas", "prewarm.min": "3", "com.openfaas.health.http.path": "/_/health",
		},
	})
	w.awaitDesired("followed", 3)
	if n := len(w.decided("followed", func(d event.Decision) bool { return d.Applied >= 0 })); n > 0 {
		t.Errorf("prewarm itself has applied %d decisions", n)
	}
}
