package store

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	handler "github.com/openfaas/templates-sdk/go-http"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"prewarm/deploy/local/natsserver"
	"prewarm/functions/collector"
	"prewarm/shared/bus"
	"prewarm/shared/event"
	prom "prewarm/shared/prometheus"
	"prewarm/shared/series"
	"prewarm/shared/testbed"
)

const called, idle = "called.openfaas-fn", "idle.openfaas-fn"

// TestEachIsHalfOpenOnBothStores checks that Client.Each hides the differences between
// the stores: the borders of a range, and the marks of series that have ended.
func TestEachIsHalfOpenOnBothStores(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, start starter) {
		var ended atomic.Bool
		gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, "always_total 1\nnan_total NaN\nlarge_total 9007199254740991\n")
			if !ended.Load() {
				fmt.Fprint(w, "ended_total 1\n")
			}
		}))
		t.Cleanup(gateway.Close)
		options := newOptions(t)
		options.Gateway = gateway.Listener.Addr().String()
		s := start(t, options)
		client := prom.New(prom.Config{URL: s.URL()}, nil)

		awaitSamples(t, s, "ended_total", 8)
		ended.Store(true)
		last := time.Now().Add(-time.Millisecond)
		testbed.Eventually(t, "scrapes after the end", func() bool {
			return len(raw(t, client, "always_total", last, time.Now())) > 3
		})
		all := raw(t, client, "ended_total", last.Add(-time.Minute), time.Now())
		if n := len(all); n < 8 || all[n-1].V != 1 {
			t.Errorf("an ended series has its samples and no mark: got %v", all)
		}
		for i := 1; i < len(all); i++ {
			if got := raw(t, client, "ended_total", at(all[i-1]), at(all[i])); !reflect.DeepEqual(got, all[i:i+1]) {
				t.Errorf("from a sample to the next is the next alone: got %v, want %v", got, all[i])
			}
		}
		first := at(all[0])
		if got := raw(t, client, "ended_total", first.Add(-time.Millisecond), first); !reflect.DeepEqual(got, all[:1]) {
			t.Errorf("the millisecond that ends with the first sample: got %v", got)
		}
		if got := raw(t, client, "large_total", last, time.Now()); len(got) == 0 || got[0].V != 1<<53-1 {
			t.Errorf("a large counter keeps its units: got %v", got)
		}
		for _, metric := range []string{"nan_total", "unknown_total"} {
			if got := raw(t, client, metric, last.Add(-time.Minute), time.Now()); len(got) != 0 {
				t.Errorf("%s has no sample: got %v", metric, got)
			}
		}
	})
}

func at(s prom.Sample) time.Time { return time.UnixMilli(s.T) }

// raw returns the samples of the one series of metric, nil if it has none.
func raw(t *testing.T, c *prom.Client, metric string, from, to time.Time) []prom.Sample {
	t.Helper()
	var all []prom.Sample
	err := c.Each(t.Context(), metric, nil, from, to, func(s prom.Series) error {
		all = append(all, s.Samples...)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestTheCollectorCountsEveryCallFromBothStores calls a function through a
// gateway that restarts, and reads the windows of the collector from the bus.
func TestTheCollectorCountsEveryCallFromBothStores(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, start starter) {
		gateway := newGateway(t)
		options := newOptions(t)
		options.Gateway = gateway.address
		s := start(t, options)
		flushed(t, s)
		c, messages := newCollector(t, gateway, s)
		awaitSamples(t, s, "gateway_service_count", 2)

		rng, before := rand.New(rand.NewPCG(1, 2)), 0
		for range 3 {
			for range 20 {
				gateway.call(1+rng.IntN(5), rng.IntN(2))
				time.Sleep(time.Duration(rng.IntN(60)) * time.Millisecond)
				tick(t, c)
			}
			// Calls between the last scrape and a restart are lost.
			testbed.Eventually(t, "the store has all calls", func() bool {
				_ = s.Flush(t.Context())
				got := samples(t, s, "gateway_function_invocation_started[5m]", time.Now())
				return len(got) > 0 && got[len(got)-1].value == float64(gateway.calls-before)
			})
			before = gateway.calls
			gateway.restart()
			gateway.awaitScrapes(t, 1)
		}
		var w *event.FunctionWindow
		testbed.Eventually(t, "all calls are counted", func() bool {
			tick(t, c)
			w = messages(called)
			return w != nil && sum(w.Counts) == gateway.calls && sum(w.Errors) == gateway.errors
		})
		// They stay counted. Counters that a restart has removed, which may as well be late,
		// are known to be gone after a while: then the calls in flight are known as well.
		testbed.Eventually(t, "the calls in flight are known", func() bool {
			tick(t, c)
			w = messages(called)
			return w.InFlight >= 0 && !w.Provisional()
		})
		if sum(w.Counts) != gateway.calls || sum(w.Errors) != gateway.errors || w.InFlight != 0 {
			t.Errorf("got %+v, made were %d calls and %d errors", w, gateway.calls, gateway.errors)
		}
		if w := messages(idle); w.Known() == 0 || sum(w.Counts) != 0 || w.InFlight != 0 {
			t.Errorf("a function without calls: got %+v", w)
		}
	})
}

// flushed makes a store show its samples soon after they are scraped, as the platform does,
// until the end of the test: VictoriaMetrics takes several steps otherwise.
func flushed(t *testing.T, s *Store) {
	ctx, cancel := context.WithCancel(context.Background())
	var loop sync.WaitGroup
	loop.Go(func() {
		for tick := time.NewTicker(50 * time.Millisecond); ctx.Err() == nil; <-tick.C {
			_ = s.Flush(ctx)
		}
	})
	t.Cleanup(func() {
		cancel()
		loop.Wait()
	})
}

func sum(counts []int32) (n int) {
	for _, c := range counts {
		if c != series.NoData {
			n += int(c)
		}
	}
	return n
}

// fakeGateway has the metrics of an OpenFaaS gateway and its list of functions.
type fakeGateway struct {
	address       string
	scrapes       atomic.Int64
	metrics       atomic.Pointer[gatewayMetrics]
	calls, errors int
}

type gatewayMetrics struct {
	page             http.Handler
	started, invoked *prometheus.CounterVec
	seconds          *prometheus.HistogramVec
}

func newGateway(t *testing.T) *fakeGateway {
	g := &fakeGateway{}
	g.restart()
	mux := http.NewServeMux()
	mux.HandleFunc("/metrics", func(w http.ResponseWriter, r *http.Request) {
		g.metrics.Load().page.ServeHTTP(w, r)
		g.scrapes.Add(1)
	})
	mux.HandleFunc("/system/namespaces", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `["openfaas-fn"]`) })
	mux.HandleFunc("/system/functions", func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, `[{"name":"called","replicas":1},{"name":"idle","replicas":1}]`)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	g.address = server.Listener.Addr().String()
	return g
}

// restart loses the counters, as a gateway does.
func (g *fakeGateway) restart() {
	reg := prometheus.NewRegistry()
	counter := func(name string, labels ...string) *prometheus.CounterVec {
		c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: name}, labels)
		reg.MustRegister(c)
		return c
	}
	m := &gatewayMetrics{
		page:    promhttp.HandlerFor(reg, promhttp.HandlerOpts{}),
		started: counter("gateway_function_invocation_started", "function_name"),
		invoked: counter("gateway_function_invocation_total", "function_name", "code"),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "gateway_functions_seconds"}, []string{"function_name", "code"}),
	}
	began := prometheus.NewGauge(prometheus.GaugeOpts{Name: "process_start_time_seconds"})
	began.Set(float64(time.Now().UnixMilli()) / 1000)
	deployed := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "gateway_service_count"}, []string{"function_name"})
	deployed.WithLabelValues(called).Set(1)
	deployed.WithLabelValues(idle).Set(1)
	reg.MustRegister(m.seconds, deployed, began)
	g.metrics.Store(m)
}

// call makes calls that succeed and calls that fail.
func (g *fakeGateway) call(good, bad int) {
	m := g.metrics.Load()
	for i := range good + bad {
		code := "200"
		if i >= good {
			code = "502"
		}
		m.started.WithLabelValues(called).Inc()
		m.invoked.WithLabelValues(called, code).Inc()
		m.seconds.WithLabelValues(called, code).Observe(0.25)
	}
	g.calls, g.errors = g.calls+good+bad, g.errors+bad
}

func (g *fakeGateway) awaitScrapes(t *testing.T, n int64) {
	t.Helper()
	seen := g.scrapes.Load()
	testbed.Eventually(t, "scrapes", func() bool { return g.scrapes.Load() >= seen+n+1 })
}

// newCollector returns a collector wired as in production, and a function that
// returns the newest published window of a function, nil for none.
func newCollector(t *testing.T, g *fakeGateway, s *Store) (*collector.Collector, func(string) *event.FunctionWindow) {
	t.Helper()
	server, err := natsserver.Start(natsserver.Options{Dir: t.TempDir(), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	key, secrets := "0123456789abcdef", t.TempDir()
	for name, secret := range map[string]string{"prewarm-hmac-key": key, "prewarm-gateway-password": "pw"} {
		if err := os.WriteFile(filepath.Join(secrets, name), []byte(secret), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	env := map[string]string{
		"step": "1s", "window_steps": "120", "secrets_dir": secrets, "nats_url": server.URL(),
		"gateway_url": "http://" + g.address, "prometheus_url": s.URL(),
	}
	c, err := collector.New(t.Context(), func(k string) string { return env[k] })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c, reader(t, server.URL(), event.NewKeys("", []byte(key)))
}

// reader returns a function that reads the newest window of a function from the stream.
func reader(t *testing.T, url string, keys event.Keys) func(string) *event.FunctionWindow {
	t.Helper()
	b, err := bus.Connect(bus.Config{URL: url, Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return func(function string) *event.FunctionWindow {
		stream, err := b.JetStream().Stream(t.Context(), bus.StreamWindows)
		if err != nil {
			return nil
		}
		m, err := stream.GetLastMsgForSubject(t.Context(), event.TypeWindows)
		if err != nil {
			return nil
		}
		var got event.Windows
		if _, err := event.Open(keys, event.TypeWindows, m.Data, &got); err != nil {
			t.Fatal(err)
		}
		for i := range got.Windows {
			if got.Windows[i].Function == function {
				return &got.Windows[i]
			}
		}
		return nil
	}
}

// tick posts a tick. The collector may answer 503 while a part is not reachable yet.
func tick(t *testing.T, c *collector.Collector) {
	t.Helper()
	req := handler.Request{Method: http.MethodPost}
	req.WithContext(context.Background())
	res, err := c.Handle(req)
	if err != nil || (res.StatusCode != http.StatusOK && res.StatusCode != http.StatusServiceUnavailable) {
		t.Fatalf("got %d %s, %v", res.StatusCode, res.Body, err)
	}
	if !json.Valid(res.Body) {
		t.Fatalf("no JSON: %s", res.Body)
	}
}
