package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"prewarm/shared/capacity/loadtest"
)

// newGateway has one function that answers at once.
func newGateway(t *testing.T) string {
	var replicas atomic.Int64
	mux := http.NewServeMux()
	mux.HandleFunc("GET /system/namespaces", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `["openfaas-fn"]`) })
	mux.HandleFunc("GET /system/functions", func(w http.ResponseWriter, r *http.Request) {
		if _, password, _ := r.BasicAuth(); password != "secret" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		n := replicas.Load()
		_ = json.NewEncoder(w).Encode([]map[string]any{{"name": "hello", "namespace": "openfaas-fn", "replicas": n, "availableReplicas": n}})
	})
	mux.HandleFunc("POST /system/scale-function/hello", func(w http.ResponseWriter, r *http.Request) {
		var body struct{ Replicas int64 }
		_ = json.NewDecoder(r.Body).Decode(&body)
		replicas.Store(body.Replicas)
		w.WriteHeader(http.StatusAccepted)
	})
	mux.HandleFunc("POST /function/hello/there", func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Header.Get("X-Word")) })
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

func TestAGridIsMeasuredThroughTheGateway(t *testing.T) {
	dir := t.TempDir()
	password, out := filepath.Join(dir, "password"), filepath.Join(dir, "grid.csv")
	if err := os.WriteFile(password, []byte("secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	err := run(t.Context(), []string{
		"-gateway", newGateway(t), "-password-file", password, "-function", "hello", "-path", "/there?x=1", "-rates", "0,50", "-concurrency", "2",
		"-replicas", "1,2", "-duration", "50ms", "-warmup", "0s", "-header", "X-Word=hello", "-objective", "5", "-out", out,
	}, &table, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := loadtest.Read(file)
	if err != nil || len(rows) != 4 || rows[3].Replicas != 2 || rows[3].Rate != 50 || rows[0].ResponseBytes != 5 {
		t.Errorf("%v: %+v", err, rows)
	}
	if lines := strings.Count(table.String(), "\n"); lines != 3 || !strings.Contains(table.String(), "fewest replicas") {
		t.Errorf("got\n%s", table.String())
	}
}

func TestOutputOfHeyIsRead(t *testing.T) {
	for _, name := range []string{"hey.txt", "hey.csv"} {
		var table strings.Builder
		err := run(t.Context(), []string{"-hey", "../../../shared/capacity/loadtest/testdata/" + name, "-concurrency", "10", "-replicas", "3", "-objective", "0.05", "-errors", "0.05", "-out", filepath.Join(t.TempDir(), "g")}, &table, io.Discard)
		if err != nil || !strings.Contains(table.String(), "10                3") {
			t.Errorf("%s: %v\n%s", name, err, table.String())
		}
	}
}

func TestWrongOptionsAreNamed(t *testing.T) {
	for want, args := range map[string][]string{
		"-function must be set":                     {},
		"-replicas must be at least":                {"-function", "f", "-replicas", "0"},
		"must be numbers":                           {"-function", "f", "-rates", "1,x"},
		"-objective must be above 0":                {"-function", "f", "-objective", "NaN"},
		"-errors must be at least 0":                {"-function", "f", "-errors", "2"},
		"-percentile must be one of":                {"-function", "f", "-percentile", "95"},
		"-gateway must be a URL":                    {"-function", "f", "-gateway", "nowhere"},
		"one number each, were: [0], [1] and [1 2]": {"-hey", "x", "-replicas", "1,2"},
		"must be name=value":                        {"-function", "f", "-header", "x"},
		"-path must begin with":                     {"-function", "f", "-path", "there"},
		"unknown argument":                          {"-function", "f", "more"},
		"-duration must be at least 1ms, was: 0s":   {"-function", "f", "-duration", "0s"},
		"-max-lag must be at least 0s, was: -1s":    {"-function", "f", "-max-lag", "-1s"},
		"-password-file: open nowhere":              {"-function", "f", "-password-file", "nowhere", "-out", filepath.Join(t.TempDir(), "grid.csv")},
	} {
		if err := run(t.Context(), args, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}
