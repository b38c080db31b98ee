package main

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"prewarm/shared/testbed"
)

// suiteGateway keeps what is deployed to it, and counts the calls of functions.
type suiteGateway struct {
	mu       sync.Mutex
	deployed map[string]map[string]any
	calls    map[string]int
}

func startSuiteGateway(t *testing.T) (*suiteGateway, func(string) string) {
	t.Helper()
	g := &suiteGateway{deployed: map[string]map[string]any{}, calls: map[string]int{}}
	server := httptest.NewServer(g.routes())
	t.Cleanup(server.Close)
	secrets := t.TempDir()
	if err := os.WriteFile(filepath.Join(secrets, "prewarm-gateway-password"), []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	values := map[string]string{
		"gateway_url": server.URL, "secrets_dir": secrets, "listen": "127.0.0.1:0",
		"functions": "collector.openfaas-fn", "rebuild_interval": "100ms",
	}
	return g, func(key string) string { return values[key] }
}

func (g *suiteGateway) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /system/namespaces", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `["openfaas-fn"]`)
	})
	mux.HandleFunc("GET /system/functions", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(slices.Collect(maps.Values(g.all())))
	})
	mux.HandleFunc("GET /system/function/{name}", func(w http.ResponseWriter, r *http.Request) {
		_ = json.NewEncoder(w).Encode(g.all()[r.PathValue("name")])
	})
	mux.HandleFunc("/system/functions", g.change)
	mux.HandleFunc("POST /function/{name}", func(_ http.ResponseWriter, r *http.Request) {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.calls[r.PathValue("name")]++
	})
	return mux
}

// change creates and removes functions, and replaces none.
func (g *suiteGateway) change(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	var f struct {
		Service, FunctionName string
		Annotations           map[string]string
	}
	_, password, _ := r.BasicAuth()
	if err := json.NewDecoder(r.Body).Decode(&f); err != nil || password != "secret" || r.Method == http.MethodPut {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	delete(g.deployed, f.FunctionName)
	if f.Service != "" {
		g.deployed[f.Service] = map[string]any{"name": f.Service, "namespace": "openfaas-fn", "availableReplicas": 1, "annotations": f.Annotations}
	}
	w.WriteHeader(http.StatusAccepted)
}

func (g *suiteGateway) all() map[string]map[string]any {
	g.mu.Lock()
	defer g.mu.Unlock()
	return maps.Clone(g.deployed)
}

// TestTheJobsOfTheChart tells an installation on the community edition: a job deploys the functions,
// cron calls the collector and no other one, and a job removes them.
func TestTheJobsOfTheChart(t *testing.T) {
	g, getenv := startSuiteGateway(t)
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	file := filepath.Join(t.TempDir(), "functions.json")
	const cron = `"namespace":"openfaas-fn","image":"x","annotations":{"topic":"cron-function","schedule":"@every 1s"}}`
	if err := os.WriteFile(file, []byte(`[{"service":"collector",`+cron+`,{"service":"report",`+cron+`]`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := command(t.Context(), []string{"apply", file}, getenv, log); err != nil || len(g.all()) != 2 {
		t.Fatalf("%v: %v", err, g.all())
	}

	ctx, signal := context.WithCancel(t.Context())
	address, ended := make(chan net.Addr, 1), make(chan error, 1)
	go func() { ended <- runCron(ctx, getenv, log, func(a net.Addr) { address <- a }) }()
	base := "http://" + (<-address).String()
	testbed.Eventually(t, "the collector is called twice, and the metrics say so", func() bool {
		_, text := testbed.Get(t, base+"/metrics")
		return strings.Contains(text, `prewarm_cron_ticks_total{function="collector.openfaas-fn",result="success"} 2`)
	})
	if status, text := testbed.Get(t, base+"/readyz"); status != http.StatusOK {
		t.Errorf("/readyz: %d %s", status, text)
	}
	signal()
	if err := <-ended; err != nil || g.calls["report.openfaas-fn"] != 0 || g.calls["collector.openfaas-fn"] == 0 {
		t.Errorf("%v: calls %v", err, g.calls)
	}

	if err := command(t.Context(), []string{"remove", file}, getenv, log); err != nil || len(g.all()) != 0 {
		t.Errorf("%v: %v", err, g.all())
	}
}

func TestAJobSaysWhyItCannotWork(t *testing.T) {
	_, getenv := startSuiteGateway(t)
	missing := filepath.Join(t.TempDir(), "missing.json")
	for want, args := range map[string][]string{
		"arguments must be none, cron": {"apply"},
		`were: ["install" "x"]`:        {"install", "x"},
		"missing.json":                 {"apply", missing},
	} {
		if err := command(t.Context(), args, getenv, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", args, err, want)
		}
	}
	none := func(string) string { return "" }
	for _, job := range []string{"cron", "apply"} {
		args := []string{job, missing}[:map[string]int{"cron": 1, "apply": 2}[job]]
		if err := command(t.Context(), args, none, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "prewarm-gateway-password") {
			t.Errorf("%s without a password: %v", job, err)
		}
	}
}
