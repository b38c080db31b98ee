package collector

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	handler "github.com/openfaas/templates-sdk/go-http"

	"prewarm/shared/event"
)

var _ handler.FunctionHandler = (*Collector)(nil)

func get(t *testing.T, c *Collector, into any) {
	t.Helper()
	res, err := c.Handle(handler.Request{Method: http.MethodGet})
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("got %d, %v", res.StatusCode, err)
	}
	if err := json.Unmarshal(res.Body, into); err != nil {
		t.Fatal(err)
	}
}

func TestHandle(t *testing.T) {
	w := newWorld(t)
	w.deploy(a)
	w.pass(2*time.Minute, nil)
	c := w.collector()
	begin := w.now
	res, err := c.Handle(handler.Request{Method: http.MethodPost})
	if err != nil || res.StatusCode != http.StatusOK || !strings.Contains(string(res.Body), `"result":"published"`) {
		t.Errorf("got %d %s, %v", res.StatusCode, res.Body, err)
	}
	var st status
	get(t, c, &st)
	if st.LastStep != begin.Unix() || st.Provisional || st.Interval != 5 || st.LagSeconds < 1.5 || st.LagSeconds >= 5 || st.Functions != 1 || st.LastResult != resultPublished || st.StepSeconds != 60 || len(st.Gaps) != 0 {
		t.Errorf("got %+v", st)
	}
	if res, _ := c.Handle(handler.Request{Method: http.MethodDelete}); res.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("got %d", res.StatusCode)
	}
	w.storeDown = true
	w.pass(time.Minute, nil)
	res, _ = c.Handle(handler.Request{Method: http.MethodPost})
	if res.StatusCode != http.StatusServiceUnavailable || strings.Contains(string(res.Body), errFake.Error()) {
		t.Errorf("got %d %s", res.StatusCode, res.Body)
	}
	rec := httptest.NewRecorder()
	c.Metrics().ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	for _, want := range []string{
		`prewarm_collector_ticks_total{result="published"} 1`, `prewarm_collector_ticks_total{result="store_unavailable"} 1`,
		"prewarm_collector_functions 1", "prewarm_collector_last_step_timestamp_seconds", `prewarm_collector_query_seconds_count{metric="gateway_service_count"}`,
	} {
		if !strings.Contains(rec.Body.String(), want) {
			t.Errorf("metrics lack %s", want)
		}
	}
	if c.Health(context.Background()) != nil || c.Close() != nil {
		t.Error("a collector without a store must be healthy, and close without error")
	}
}

// environment returns a complete environment, changed by pairs of key and value.
func environment(t *testing.T, pairs ...string) func(string) string {
	t.Helper()
	dir := t.TempDir()
	for name, secret := range map[string]string{event.KeySecret: testKey, "prewarm-gateway-password": "hunter2"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(secret), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	env := map[string]string{"secrets_dir": dir, "nats_url": "nats://127.0.0.1:1"}
	for i := 0; i < len(pairs); i += 2 {
		env[pairs[i]] = pairs[i+1]
	}
	return func(k string) string { return env[k] }
}

func TestNewStartsWhileEverythingElseIsDown(t *testing.T) {
	c, err := New(context.Background(), environment(t, "gateway_url", "http://127.0.0.1:1", "prometheus_url", "http://127.0.0.1:1"))
	if err != nil {
		t.Fatal(err)
	}
	if o := c.Tick(context.Background()); o.Result != resultGateway {
		t.Errorf("got %+v", o)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

func TestNewNamesEveryWrongKey(t *testing.T) {
	for want, env := range map[string]func(string) string{
		"step must be a whole number of seconds, was: 1.5s": environment(t, "step", "1500ms"),
		"step must be between 1s and 1h0m0s, was: 2h0m0s":   environment(t, "step", "2h"),
		"window_steps must be between 1 and 1440, was: 0":   environment(t, "window_steps", "0"),
		"batch must be between 1 and 200, was: 201":         environment(t, "batch", "201"),
		"secret prewarm-hmac-key must":                      environment(t, "secrets_dir", "/nonexistent"),
	} {
		if _, err := New(context.Background(), env); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
