package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"prewarm/deploy/replay/openloop"
)

// fakeGateway answers calls: the first of each function is cold. It counts 30
// replica-seconds ready and 10 busy with each scrape.
type fakeGateway struct {
	mu     sync.Mutex
	calls  map[string]int
	scrape int
	called chan struct{} // gets a value for each call, unless it is full
}

func newFakeGateway(t *testing.T) (*fakeGateway, string) {
	g := &fakeGateway{calls: map[string]int{}, called: make(chan struct{}, 1)}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /function/{name}", g.function)
	mux.HandleFunc("GET /metrics", g.metrics)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return g, server.URL
}

func (g *fakeGateway) function(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	name := r.PathValue("name")
	g.calls[name]++
	w.Header().Set(openloop.HeaderCold, fmt.Sprint(g.calls[name] == 1))
	w.Header().Set(openloop.HeaderColdWait, "0.25")
	select {
	case g.called <- struct{}{}:
	default:
	}
	if name == "gone" {
		http.NotFound(w, r)
	}
}

func (g *fakeGateway) metrics(w http.ResponseWriter, _ *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.scrape++
	for name := range g.calls {
		fmt.Fprintf(w, "prewarm_local_cold_starts_total{function_name=%q} 1\n", name+".openfaas-fn")
	}
	for _, name := range []string{"x", "y"} {
		fmt.Fprintf(w, "prewarm_local_replica_ready_seconds_total{function_name=%q} %d\n", name+".openfaas-fn", 30*g.scrape)
		fmt.Fprintf(w, "prewarm_local_replica_busy_seconds_total{function_name=%q} %d\n", name+".openfaas-fn", 10*g.scrape)
	}
}

// writeTrace writes a single-day trace and returns its directory.
func writeTrace(t *testing.T, rows string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "invocations.csv"), []byte(rows), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

// Three minutes of a trace within 30 ms against a real server.
func TestReplayOfATrace(t *testing.T) {
	g, url := newFakeGateway(t)
	out := t.TempDir()
	var table bytes.Buffer
	err := run(t.Context(), []string{
		"-gateway", url, "-trace", writeTrace(t, "fn,1,2,3,4\n7,9,1,2,3\n8,0,0,0,0\n9,9,4,0,1\n"), "-functions", "x,y",
		"-from", "1", "-speed", "6000", "-csv", filepath.Join(out, "r.csv"), "-json", filepath.Join(out, "r.json"),
	}, &table, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if g.calls["x"] != 6 || g.calls["y"] != 5 {
		t.Errorf("the gateway saw %v; want 6 of x (fn 7) and 5 of y (fn 9)", g.calls)
	}
	data, err := os.ReadFile(filepath.Join(out, "r.json"))
	if err != nil {
		t.Fatal(err)
	}
	var report openloop.Report
	if err := json.Unmarshal(data, &report); err != nil {
		t.Fatal(err)
	}
	total := report.Total
	if total.Calls != 11 || total.Errors != 0 || total.Cold != 2 || total.Warm != 9 || total.ColdWait != 0.5 {
		t.Errorf("total is %+v; want 11 calls, 2 cold, 9 warm, 0.5 s of waiting", total)
	}
	if want := (openloop.Usage{ColdStarts: 2, ReadySeconds: 60, BusySeconds: 20, IdleSeconds: 40}); total.Usage == nil || *total.Usage != want {
		t.Errorf("usage is %+v; want %+v", total.Usage, want)
	}
	if x := report.Functions[0]; x.Function != "x" || x.TraceFunction != "7" || x.Latency.Warm.Calls != 5 || x.Latency.Cold.Calls != 1 {
		t.Errorf("x is %+v", x)
	}
	if !strings.Contains(table.String(), "| total | 11 | 0 | 0 | 2 |") || !strings.Contains(table.String(), "Data: Azure") {
		t.Errorf("table is\n%s", table.String())
	}
	if csv, err := os.ReadFile(filepath.Join(out, "r.csv")); err != nil || strings.Count(string(csv), "\n") != 4 {
		t.Errorf("CSV is %s, %v", csv, err)
	}
}

func TestReplayOfAGeneratedTrace(t *testing.T) {
	g, url := newFakeGateway(t)
	var table bytes.Buffer
	err := run(t.Context(), []string{"-gateway", url, "-generate", "5", "-generate-minutes", "120", "-max-calls", "20", "-functions", "x,y,gone", "-speed", "1e6"}, &table, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if g.calls["x"] == 0 || g.calls["y"] == 0 || !strings.Contains(table.String(), fmt.Sprintf("404=%d", g.calls["gone"])) {
		t.Errorf("the gateway saw %v; table is\n%s", g.calls, table.String())
	}
}

// Without metrics of the gateway the report lacks the replica time only.
func TestReplayWithoutMetrics(t *testing.T) {
	_, url := newFakeGateway(t)
	var table bytes.Buffer
	args := []string{"-gateway", url, "-metrics", url + "/nowhere", "-trace", writeTrace(t, "fn,1\n7,3\n"), "-speed", "6000"}
	if err := run(t.Context(), args, &table, io.Discard); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Replica time is unknown: metrics " + url + "/nowhere answered 404", "| fn-7 | 3 | 0 | 0 |", "200=3"} {
		if !strings.Contains(table.String(), want) {
			t.Errorf("missing %q in\n%s", want, table.String())
		}
	}
}

// A script that uses the result must see that there is none.
func TestAReplayWithoutASuccessfulCallFailsAfterItsReport(t *testing.T) {
	_, url := newFakeGateway(t)
	path := filepath.Join(t.TempDir(), "r.json")
	var table bytes.Buffer
	args := []string{"-gateway", url, "-trace", writeTrace(t, "fn,1\n7,3\n"), "-functions", "gone", "-speed", "6000", "-json", path}
	err := run(t.Context(), args, &table, io.Discard)
	if want := "no call to " + url + "/ was answered with 2xx, of 3 sent (404=3) and 0 dropped"; err == nil || err.Error() != want {
		t.Errorf("error is %v, want %q", err, want)
	}
	if !strings.Contains(table.String(), "| gone | 3 | 3 | 0 |") {
		t.Errorf("table is\n%s", table.String())
	}
	if file, err := os.ReadFile(path); err != nil || !strings.Contains(string(file), `"errors": 3`) {
		t.Errorf("the report is %s, %v", file, err)
	}
}

func TestAReplayOfMinutesWithoutCallsSucceeds(t *testing.T) {
	if err := (&openloop.Report{}).Err(); err != nil {
		t.Error(err)
	}
}

// An interrupt after the first call ends the replay with a whole report.
func TestInterruptEndsWithAReport(t *testing.T) {
	g, url := newFakeGateway(t)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-g.called
		cancel()
	}()
	path := filepath.Join(t.TempDir(), "r.json")
	var table bytes.Buffer
	// Two minutes of 6,000 calls each in real time: the interrupt ends it.
	err := run(ctx, []string{"-gateway", url, "-trace", writeTrace(t, "fn,1,2\n7,6000,6000\n"), "-functions", "x", "-json", path}, &table, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var report openloop.Report
	if err := json.Unmarshal(data, &report); err != nil {
		t.Fatal(err)
	}
	if !report.Interrupted || report.Total.Calls == 0 || report.Total.Calls > 6000 || !strings.Contains(table.String(), "interrupted") {
		t.Errorf("interrupted %t after %d calls", report.Interrupted, report.Total.Calls)
	}
}

func TestCommandLineErrors(t *testing.T) {
	dir := writeTrace(t, "fn,1,2\n7,1,1\n")
	for _, c := range []struct {
		want string
		args []string
	}{
		{"one of -trace and -generate must be given", nil},
		{"one of -trace and -generate must be given", []string{"-trace", dir, "-generate", "1"}},
		{"-map and -functions exclude each other", []string{"-trace", dir, "-map", "7=x", "-functions", "y"}},
		{`must be trace=deployed, each function once, was: "7"`, []string{"-trace", dir, "-map", "7"}},
		{`must be trace=deployed, each function once, was: "7=b"`, []string{"-trace", dir, "-map", "7=a,7=b"}},
		{`invalid value "5x"`, []string{"-generate", "5x"}},
		{`unknown argument: "more"`, []string{"-trace", dir, "more"}},
		{"-from must be between 0 and 1, was: 2", []string{"-trace", dir, "-from", "2"}},
		{"-generate-functions must be 1 to 1000000, was: -1", []string{"-generate", "1", "-generate-functions", "-1"}},
		{"-limit must be at least 0, was: -1", []string{"-trace", dir, "-limit", "-1"}},
		{"-min-calls must be at least 0, was: -1", []string{"-trace", dir, "-min-calls", "-1"}},
		{"-max-calls must be 0 or at least 5, was: 4", []string{"-trace", dir, "-min-calls", "5", "-max-calls", "4"}},
		{"-max-calls must be 0 or at least 1, was: -4", []string{"-trace", dir, "-min-calls", "0", "-max-calls", "-4"}},
		{"layout not recognised", []string{"-trace", t.TempDir()}},
		{`-gateway must be a URL`, []string{"-trace", dir, "-gateway", "nowhere"}},
	} {
		err := run(t.Context(), c.args, io.Discard, io.Discard)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: error is %v; want one with %q", c.args, err, c.want)
		}
	}
}
