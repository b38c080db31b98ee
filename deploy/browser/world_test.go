package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"prewarm/deploy/local/natsserver"
	"prewarm/functions/dashboard"
	"prewarm/shared/bus"
	"prewarm/shared/config"
	"prewarm/shared/event"
	"prewarm/shared/series"
	"prewarm/shared/testbed"
)

const (
	secretKey = "0123456789abcdef0123456789abcdef"
	token     = "the-token-of-the-operator"
	user      = "admin"
	password  = "the-password-of-the-gateway"
	path      = "/function/dashboard"
)

// world is a dashboard at the path of a gateway, with a real NATS server that the
// test publishes to.
type world struct {
	t       testing.TB
	bus     *bus.Bus
	env     map[string]string
	names   []string
	origin  int64 // of the last step; the first is in the past, since the dashboard refuses steps of the future
	gateway *fakeGateway

	hold    atomic.Bool // the proxy holds answers back until they end
	address string      // of the server, the same over restarts
	server  *http.Server
	stop    context.CancelFunc
	closed  func() error
}

func newWorld(t testing.TB, functions int) *world {
	t.Helper()
	slog.SetDefault(slog.New(slog.DiscardHandler))
	nats, err := natsserver.Start(natsserver.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nats.Stop)
	secrets := t.TempDir()
	for name, value := range map[string]string{"prewarm-hmac-key": secretKey, "prewarm-dashboard-token": token} {
		if err := os.WriteFile(filepath.Join(secrets, name), []byte(value), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	w := &world{t: t, gateway: newFakeGateway(t), origin: time.Now().Unix()/60*60 - 120}
	w.env = map[string]string{"nats_url": nats.URL(), "secrets_dir": secrets, "gateway_url": w.gateway.URL}
	cfg := bus.ReadConfig(config.NewReader(w.getenv))
	cfg.Keys = event.NewKeys("", []byte(secretKey))
	w.bus, err = bus.Connect(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.bus.Close() })
	for i := range functions {
		w.names = append(w.names, fmt.Sprintf("shop-%d.%s", i, []string{"openfaas-fn", "staging"}[i%2]))
	}
	w.tick()
	w.open()
	t.Cleanup(func() { w.close() })
	testbed.Eventually(t, "the dashboard has read the first step", func() bool {
		return w.knows(w.names[len(w.names)-1])
	})
	return w
}

// knows reports whether the dashboard has all messages about a function.
func (w *world) knows(name string) bool {
	res, err := http.Get(w.url("?api=function&function=" + name))
	if err != nil {
		return false
	}
	defer res.Body.Close()
	var got struct{ Window, Forecast, Decision any }
	return json.NewDecoder(res.Body).Decode(&got) == nil && got.Window != nil && got.Forecast != nil && got.Decision != nil
}

func (w *world) getenv(key string) string { return w.env[key] }

// open starts a new dashboard at the address of the last one.
func (w *world) open() {
	ctx, cancel := context.WithCancel(context.Background())
	d, err := dashboard.New(ctx, w.getenv)
	if err != nil {
		w.t.Fatal(err)
	}
	w.stop, w.closed = cancel, d.Close
	w.serve(d)
}

// serve serves a handler below the path of the function, as the gateway does.
func (w *world) serve(d http.Handler) {
	w.t.Helper()
	if w.address == "" {
		w.address = "127.0.0.1:0"
	}
	listener, err := net.Listen("tcp", w.address)
	if err != nil {
		w.t.Fatal(err)
	}
	w.address = listener.Addr().String()
	w.server = &http.Server{Handler: http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rest, found := strings.CutPrefix(r.URL.Path, path)
		if !found {
			http.NotFound(rw, r)
			return
		}
		r.URL.Path = "/" + strings.TrimPrefix(rest, "/")
		if w.hold.Load() {
			held := &heldAnswer{ResponseWriter: rw}
			defer held.release()
			rw = held
		}
		d.ServeHTTP(rw, r)
	})}
	go func() { _ = w.server.Serve(listener) }()
}

// heldAnswer is an answer behind a proxy that flushes nothing.
type heldAnswer struct {
	http.ResponseWriter
	body bytes.Buffer
}

func (h *heldAnswer) Write(p []byte) (int, error) { return h.body.Write(p) }

// Flush implements http.Flusher.
func (h *heldAnswer) Flush() {}

func (h *heldAnswer) release() { _, _ = h.ResponseWriter.Write(h.body.Bytes()) }

// lose closes all connections and the listener.
func (w *world) lose() { _ = w.server.Close() }

func (w *world) close() {
	w.lose()
	w.stop()
	_ = w.closed()
}

func (w *world) url(query string) string { return "http://" + w.address + path + query }

// tick publishes one step of the chain.
func (w *world) tick() {
	w.origin += 60
	const batch = 100
	for begin := 0; begin < len(w.names); begin += batch {
		var windows event.Windows
		forecasts := event.Forecasts{Model: "lstm-1"}
		var decisions event.Decisions
		for i, name := range w.names[begin:min(begin+batch, len(w.names))] {
			windows.Windows = append(windows.Windows, w.window(name, begin+i))
			forecasts.Forecasts = append(forecasts.Forecasts, w.forecast(name, begin+i))
			decisions.Decisions = append(decisions.Decisions, w.decision(name, begin+i))
		}
		id := fmt.Sprint(begin)
		w.publish(event.TypeWindows, id, &windows)
		w.publish(event.TypeForecasts, id, &forecasts)
		w.publish(event.TypeDecisions, id, &decisions)
	}
}

func (w *world) publish(typ, id string, payload event.Payload) {
	w.t.Helper()
	env, body, err := event.Seal(event.NewKeys("", []byte(secretKey)), typ, w.origin, id, payload)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.bus.Publish(context.Background(), env, body); err != nil {
		w.t.Fatal(err)
	}
}

// calls returns the calls of function i in a step: a burst in each of its periods.
func calls(step int64, i int) int32 {
	if period := int64(7 + i%9); step/60%period == 0 {
		return int32(1 + i%4)
	}
	return 0
}

func (w *world) window(name string, i int) event.FunctionWindow {
	out := event.FunctionWindow{Function: name, InFlight: 0, Concurrency: 1}
	out.Window = series.Window{StepSeconds: 60, Start: w.origin - 180*60}
	for step := out.Start; step < w.origin; step += 60 {
		out.Counts = append(out.Counts, calls(step, i))
	}
	return out
}

func (w *world) forecast(name string, i int) event.Forecast {
	f := event.Forecast{Function: name, Origin: w.origin, StepSeconds: 60, ExpectedCold: float64(i%10) / 4, Evidence: 18}
	f.Recent = w.window(name, i).Counts
	for h := range int64(event.Horizons) {
		sure := float64(calls(w.origin+h*60, i)) * math.Exp(-float64(h)/90)
		f.PActive = append(f.PActive, event.Prob(min(0.95, 0.02+sure)))
		f.NeedQ50 = append(f.NeedQ50, int32(sure))
		f.NeedQ90 = append(f.NeedQ90, int32(math.Ceil(sure)))
		f.NeedQ95 = append(f.NeedQ95, int32(math.Ceil(sure)))
		f.NeedQ99 = append(f.NeedQ99, int32(math.Ceil(sure))+1)
	}
	return f
}

func (w *world) decision(name string, i int) event.Decision {
	return event.Decision{
		Function: name, Step: w.origin, Time: time.Unix(w.origin+1, 0).UTC(), Mode: []string{"active", "observe"}[i%2], Direction: "up",
		Current: 0, Wanted: 1, Applied: 1, Observed: 1, Model: "lstm-1", Reason: "chance of a call within 2 steps is 84.0 %, cost ratio 5.0 %: 1 warm",
		Inputs: event.Inputs{CostRatio: 0.05, LookaheadSteps: 2, ReadinessSeconds: 4.2, PActive: 0.84, RecentNeed: calls(w.origin-60, i), Max: 5},
	}
}

// paused reads the pause switch from NATS.
func (w *world) paused() bool {
	w.t.Helper()
	pause, err := w.bus.Paused(context.Background())
	if err != nil {
		w.t.Fatal(err)
	}
	return pause.Paused
}

// modes reads the modes that the operator has set from NATS.
func (w *world) modes() map[string]event.Mode {
	w.t.Helper()
	modes, err := w.bus.Modes(context.Background())
	if err != nil {
		w.t.Fatal(err)
	}
	return modes
}

// fakeGateway is a gateway with basic authentication.
type fakeGateway struct {
	*httptest.Server
	changed atomic.Int64 // requests that were not a GET
}

func newFakeGateway(t testing.TB) *fakeGateway {
	g := &fakeGateway{}
	g.Server = httptest.NewServer(http.HandlerFunc(g.handle))
	t.Cleanup(g.Close)
	return g
}

func (g *fakeGateway) handle(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet {
		g.changed.Add(1)
	}
	if u, p, _ := r.BasicAuth(); u != user || p != password {
		http.Error(w, "sign in", http.StatusUnauthorized)
		return
	}
	_, _ = w.Write([]byte("[]"))
}

func (g *fakeGateway) changes() int64 { return g.changed.Load() }
