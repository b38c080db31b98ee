package cron

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"prewarm/shared/testbed"
)

func TestAFunctionIsCalledOnItsSchedule(t *testing.T) {
	g := newGateway(t)
	g.deploy("collector", "cron-function", "@every 1s")
	g.deploy("scaler", "prewarm.forecasts", "@every 1s") // of another connector
	start(t, g, nil)

	g.await("collector", 2)

	r := g.calls("collector")[0]
	if r.method != http.MethodPost || r.body != "" || r.header.Get("X-Connector") != "cron-connector" {
		t.Errorf("want an empty POST of the cron-connector, got %+v", r)
	}
	if r.header.Get("Authorization") != "" {
		t.Error("a function received the gateway's credentials")
	}
	if n := len(g.calls("scaler")); n != 0 {
		t.Errorf("a function without the topic was called %d times", n)
	}
}

// TestOnlyTheNamedFunctionsAreCalled: beside a cron-connector, no function is called twice.
func TestOnlyTheNamedFunctionsAreCalled(t *testing.T) {
	g := newGateway(t)
	g.deploy("collector", "cron-function", "@every 1s")
	g.deploy("report", "cron-function", "@every 1s")
	c := newConnector(t, g, nil)
	c.options.Functions = []string{"collector.openfaas-fn"}
	run(t, c)

	g.await("collector", 3)

	if n := len(g.calls("report")); n != 0 {
		t.Errorf("a function that is not named was called %d times", n)
	}
	if err := c.Ready(); err != nil {
		t.Error(err)
	}
	g.fail(http.StatusInternalServerError)
	testbed.Eventually(t, "not ready without a list", func() bool { return c.Ready() != nil })
}

func TestSchedulesFollowTheFunctions(t *testing.T) {
	g := newGateway(t)
	g.deploy("first", "cron-function", "@every 1s")
	c := start(t, g, nil)
	g.await("first", 1)

	// A second function appears, and the schedule of the first becomes a rare one.
	g.deploy("second", "cron-function", "@every 1s")
	g.deploy("first", "cron-function", "0 0 1 1 *")
	g.await("second", 1)
	n := len(g.calls("first"))
	g.await("second", 3)
	if more := len(g.calls("first")); more != n {
		t.Errorf("called %d times more on its old schedule", more-n)
	}

	// The second function is removed.
	g.remove("first")
	testbed.Eventually(t, "one schedule is left", func() bool { return testutil.ToFloat64(c.metrics.functions) == 1 })
}

func TestASlowFunctionIsCalledAgainMeanwhile(t *testing.T) {
	g := newGateway(t)
	g.deploy("slow", "cron-function", "@every 1s")
	release := g.block()
	defer release()
	start(t, g, nil)
	g.await("slow", 2)
}

func TestSchedulesStayWhileTheGatewayIsDown(t *testing.T) {
	g := newGateway(t)
	g.deploy("collector", "cron-function", "@every 1s")
	g.fail(http.StatusInternalServerError)
	var log testbed.Buffer
	start(t, g, &log)
	testbed.Eventually(t, "the failure is logged", func() bool { return strings.Contains(log.String(), "functions unknown") })

	g.fail(0)
	g.await("collector", 1)

	// The gateway is down again: the last known schedule stays.
	g.fail(http.StatusInternalServerError)
	n := len(g.calls("collector"))
	g.await("collector", n+2)
}

func TestAFailedCallIsCounted(t *testing.T) {
	g := newGateway(t)
	g.deploy("broken", "cron-function", "@every 1s")
	c := start(t, g, nil)
	failed := c.metrics.ticks.WithLabelValues("broken.openfaas-fn", "error")
	testbed.Eventually(t, "a failed tick is counted", func() bool { return testutil.ToFloat64(failed) >= 1 })
}

func TestARejectedScheduleIsLoggedOnceWithItsReason(t *testing.T) {
	g := newGateway(t)
	g.deploy("six", "cron-function", "0 */1 * * * *")
	g.deploy("none", "cron-function", "")
	var log testbed.Buffer
	c := start(t, g, &log)
	testbed.Eventually(t, "both are rejected", func() bool { return testutil.ToFloat64(c.metrics.rejected) == 2 })
	polls := g.polls()
	testbed.Eventually(t, "three more polls", func() bool { return g.polls() >= polls+3 })
	if n := strings.Count(log.String(), "schedule rejected"); n != 2 {
		t.Errorf("want two log lines, got %d:\n%s", n, log.String())
	}
	if !strings.Contains(log.String(), "five fields") {
		t.Errorf("no reason in the log:\n%s", log.String())
	}

	g.deploy("six", "cron-function", "@every 1s") // corrected
	g.await("six", 1)
}

func TestStopEndsACallInFlight(t *testing.T) {
	g := newGateway(t)
	g.deploy("slow", "cron-function", "@every 1s")
	release := g.block()
	defer release()
	c := newConnector(t, g, nil)
	sent := &countingTransport{RoundTripper: c.calls.Transport}
	c.calls.Transport = sent
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	g.await("slow", 1)

	cancel()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("still running")
	}
	n := sent.n.Load()
	time.Sleep(1500 * time.Millisecond) // longer than a period
	if more := sent.n.Load(); more != n {
		t.Errorf("%d calls after the end", more-n)
	}
}

// countingTransport counts the requests that are sent.
type countingTransport struct {
	http.RoundTripper
	n atomic.Int64
}

func (c *countingTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	c.n.Add(1)
	return c.RoundTripper.RoundTrip(r)
}

func TestFiveFieldsAndDescriptors(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 30, 0, time.UTC)
	for schedule, want := range map[string]time.Time{
		"*/1 * * * *":             at.Add(30 * time.Second),
		"0 13 * * *":              at.Add(59*time.Minute + 30*time.Second),
		"@hourly":                 at.Add(59*time.Minute + 30*time.Second),
		"@every 5s":               at.Add(5 * time.Second),
		"@every 10ms":             at.Add(time.Second),
		"TZ=Etc/GMT-1 0 14 * * *": at.Add(59*time.Minute + 30*time.Second),
	} {
		s, err := parse(schedule)
		if err != nil {
			t.Errorf("%s: %v", schedule, err)
			continue
		}
		if got := s.Next(at); !got.Equal(want) {
			t.Errorf("%s: want %v, got %v", schedule, want, got)
		}
	}
	for _, schedule := range []string{"", "* * * *", "* * * * * *", "61 * * * *", "@every", "@every soon", "TZ=", "TZ=UTC", "CRON_TZ=Mars * * * * *"} {
		if _, err := parse(schedule); err == nil {
			t.Errorf("%q was accepted", schedule)
		}
	}
}

func TestBadOptionsAreNamed(t *testing.T) {
	for want, options := range map[string]Options{
		"GatewayURL": {GatewayURL: "gateway:8080"},
		"Interval":   {GatewayURL: "http://gateway", Interval: -1},
	} {
		if _, err := New(options); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want an error that names %s, got %v", want, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"*/1 * * * *", "@every 5s", "TZ=UTC 0 0 1 1 *", "TZ=", "1-5/2 * * JAN MON", "@weekly"} {
		f.Add(seed)
	}
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, schedule string) {
		s, err := parse(schedule)
		if err != nil {
			return
		}
		if next := s.Next(at); !next.IsZero() && !next.After(at) {
			t.Errorf("%q: %v is not after %v", schedule, next, at)
		}
	})
}

func newConnector(t *testing.T, g *fakeGateway, log io.Writer) *Connector {
	t.Helper()
	if log == nil {
		log = t.Output()
	}
	c, err := New(Options{
		GatewayURL: g.server.URL + "/", Username: "admin", Password: "s3cret", Interval: 20 * time.Millisecond,
		Logger: slog.New(slog.NewTextHandler(log, nil)), Registerer: prometheus.NewRegistry(),
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// start runs a connector until the test ends.
func start(t *testing.T, g *fakeGateway, log io.Writer) *Connector {
	t.Helper()
	c := newConnector(t, g, log)
	run(t, c)
	return c
}

// run runs a connector until the test ends.
func run(t *testing.T, c *Connector) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// fakeGateway lists functions and receives their calls. The function "broken" answers
// 500.
type fakeGateway struct {
	t      *testing.T
	server *httptest.Server

	mu        sync.Mutex
	functions map[string]map[string]string // annotations
	received  map[string][]request
	failing   int
	listed    int
	gate      chan struct{}
}

type request struct {
	method, body string
	header       http.Header
}

func newGateway(t *testing.T) *fakeGateway {
	t.Parallel() // most of a test is waiting
	g := &fakeGateway{t: t, functions: map[string]map[string]string{}, received: map[string][]request{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /system/namespaces", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `["openfaas-fn"]`)
	})
	mux.HandleFunc("GET /system/functions", g.list)
	mux.HandleFunc("/function/{name}", g.invoke)
	g.server = httptest.NewServer(mux)
	t.Cleanup(g.server.Close)
	return g
}

func (g *fakeGateway) list(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.listed++
	if g.failing != 0 {
		w.WriteHeader(g.failing)
		return
	}
	if user, password, _ := r.BasicAuth(); user != "admin" || password != "s3cret" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	list := []map[string]any{}
	for name, annotations := range g.functions {
		list = append(list, map[string]any{"name": name, "namespace": "openfaas-fn", "annotations": annotations})
	}
	_ = json.NewEncoder(w).Encode(list)
}

func (g *fakeGateway) invoke(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	name := strings.TrimSuffix(r.PathValue("name"), ".openfaas-fn")
	g.mu.Lock()
	g.received[name] = append(g.received[name], request{method: r.Method, body: string(body), header: r.Header})
	gate := g.gate
	g.mu.Unlock()
	if gate != nil {
		select {
		case <-gate:
		case <-r.Context().Done():
		}
	}
	if name == "broken" {
		w.WriteHeader(http.StatusInternalServerError)
	}
}

func (g *fakeGateway) do(change func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	change()
}

func (g *fakeGateway) deploy(name, topic, schedule string) {
	g.do(func() { g.functions[name] = map[string]string{"topic": topic, "schedule": schedule} })
}

func (g *fakeGateway) remove(name string) { g.do(func() { delete(g.functions, name) }) }
func (g *fakeGateway) fail(status int)    { g.do(func() { g.failing = status }) }

func (g *fakeGateway) block() (release func()) {
	gate := make(chan struct{})
	g.do(func() { g.gate = gate })
	return sync.OnceFunc(func() { close(gate) })
}

func (g *fakeGateway) polls() (n int) {
	g.do(func() { n = g.listed })
	return n
}

func (g *fakeGateway) calls(name string) (calls []request) {
	g.do(func() { calls = append(calls, g.received[name]...) })
	return calls
}

func (g *fakeGateway) await(name string, n int) {
	g.t.Helper()
	testbed.Eventually(g.t, name+" is called", func() bool { return len(g.calls(name)) >= n })
}
