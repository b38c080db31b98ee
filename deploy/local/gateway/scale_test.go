package gateway

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"prewarm/shared/testbed"
)

func newTestLogger(to *testbed.Buffer) *slog.Logger { return slog.New(slog.NewJSONHandler(to, nil)) }

// TestLabelsBindControllersNotTheAPI deploys a function that is never idled, by its labels,
// and has the API set what its labels leave out.
func TestLabelsBindControllersNotTheAPI(t *testing.T) {
	f := start(t, nil)
	d := hello(labelMin, "2", labelMax, "4")
	d.Annotations = &map[string]string{annotationStartDelay: "1h"} // desired counts are enough
	f.deploy(d)
	if got := f.status("hello").Replicas; got != 2 {
		t.Errorf("deployed with %d replicas, want the minimum", got)
	}
	f.wantScaled(map[uint64]uint64{0: 0, 1: 1, 3: 3, 9: 9, 1 << 40: standardReplicas})
}

func TestEdgeHasOneReplicaOrNone(t *testing.T) {
	f := start(t, func(o *Options) { o.Edition = Edge })
	f.deploy(hello(labelMin, "2", labelMax, "4"))
	if got := f.status("hello").Replicas; got != 1 {
		t.Errorf("deployed with %d replicas, want 1", got)
	}
	f.wantScaled(map[uint64]uint64{0: 0, 1: 1, 9: 1})

	// A call that finds the function at zero brings up one replica, whatever the label says.
	f.scaleTo("hello", 0)
	if got := f.call(http.MethodGet, "/function/hello", ""); got.code != http.StatusOK {
		t.Fatalf("call: %+v", got)
	}
	if got := f.status("hello").Replicas; got != 1 {
		t.Errorf("after a call: %d replicas, want 1", got)
	}
}

// scaleTo asks for n replicas.
func (f *fixture) scaleTo(name string, n uint64) {
	f.t.Helper()
	if err := f.client.ScaleFunction(context.Background(), name, Namespace, n); err != nil {
		f.t.Fatal(err)
	}
}

// wantScaled asks for each key as the replicas of hello and wants its value.
func (f *fixture) wantScaled(cases map[uint64]uint64) {
	f.t.Helper()
	for asked, want := range cases {
		f.scaleTo("hello", asked)
		if got := f.status("hello").Replicas; got != want {
			f.t.Errorf("asked for %d: got %d, want %d", asked, got, want)
		}
	}
}

func TestUpdateKeepsTheScaleWithinNewLabels(t *testing.T) {
	f := start(t, nil)
	f.deploy(hello(labelMax, "4"))
	if err := f.client.ScaleFunction(context.Background(), "hello", Namespace, 4); err != nil {
		t.Fatal(err)
	}
	if _, err := f.client.Update(context.Background(), hello(labelMax, "3")); err != nil {
		t.Fatal(err)
	}
	f.awaitReady("hello", 3)
}

func TestCommunityClampsWithoutAnError(t *testing.T) {
	f := start(t, func(o *Options) { o.Edition = Community })
	f.deploy(hello())
	f.wantScaled(map[uint64]uint64{9: 5, 0: 1, 3: 3})
}

func TestCommunityRefusesFeaturesOfStandard(t *testing.T) {
	f := start(t, func(o *Options) { o.Edition = Community })
	for label, value := range map[string]string{
		labelZero: "true", labelZeroDuration: "5m", labelTarget: "10", labelType: "rps", labelMin: "6", labelMax: "20",
	} {
		d := hello(label, value)
		code, err := f.client.Deploy(context.Background(), d)
		if code != http.StatusBadRequest || err == nil || !strings.Contains(err.Error(), label) {
			t.Errorf("label %s=%s: %d %v", label, value, code, err)
		}
	}
	d := hello()
	d.Annotations = &map[string]string{annotationTopic: "a,b"}
	if code, _ := f.client.Deploy(context.Background(), d); code != http.StatusBadRequest {
		t.Errorf("two topics: %d", code)
	}

	for i := range communityFunctions {
		d := hello(labelZero, "false")
		d.Service = fmt.Sprintf("hello-%d", i)
		f.deploy(d)
	}
	if code, err := f.client.Deploy(context.Background(), hello()); code != http.StatusBadRequest || !strings.Contains(err.Error(), "15") {
		t.Errorf("16th function: %d %v", code, err)
	}
}

func TestACallScalesUpFromZero(t *testing.T) {
	logged, clock := &testbed.Buffer{}, newClock()
	f := start(t, func(o *Options) { o.Logger, o.Now = newTestLogger(logged), clock.now })
	d := hello()
	healthy := filepath.Join(t.TempDir(), "healthy")
	d.EnvVars = map[string]string{"healthy_file": healthy}
	f.deploy(d)
	create(t, healthy)
	f.awaitReady("hello", 1)

	f.scaleTo("hello", 0)
	f.awaitReady("hello", 0)

	// The call waits until a replica is ready, for seven seconds, and the headers show it.
	if err := os.Remove(healthy); err != nil {
		t.Fatal(err)
	}
	answer := make(chan response)
	go func() { answer <- f.call(http.MethodPost, "/function/hello", "body") }()
	testbed.Eventually(t, "the call waits", func() bool { return f.list()[0].pool.Stats().Waiting == 1 })
	clock.advance(7 * time.Second)
	create(t, healthy)
	got := <-answer
	if got.code != http.StatusOK || got.body != "body" || got.header.Get("X-Cold-Start") != "true" ||
		got.header.Get("X-Cold-Start-Wait-Seconds") != "7.000000" {
		t.Fatalf("cold call: %+v", got)
	}
	f.wantMetric(`prewarm_local_cold_starts_total{function_name="hello.openfaas-fn"}`, 1)
	f.wantMetric(`prewarm_local_cold_start_wait_seconds_count{function_name="hello.openfaas-fn"}`, 1)
	f.wantMetric(`prewarm_local_cold_start_wait_seconds_sum{function_name="hello.openfaas-fn"}`, 7)
	// The served time is without the wait for the scale from zero.
	f.wantMetric(`gateway_functions_seconds_count{code="200",function_name="hello.openfaas-fn"}`, 1)
	f.wantMetric(`gateway_functions_seconds_sum{code="200",function_name="hello.openfaas-fn"}`, 0)
	if n := strings.Count(logged.String(), `"msg":"cold start"`); n != 1 {
		t.Errorf("want one log line for the cold start, got %d", n)
	}

	if got := f.call(http.MethodGet, "/function/hello", ""); got.header.Get("X-Cold-Start") != "false" ||
		got.header.Get("X-Cold-Start-Wait-Seconds") != "0.000000" {
		t.Errorf("warm call: %v", got.header)
	}
	f.wantMetric(`prewarm_local_cold_starts_total{function_name="hello.openfaas-fn"}`, 1)
}

// create makes an empty file.
func create(t *testing.T, path string) {
	t.Helper()
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestAMinimumOfZeroNeedsTheLabelOfScaleToZero(t *testing.T) {
	f := start(t, nil)
	if code, err := f.client.Deploy(context.Background(), hello(labelMin, "0")); code != http.StatusBadRequest || !strings.Contains(err.Error(), labelZero) {
		t.Errorf("minimum 0 alone: %d %v", code, err)
	}
	if code, err := f.client.Deploy(context.Background(), hello(labelZeroDuration, "0s")); code != http.StatusBadRequest || !strings.Contains(err.Error(), labelZeroDuration) {
		t.Errorf("zero-duration 0s: %d %v", code, err)
	}
	f.deploy(hello(labelZero, "true", labelMin, "0"))
	if got := f.status("hello").Replicas; got != 0 {
		t.Errorf("minimum 0: deployed with %d replicas", got)
	}
}

func TestServiceCountIsOfDesiredReplicas(t *testing.T) {
	f := start(t, nil)
	d := hello()
	d.Annotations = &map[string]string{annotationStartDelay: "1h"}
	f.deploy(d)
	if err := f.client.ScaleFunction(context.Background(), "hello", Namespace, 3); err != nil {
		t.Fatal(err)
	}
	testbed.Eventually(t, "the poll sees 3", func() bool {
		n, _ := f.metric(`gateway_service_count{function_name="hello.openfaas-fn"}`)
		return n == 3
	})
	f.wantMetric(`prewarm_local_replicas_ready{function_name="hello.openfaas-fn"}`, 0)
	if err := f.client.DeleteFunction(context.Background(), "hello", Namespace); err != nil {
		t.Fatal(err)
	}
	testbed.Eventually(t, "the deleted function is no longer counted", func() bool {
		_, found := f.metric(`gateway_service_count{function_name="hello.openfaas-fn"}`)
		return !found
	})
}

// TestTheStandardEditionShowsLoads: the autoscaler and the recording rules of the chart read
// them. Other editions do not have them.
func TestTheStandardEditionShowsLoads(t *testing.T) {
	for _, edition := range Editions() {
		f := start(t, func(o *Options) { o.Edition = edition })
		d := hello()
		if edition == Standard {
			d = hello(labelType, "latency", labelTarget, "0.06")
		}
		f.deploy(d)
		_, inflight := f.metric(`gateway_function_invocation_inflight{function_name="hello.openfaas-fn"}`)
		target, _ := f.metric(`gateway_service_target_load{function_name="hello.openfaas-fn",scaling_type="latency"}`)
		if inflight != (edition == Standard) || (target == 0.06) != (edition == Standard) {
			t.Errorf("%s: in flight %t, target %g", edition, inflight, target)
		}
	}
}

func FuzzDecodeScale(f *testing.F) {
	f.Add([]byte(`{"serviceName":"hello","replicas":3}`))
	f.Add([]byte(`{"replicas":18446744073709551615}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		n, err := decodeScale(body, "hello")
		if err != nil {
			return
		}
		for edition, most := range map[Edition]int{Standard: standardReplicas, Community: communityReplicas, Edge: 1} {
			if got := edition.clamp(n); got < 0 || got > most || uint64(got) > max(n, 1) {
				t.Errorf("%s: %d replicas became %d", edition, n, got)
			}
		}
	})
}

// clock is a clock that only the test advances.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}
