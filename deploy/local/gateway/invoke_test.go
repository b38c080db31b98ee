package gateway

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"prewarm/shared/testbed"
)

func TestPathQueryHeadersAndBodyReachTheFunction(t *testing.T) {
	f := start(t, nil)
	f.deploy(hello())
	for path, want := range map[string]string{
		"/function/hello":                        "/",
		"/function/hello/":                       "/",
		"/function/hello.openfaas-fn":            "/",
		"/function/hello.openfaas-fn/a/b":        "/a/b",
		"/function/hello/a%2Fb/c?d=e%20f&g=1":    "/a%2Fb/c?d=e%20f&g=1",
		"/function/hello/function/hello?x=;y":    "/function/hello?x=;y",
		"/function/hello/%F0%9F%98%80?q=%zz&z=1": "/%F0%9F%98%80?q=%zz&z=1",
	} {
		got := f.call(http.MethodPost, path, "body of "+path)
		if got.header.Get("X-Path") != want || got.body != "body of "+path {
			t.Errorf("%s: the function saw %q and %q, want %q", path, got.header.Get("X-Path"), got.body, want)
		}
	}
}

func TestACallWithoutIDGetsOne(t *testing.T) {
	f := start(t, nil)
	f.deploy(hello())
	uuid := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

	got := f.call(http.MethodGet, "/function/hello/header?name=X-Call-Id", "")
	if id := got.header.Get("X-Call-Id"); !uuid.MatchString(id) || got.body != id {
		t.Errorf("answered %q, the function saw %q", id, got.body)
	}
	if got.header.Get("X-Start-Time") == "" || got.header.Get("X-Duration-Seconds") == "" {
		t.Errorf("headers: %v", got.header)
	}

	req := f.request(http.MethodGet, "/function/hello/header?name=X-Call-Id", "")
	req.Header.Set("X-Call-Id", "mine")
	if got := f.do(req); got.body != "mine" || got.header.Get("X-Call-Id") != "mine" {
		t.Errorf("answered %q, the function saw %q", got.header.Get("X-Call-Id"), got.body)
	}
}

func TestCallsAreCountedByCode(t *testing.T) {
	f := start(t, nil)
	f.deploy(hello())
	for range 3 {
		f.call(http.MethodGet, "/function/hello", "")
	}
	if got := f.call(http.MethodGet, "/function/hello/status?code=418", ""); got.code != http.StatusTeapot {
		t.Errorf("status: %d", got.code)
	}
	f.wantMetric(`gateway_function_invocation_total{code="200",function_name="hello.openfaas-fn"}`, 3)
	f.wantMetric(`gateway_function_invocation_total{code="418",function_name="hello.openfaas-fn"}`, 1)
	f.wantMetric(`gateway_function_invocation_started{function_name="hello.openfaas-fn"}`, 4)
	f.wantMetric(`gateway_functions_seconds_count{code="200",function_name="hello.openfaas-fn"}`, 3)
	f.wantMetric(`gateway_functions_seconds_bucket{code="200",function_name="hello.openfaas-fn",le="10"}`, 3)
	if got := f.listed("hello").InvocationCount; got != 4 {
		t.Errorf("invocation count: %g", got)
	}
	if ready, _ := f.metric(`prewarm_local_replica_ready_seconds_total{function_name="hello.openfaas-fn"}`); ready <= 0 {
		t.Errorf("ready seconds: %g", ready)
	}
	f.wantMetric(`http_requests_total{code="202",method="POST",path="/system/functions"}`, 1)
}

func TestTheStartTimeOfTheCountersIsAMetric(t *testing.T) {
	now := time.Unix(1_800_000_000, 250_000_000)
	f := start(t, func(o *Options) { o.Now = func() time.Time { return now } })
	f.wantMetric("process_start_time_seconds", 1_800_000_000.25)
	now = now.Add(time.Hour)
	f.wantMetric("process_start_time_seconds", 1_800_000_000.25)
	f = f.restart()
	f.wantMetric("process_start_time_seconds", 1_800_003_600.25)
}

func TestSlowFunctionTimesOut(t *testing.T) {
	door := newDoor(t) // it stays closed
	f := start(t, nil)
	d := hello()
	d.EnvVars = map[string]string{"exec_timeout": "50ms"}
	f.deploy(d)
	got := f.call(http.MethodGet, door.visit(), "")
	if got.code != http.StatusGatewayTimeout || !strings.Contains(got.body, "50ms") {
		t.Errorf("got %d %q", got.code, got.body)
	}
	f.wantMetric(`gateway_function_invocation_total{code="504",function_name="hello.openfaas-fn"}`, 1)
}

func TestACrashDuringACallIsABadGateway(t *testing.T) {
	f := start(t, nil)
	f.deploy(hello())
	if got := f.call(http.MethodPost, "/function/hello/exit", "x"); got.code != http.StatusBadGateway {
		t.Errorf("got %d %q", got.code, got.body)
	}
	f.wantMetric(`gateway_function_invocation_total{code="502",function_name="hello.openfaas-fn"}`, 1)

	// Once the platform has noticed the end, calls wait for the restart; their bodies
	// are kept.
	testbed.Eventually(t, "the end is in the log", func() bool {
		return strings.Contains(f.system(http.MethodGet, "/system/logs?name=hello", "").body, "replica ended")
	})
	if got := f.call(http.MethodPost, "/function/hello", "again"); got.code != http.StatusOK || got.body != "again" {
		t.Errorf("after the crash: %d %q", got.code, got.body)
	}
}

func TestAClientThatClosesItsConnectionIsCounted(t *testing.T) {
	door := newDoor(t) // it stays closed
	f := start(t, nil)
	f.deploy(hello())
	ctx, cancel := context.WithCancel(context.Background())
	left := make(chan error)
	go func() {
		res, err := http.DefaultClient.Do(f.request(http.MethodGet, door.visit(), "").WithContext(ctx))
		if err == nil {
			_ = res.Body.Close()
		}
		left <- err
	}()
	door.next()
	cancel()
	if err := <-left; err == nil {
		t.Error("the client did not leave")
	}
	f.wantMetric(`gateway_function_invocation_total{code="499",function_name="hello.openfaas-fn"}`, 1)
}

func TestACallWithoutAReplicaInTimeIsRefused(t *testing.T) {
	f := start(t, func(o *Options) { o.WaitPatience = 50 * time.Millisecond })
	d := hello()
	d.Annotations = &map[string]string{annotationStartDelay: "1h"}
	f.deploy(d)
	got := f.call(http.MethodGet, "/function/hello", "")
	if got.code != http.StatusServiceUnavailable || got.header.Get("X-Cold-Start") != "true" {
		t.Errorf("got %+v", got)
	}
	f.wantMetric(`gateway_function_invocation_total{code="503",function_name="hello.openfaas-fn"}`, 1)
	f.wantMetric(`prewarm_local_cold_starts_total{function_name="hello.openfaas-fn"}`, 1)
}

// The function sends an event, visits the door and sends another event.
func TestEventsAreStreamedAtOnce(t *testing.T) {
	door := newDoor(t)
	f := start(t, nil)
	f.deploy(hello())
	res, err := http.DefaultClient.Do(f.request(http.MethodGet, "/function/hello/stream?url="+door.address, ""))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	lines := bufio.NewReader(res.Body)
	if line, err := lines.ReadString('\n'); err != nil || line != "data: first\n" {
		t.Fatalf("got %q %v", line, err)
	}
	// The first event has arrived while the function still runs.
	if got := f.list()[0].pool.Stats().Inflight; got != 1 {
		t.Errorf("in flight: %d", got)
	}
	door.next()
	door.open()
	if rest, err := io.ReadAll(lines); err != nil || !strings.Contains(string(rest), "data: last") {
		t.Errorf("got %q %v", rest, err)
	}
}

func TestLargeBodiesAreStreamedBothWays(t *testing.T) {
	f := start(t, nil)
	f.deploy(hello())
	req := f.request(http.MethodPost, "/function/hello", "")
	sent := strings.Repeat("0123456789abcdef", 1<<18) // 4 MiB
	req.Body = io.NopCloser(strings.NewReader(sent))
	req.ContentLength = -1
	if got := f.do(req); got.body != sent {
		t.Errorf("got %d bytes, want %d", len(got.body), len(sent))
	}
}

// Four calls meet a replica that serves one at a time. Each stays in the replica until
// the test opens the door, and for a second on the clock of the test.
func TestConcurrencyLimitHoldsAcrossCalls(t *testing.T) {
	clock, door := newClock(), newDoor(t)
	f := start(t, func(o *Options) { o.Now = clock.now })
	d := hello()
	d.EnvVars = map[string]string{"max_inflight": "1"}
	f.deploy(d)
	f.awaitReady("hello", 1)
	pool := f.list()[0].pool
	const label = `{function_name="hello.openfaas-fn"}`
	const served = `{code="200",function_name="hello.openfaas-fn"}`

	var calls sync.WaitGroup
	defer calls.Wait()
	const n = 4
	for i := range n {
		path := fmt.Sprintf("%s/%d", door.visit(), i)
		calls.Go(func() {
			if got := f.call(http.MethodGet, path, ""); got.code != http.StatusOK || got.header.Get("X-Cold-Start") != "false" {
				t.Errorf("got %+v", got)
			}
		})
		testbed.Eventually(t, fmt.Sprintf("the first call has the replica, %d wait", i), func() bool {
			stats := pool.Stats()
			return stats.Inflight == 1 && stats.Waiting == i
		})
	}
	for i := range n {
		if got, want := door.next(), fmt.Sprintf("/%d", i); got != want {
			t.Errorf("call %s reaches the replica, want %s", got, want)
		}
		if stats := pool.Stats(); stats.Inflight != 1 || stats.Waiting != n-1-i {
			t.Errorf("call %d: %d in flight, %d waiting", i, stats.Inflight, stats.Waiting)
		}
		clock.advance(time.Second)
		door.open()
		f.wantMetric(`gateway_functions_seconds_count`+served, float64(i+1))
	}
	if got := door.most.Load(); got != 1 {
		t.Errorf("%d calls were in the replica at once", got)
	}
	// The waits are of 1, 2 and 3 s, and the served time is without them.
	f.wantMetric(`prewarm_local_queue_wait_seconds_count`+label, 3)
	f.wantMetric(`prewarm_local_queue_wait_seconds_sum`+label, 1+2+3)
	f.wantMetric(`gateway_functions_seconds_sum`+served, n)
}

func TestScalingInLetsCallsFinish(t *testing.T) {
	door := newDoor(t)
	f := start(t, nil)
	f.deploy(hello(labelZero, "true"))
	if err := f.client.ScaleFunction(context.Background(), "hello", Namespace, 3); err != nil {
		t.Fatal(err)
	}
	f.awaitReady("hello", 3)
	var calls sync.WaitGroup
	const n = 9
	for range n {
		calls.Go(func() {
			if got := f.call(http.MethodGet, door.visit(), ""); got.body != "visited" {
				t.Errorf("got %d %q", got.code, got.body)
			}
		})
	}
	for range n {
		door.next()
	}
	if err := f.client.ScaleFunction(context.Background(), "hello", Namespace, 0); err != nil {
		t.Fatal(err)
	}
	if got := f.status("hello"); got.AvailableReplicas != 0 || got.Replicas != 0 {
		t.Errorf("after the scale to 0: %+v", got)
	}
	for range n {
		door.open()
	}
	calls.Wait()
}

func TestDeletedFunctionFinishesItsCalls(t *testing.T) {
	door := newDoor(t)
	f := start(t, nil)
	f.deploy(hello())
	answer := make(chan response)
	go func() { answer <- f.call(http.MethodGet, door.visit(), "") }()
	door.next()
	if got := f.system(http.MethodDelete, "/system/functions", `{"functionName":"hello"}`); got.code != http.StatusAccepted {
		t.Errorf("delete: %d", got.code)
	}

	// The function is gone at once and can be deployed again, but its call finishes.
	if got := f.call(http.MethodGet, "/function/hello", ""); got.code != http.StatusNotFound {
		t.Errorf("call of the deleted function: %d", got.code)
	}
	f.deploy(hello())
	door.open()
	if got := <-answer; got.body != "visited" {
		t.Errorf("the call was cut off: %+v", got)
	}
	testbed.Eventually(t, "the old one has left", func() bool { return len(f.all()) == 1 })
	if got := f.call(http.MethodGet, "/function/hello", ""); got.code != http.StatusOK {
		t.Errorf("call of the new function: %d", got.code)
	}
}

func TestUpdateUnderLoadFailsNoCall(t *testing.T) {
	f := start(t, nil)
	d := hello()
	d.EnvVars = map[string]string{"version": "1"}
	f.deploy(d)
	f.awaitReady("hello", 1)
	done := make(chan struct{})
	var callers sync.WaitGroup
	for range 3 {
		callers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				if got := f.call(http.MethodPost, "/function/hello", "x"); got.code != http.StatusOK || got.header.Get("X-Cold-Start") != "false" {
					t.Errorf("during the update: %+v", got)
					return
				}
			}
		})
	}
	d.EnvVars["version"] = "2"
	if _, err := f.client.Update(context.Background(), d); err != nil {
		t.Error(err)
	}
	testbed.Eventually(t, "the new version answers", func() bool {
		return f.call(http.MethodGet, "/function/hello/env?name=version", "").body == "2"
	})
	close(done)
	callers.Wait()
}

func BenchmarkInvoke(b *testing.B) {
	f := start(b, nil)
	f.deploy(hello())
	f.awaitReady("hello", 1)
	client := http.Client{Transport: newTransport()}
	b.ReportAllocs()
	for b.Loop() {
		res, err := client.Post("http://"+f.Addr()+"/function/hello", "text/plain", strings.NewReader("body"))
		if err != nil {
			b.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, res.Body)
		_ = res.Body.Close()
	}
}

func TestCloseLetsCallsFinishAndLeavesNoProcess(t *testing.T) {
	door := newDoor(t)
	f := start(t, nil)
	f.deploy(hello())
	pid := f.call(http.MethodGet, "/function/hello/pid", "").body
	answer := make(chan response)
	go func() { answer <- f.call(http.MethodGet, door.visit(), "") }()
	door.next()

	closed := make(chan struct{})
	go func() { defer close(closed); closeWithin(t, f.Gateway, 20*time.Second) }()
	testbed.Eventually(t, "the gateway takes no new calls", func() bool {
		conn, err := net.Dial("tcp", f.Addr())
		if err == nil {
			_ = conn.Close()
		}
		return err != nil
	})
	door.open()
	if got := <-answer; got.body != "visited" {
		t.Errorf("the call was cut off: %+v", got)
	}
	<-closed
	if _, err := os.Stat(filepath.Join("/proc", pid)); !os.IsNotExist(err) {
		t.Errorf("process %s is left: %v", pid, err)
	}
}

func TestServeReturnsNilAfterClose(t *testing.T) {
	g, err := New(context.Background(), Options{User: testUser, Password: testPassword, StateDir: t.TempDir(), Images: images})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error)
	go func() { ended <- g.Serve() }()
	f := &fixture{Gateway: g, t: t}
	if got := f.call(http.MethodGet, "/healthz", ""); got.code != http.StatusOK {
		t.Errorf("healthz: %d", got.code)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := errors.Join(g.Close(ctx), <-ended); err != nil {
		t.Error(err)
	}
}

func TestARestartRestoresFunctionsAndSecrets(t *testing.T) {
	f := start(t, nil)
	if got := f.system(http.MethodPost, "/system/secrets", `{"name":"key","value":"kept"}`); got.code != http.StatusAccepted {
		t.Fatalf("secret: %d", got.code)
	}
	d := hello(labelMax, "5")
	d.Secrets = []string{"key"}
	f.deploy(d)
	sleeper := hello(labelZero, "true")
	sleeper.Service = "sleeper"
	f.deploy(sleeper)
	for name, n := range map[string]uint64{"hello": 2, "sleeper": 0} {
		if err := f.client.ScaleFunction(context.Background(), name, Namespace, n); err != nil {
			t.Fatal(err)
		}
	}
	created := f.status("hello").CreatedAt

	f = f.restart()
	f.awaitReady("hello", 2)
	f.awaitReady("sleeper", 0)
	if got := f.status("hello").CreatedAt; !got.Equal(created) {
		t.Errorf("created at %s, was %s", got, created)
	}
	if got := f.call(http.MethodGet, "/function/hello/secret?name=key", "").body; got != "kept" {
		t.Errorf("secret: %q", got)
	}

	// Counters start at zero, as after a restart of the OpenFaaS gateway.
	f.wantMetric(`gateway_function_invocation_total{code="200",function_name="hello.openfaas-fn"}`, 1)
}

func TestTheScaleSurvivesARestart(t *testing.T) {
	f := start(t, nil)
	f.deploy(hello(labelZero, "true", labelMin, "0"))
	f.call(http.MethodGet, "/function/hello", "")
	f = f.restart()
	f.awaitReady("hello", 1)
}

func TestAStateFileWithErrors(t *testing.T) {
	f := start(t, nil)
	f.deploy(hello())
	closeWithin(t, f.Gateway, 20*time.Second)

	opts := f.opts
	opts.Images = ImageDirectory(t.TempDir())
	logged := &testbed.Buffer{}
	opts.Logger = newTestLogger(logged)
	without := startWith(t, opts)
	if got := len(without.list()); got != 0 || !strings.Contains(logged.String(), "function not restored") {
		t.Errorf("%d functions, log: %s", got, logged)
	}

	opts.StateDir = t.TempDir()
	if err := os.WriteFile(filepath.Join(opts.StateDir, "state.json"), []byte(`{`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := New(context.Background(), opts); err == nil || !strings.Contains(err.Error(), "state.json") {
		t.Errorf("broken state: %v", err)
	}
}
