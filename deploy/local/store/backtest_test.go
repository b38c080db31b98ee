package store

import (
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestABacktestReadsTheStore fills the store with four hours of a timer that is
// called every 20 minutes. The simulator then computes what prewarm would have saved in
// the last hour.
func TestABacktestReadsTheStore(t *testing.T) {
	t.Parallel()
	s := startVictoria(t, newOptions(t))
	load(t, s, timer(time.Now().Add(-250*time.Minute).Truncate(time.Minute), 250))

	binary := filepath.Join(t.TempDir(), "simulate")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "prewarm/models/simulate").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	out, err := exec.CommandContext(t.Context(), binary, "-prometheus", s.URL(), "-last", "1h", "-cost-ratio", "0.2").Output()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, want := range []string{"prometheus: 2 functions, 240 minutes", "| keepalive-10 | 3 | 1.0000 |", "| timer.ns | 3 | 3 | ", "prewarm-0.2 instead of keepalive-10: "} {
		if !strings.Contains(string(out), want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
}

// timer returns samples every 30 s from start, in the text form of Prometheus
// with times: "timer" is called once in every 20th minute, "idle" never.
func timer(start time.Time, minutes int) string {
	var b strings.Builder
	for half := range 2 * minutes {
		m, at := half/2, start.Add(time.Duration(half)*30*time.Second+10*time.Second).UnixMilli()
		for _, fn := range []string{"timer.ns", "idle.ns"} {
			fmt.Fprintf(&b, "gateway_service_count{function_name=%q,instance=\"gw\"} 1 %d\n", fn, at)
		}
		if calls := m / 20; calls > 0 {
			fmt.Fprintf(&b, "gateway_function_invocation_started{function_name=\"timer.ns\",instance=\"gw\"} %d %d\n", calls, at)
			fmt.Fprintf(&b, "gateway_functions_seconds_sum{function_name=\"timer.ns\",code=\"200\",instance=\"gw\"} %g %d\n", 0.5*float64(calls), at)
		}
	}
	return b.String()
}

// load imports samples.
func load(t *testing.T, s *Store, text string) {
	t.Helper()
	res, err := http.Post(s.URL()+"/api/v1/import/prometheus", "text/plain", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if body, _ := io.ReadAll(res.Body); res.StatusCode != http.StatusNoContent {
		t.Fatalf("import: %s: %s", res.Status, body)
	}
	if err := s.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
}
