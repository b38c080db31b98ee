package platform_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/openfaas/faas-provider/types"

	"prewarm/deploy/local/gateway"
	"prewarm/shared/event"
	"prewarm/shared/series"
)

func deployment(name, image, mode string) types.FunctionDeployment {
	annotations := map[string]string{"prewarm.mode": mode, "com.openfaas.health.http.path": "/_/health"}
	return types.FunctionDeployment{Service: name, Image: image, Annotations: &annotations}
}

// TestFaults breaks the parts of a running platform one after the other. Forecasts are
// accepted for a minute here, so that delayed ones can be applied.
func TestFaults(t *testing.T) {
	w := start(t, gateway.Standard, map[string]string{"max_age_steps": "60"})
	w.deploy("hello", "active", time.Hour)
	w.awaitDecisions(1)
	for _, fault := range []struct {
		name  string
		story func(*world, *testing.T)
	}{
		{"a forged forecast scales nothing", (*world).forged},
		{"a replayed forecast scales nothing", (*world).replayed},
		{"broken bodies are refused by name", (*world).broken},
		{"the store is down", (*world).storeDown},
		{"the gateway restarts", (*world).gatewayRestarts},
		{"NATS restarts in mid-chain", (*world).natsRestarts},
		{"the scaler fails for a while", (*world).scalerFails},
	} {
		if !t.Run(fault.name, func(t *testing.T) { fault.story(w, t) }) {
			return // the next story would begin from a broken platform
		}
	}
}

// awaitDecisions waits for n more decisions for hello and returns the last.
func (w *world) awaitDecisions(n int) event.Decision {
	w.t.Helper()
	all := func(event.Decision) bool { return true }
	want := len(w.decided("hello", all)) + n
	until(w.t, fmt.Sprintf("%d more decisions", n), func() bool { return len(w.decided("hello", all)) >= want })
	got := w.decided("hello", all)
	return got[len(got)-1]
}

// appliedOnce checks that no function was decided twice for a step.
func (w *world) appliedOnce(t *testing.T) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	times := map[string]int{}
	for _, d := range w.decisions {
		key := at(d.Function, d.Step)
		if times[key]++; times[key] == 2 {
			t.Errorf("%s was decided twice", key)
		}
	}
}

// nothingLost checks that there is a forecast for every window in the stream, and for
// every forecast a decision or a newer forecast of its function.
func (w *world) nothingLost(t *testing.T) {
	t.Helper()
	w.mu.Lock()
	collected := maps.Clone(w.collected)
	w.mu.Unlock()
	until(t, "every window is forecast", func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		for key := range collected {
			if !w.forecasts[key] {
				return false
			}
		}
		return true
	})
	last := w.lastForecast()
	until(t, "the last forecast is decided or overtaken", func() bool {
		return len(w.decided("hello", func(d event.Decision) bool { return d.Step >= last })) > 0
	})
}

// forecast returns a signed forecast of nine replicas in every step, with probability 1.
func (w *world) forecast(t *testing.T, keys event.Keys, step int64) string {
	t.Helper()
	f := event.Forecast{Function: label("hello"), Origin: step, StepSeconds: 1, Observation: event.Observation{Recent: []int32{9}}, Evidence: 9}
	for range event.Horizons {
		f.PActive = append(f.PActive, 1)
		f.NeedQ50, f.NeedQ90 = append(f.NeedQ50, 9), append(f.NeedQ90, 9)
		f.NeedQ95, f.NeedQ99 = append(f.NeedQ95, 9), append(f.NeedQ99, 9)
	}
	_, body, err := event.Seal(keys, event.TypeForecasts, step, "0", &event.Forecasts{Model: "forged", Forecasts: []event.Forecast{f}})
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func (w *world) expect(t *testing.T, path, body string, status int, text string) {
	t.Helper()
	if got := w.post(path, body); got.status != status || !strings.Contains(got.body, text) {
		t.Errorf("answered %d %q, want %d with %q", got.status, got.body, status, text)
	}
}

func (w *world) nothingScaled(t *testing.T) {
	t.Helper()
	if _, desired := w.replicas("hello"); desired > 1 {
		t.Errorf("hello has %d replicas", desired)
	}
}

func (w *world) forged(t *testing.T) {
	body := w.forecast(t, event.NewKeys("", []byte("not the key of this suite")), time.Now().Unix())
	w.expect(t, "/function/scaler", body, http.StatusUnauthorized, "signature")
	w.expect(t, "/function/scaler", w.forecast(t, w.keys(), time.Now().Add(-time.Hour).Unix()), http.StatusConflict, "not current")
	w.nothingScaled(t)
}

func (w *world) replayed(t *testing.T) {
	last := w.awaitDecisions(1)
	w.expect(t, "/function/scaler", w.forecast(t, w.keys(), last.Step), http.StatusConflict, "applied before")
	w.nothingScaled(t)
}

func (w *world) broken(t *testing.T) {
	body := w.forecast(t, w.keys(), time.Now().Unix())
	for _, path := range []string{"/function/scaler", "/function/predictor"} {
		w.expect(t, path, "", http.StatusBadRequest, "")
		w.expect(t, path, body[:len(body)/2], http.StatusBadRequest, "unexpected end")
		w.expect(t, path, strings.Repeat("x", event.MaxBody+1), http.StatusRequestEntityTooLarge, "at most")
	}
	w.expect(t, "/function/scaler", strings.Replace(body, `"version":1`, `"version":7`, 1), http.StatusBadRequest, "version must be 1")
	w.expect(t, "/function/predictor", `{"step_seconds":60,"start":0,"counts":[1,-7]}`, http.StatusBadRequest, "counts[1]")
	w.expect(t, "/function/predictor", `{"step_seconds":60,"start":0,"counts":[0,1,0,0,1]}`, http.StatusOK, "p_active")
	w.nothingScaled(t)
	w.awaitDecisions(1)
}

func (w *world) storeDown(t *testing.T) {
	w.call("hello")
	calls := w.seen("hello") + 1
	until(t, "the call is seen", func() bool { return w.seen("hello") >= 1 })
	calls = w.seen("hello")
	w.StopStore()
	held := func() int {
		return len(w.decided("hello", func(d event.Decision) bool {
			return strings.Contains(d.Reason, "no data: hold") && d.Wanted == d.Current && d.Applied == -1
		}))
	}
	earlier := held()
	// Before the first, a decision on what the store has shown may be on its way.
	until(t, "the reason to hold is recorded", func() bool { return held() > earlier })
	before, _ := w.replicas("hello")
	until(t, "the reason to hold is recorded in each step", func() bool { return held() > earlier+3 })
	if now, _ := w.replicas("hello"); now != before {
		t.Errorf("%d replicas became %d without a store", before, now)
	}
	w.call("hello")
	if err := w.StartStore(context.Background()); err != nil {
		t.Fatal(err)
	}
	until(t, "the call that was made without a store is counted", func() bool { return w.seen("hello") == calls+1 })
	until(t, "the last step is known again", func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		counts := w.windows[label("hello")].Counts
		return counts[len(counts)-1] != series.NoData
	})
	w.appliedOnce(t)
}

func (w *world) gatewayRestarts(t *testing.T) {
	calls := w.seen("hello")
	for range 3 {
		w.call("hello")
	}
	until(t, "the calls are counted", func() bool { return w.seen("hello") == calls+3 })
	if err := w.StopGateway(); err != nil {
		t.Fatal(err)
	}
	if err := w.StartGateway(context.Background()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := w.AwaitReady(ctx, "collector", "predictor", "scaler", "dashboard"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		w.call("hello")
	}
	until(t, "the calls before and after the restart are counted, each once", func() bool { return w.seen("hello") == calls+5 })
	w.awaitDecisions(2)
	w.appliedOnce(t)
}

func (w *world) natsRestarts(t *testing.T) {
	for range 3 {
		w.StopNATS()
		if err := w.StartNATS(context.Background()); err != nil {
			t.Fatal(err)
		}
		w.awaitDecisions(1)
	}
	w.nothingLost(t)
	w.appliedOnce(t)
}

// scalerFails gives the scaler a gateway that does not answer, so that it answers 503. It
// also ends the ticks, so that no newer forecast replaces those that wait.
func (w *world) scalerFails(t *testing.T) {
	scaler, collector := w.deployed(t, "scaler"), w.deployed(t, "collector")
	broken := scaler
	broken.EnvVars = maps.Clone(scaler.EnvVars)
	broken.EnvVars["gateway_url"] = "http://127.0.0.1:1"
	w.put(broken)
	since := w.lastForecast()
	until(t, "forecasts wait for the scaler", func() bool { return w.lastForecast() >= since+3 })
	if err := w.Client().DeleteFunction(context.Background(), "collector", gateway.Namespace); err != nil {
		t.Fatal(err)
	}
	until(t, "the last windows are forecast", func() bool {
		w.mu.Lock()
		end := w.windows[label("hello")].End()
		w.mu.Unlock()
		return w.lastForecast() == end
	})
	waiting := w.lastForecast()
	decided := func(d event.Decision) bool { return d.Step == waiting }
	if len(w.decided("hello", decided)) > 0 {
		t.Fatal("a scaler without a gateway has decided")
	}
	w.put(scaler)
	until(t, "the forecast that was refused is applied", func() bool { return len(w.decided("hello", decided)) > 0 })
	w.put(collector)
	w.awaitDecisions(3)
	w.appliedOnce(t)
}

// deployed returns the deployment of a function from the gateway's state file. The gateway's
// API leaves out the environment, as faas-netes does.
func (w *world) deployed(t *testing.T, name string) types.FunctionDeployment {
	t.Helper()
	body, err := os.ReadFile(filepath.Join(w.stateDir, "gateway", "state.json"))
	if err != nil {
		t.Fatal(err)
	}
	var state struct {
		Functions []struct {
			Deployment types.FunctionDeployment `json:"deployment"`
		} `json:"functions"`
	}
	if err := json.Unmarshal(body, &state); err != nil {
		t.Fatal(err)
	}
	for _, f := range state.Functions {
		if f.Deployment.Service == name {
			return f.Deployment
		}
	}
	t.Fatalf("%s is not deployed", name)
	return types.FunctionDeployment{}
}

// lastForecast returns the origin of the newest forecast for hello.
func (w *world) lastForecast() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	var last int64
	for key := range w.forecasts {
		var step int64
		if _, err := fmt.Sscanf(key, label("hello")+"@%d", &step); err == nil {
			last = max(last, step)
		}
	}
	return last
}
