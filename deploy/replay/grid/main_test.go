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

	"prewarm/shared/loadtest"
)

// newGateway returns a gateway with one function, which has three replicas and answers at
// once, the number of its replicas, and how often it was scaled. The gateway is also
// below the path /openfaas, as behind a proxy.
func newGateway(t *testing.T) (url string, replicas, scaled *atomic.Int64) {
	replicas, scaled = &atomic.Int64{}, &atomic.Int64{}
	replicas.Store(3)
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
		scaled.Add(1)
		w.WriteHeader(http.StatusAccepted)
	})
	mux.HandleFunc("POST /function/hello/there", func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Header.Get("X-Word")) })
	mux.Handle("/openfaas/", http.StripPrefix("/openfaas", mux))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL, replicas, scaled
}

// inDirectory changes to a directory with a password file and without grid.csv.
func inDirectory(t *testing.T) (password, out string) {
	dir := t.TempDir()
	password, out = filepath.Join(dir, "password"), filepath.Join(dir, "grid.csv")
	if err := os.WriteFile(password, []byte("secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return password, out
}

func TestAGridIsMeasuredThroughTheGateway(t *testing.T) {
	password, out := inDirectory(t)
	url, replicas, _ := newGateway(t)
	var table, log strings.Builder
	err := run(t.Context(), []string{
		"-gateway", url + "/openfaas/", "-password-file", password, "-function", "hello", "-path", "/there?x=1", "-rates", "0,50", "-concurrency", "2",
		"-replicas", "1,2", "-duration", "50ms", "-warmup", "0s", "-max-lag", "0s", "-header", "X-Word=hello", "-objective", "60", "-out", out,
	}, &table, &log)
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
	if replicas.Load() != 3 || !strings.Contains(log.String(), "hello.openfaas-fn is scaled back to 3 replicas") {
		t.Errorf("the function has %d replicas, log\n%s", replicas.Load(), log.String())
	}
}

// TestAFailedCommandLeavesNoFile: after several commands with a mistake, the corrected
// one can write its file.
func TestAFailedCommandLeavesNoFile(t *testing.T) {
	password, out := inDirectory(t)
	wrong := filepath.Join(filepath.Dir(out), "wrong")
	if err := os.WriteFile(wrong, []byte("guess\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	url, _, _ := newGateway(t)
	grid := func(gateway, password, function string) error {
		return run(t.Context(), []string{"-gateway", gateway, "-password-file", password, "-function", function, "-path", "/there", "-duration", "10ms", "-warmup", "0s", "-max-lag", "0s", "-out", out}, io.Discard, io.Discard)
	}
	for _, mistake := range [][3]string{{url, "nowhere", "hello"}, {url, wrong, "hello"}, {"http://127.0.0.1:1", password, "hello"}, {url, password, "other"}} {
		if err := grid(mistake[0], mistake[1], mistake[2]); err == nil {
			t.Errorf("%v was measured", mistake)
		}
		if _, err := os.Lstat(out); !os.IsNotExist(err) {
			t.Fatalf("%v leaves %s: %v", mistake, out, err)
		}
	}
	if err := grid(url, password, "hello"); err != nil {
		t.Error(err)
	}
}

// TestAGridIsNotOverwritten: the grid fails before it measures anything.
func TestAGridIsNotOverwritten(t *testing.T) {
	password, out := inDirectory(t)
	if err := os.WriteFile(out, []byte("measured"), 0o644); err != nil {
		t.Fatal(err)
	}
	url, _, scaled := newGateway(t)
	for path, want := range map[string]string{out: "must name a new file", filepath.Join(out+".d", "grid.csv"): "no such file"} {
		err := run(t.Context(), []string{"-gateway", url, "-password-file", password, "-function", "hello", "-out", path}, io.Discard, io.Discard)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
	if got, err := os.ReadFile(out); err != nil || string(got) != "measured" || scaled.Load() != 0 {
		t.Errorf("the file holds %q, %v; the function was scaled %d times", got, err, scaled.Load())
	}
}

// TestAFileThatAppearsDuringTheGridIsNotOverwritten: it may be that of a second grid.
func TestAFileThatAppearsDuringTheGridIsNotOverwritten(t *testing.T) {
	_, path := inDirectory(t)
	first, err := newOutput(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("measured"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := first.write(loadtest.Row{}); err == nil || !strings.Contains(err.Error(), "must name a new file") {
		t.Errorf("got %v", err)
	}
	if err := first.close(); err != nil {
		t.Error(err)
	}
}

func TestOutputOfHeyIsRead(t *testing.T) {
	for _, name := range []string{"hey.txt", "hey.csv"} {
		var table strings.Builder
		err := run(t.Context(), []string{"-hey", "../../../shared/loadtest/testdata/" + name, "-concurrency", "10", "-replicas", "3", "-calls", "40", "-objective", "0.05", "-errors", "0.05", "-out", filepath.Join(t.TempDir(), "g")}, &table, io.Discard)
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
		"-gateway must be a URL without user":       {"-function", "f", "-gateway", "http://admin:pw@gateway"},
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
