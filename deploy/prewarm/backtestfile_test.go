package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// callsFile writes a file with the calls of two functions over 12 hours: one every 20 minutes,
// and one every hour.
func callsFile(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("timestamp,function\n")
	for m := range 12 * 60 {
		at := time.Date(2026, 1, 31, 0, m, 30, 0, time.UTC).Format(time.RFC3339)
		if m%20 == 0 {
			fmt.Fprintf(&b, "%s,timer\n", at)
		}
		if m%60 == 7 {
			fmt.Fprintf(&b, "%s,hourly\n", at)
		}
	}
	path := filepath.Join(t.TempDir(), "calls.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestABacktestOfOnesOwnCallsComparesPrewarmWithKeepAlive(t *testing.T) {
	plot := filepath.Join(t.TempDir(), "calls.svg")
	got := prewarm(t, nil, "backtest", callsFile(t), "--memory", "512", "--plot", plot, "-o", "json")
	if got.code != exitFine {
		t.Fatalf("code %d, log %s", got.code, got.log)
	}
	var a backtestAnswer
	if err := json.Unmarshal([]byte(got.out), &a); err != nil {
		t.Fatal(err)
	}
	// Keep-alive of ten minutes has lost the replica at each call, and keeps it for ten minutes.
	if a.Functions != 2 || a.KeepAlive.Cold != 36 || a.KeepAlive.Need != 36 || a.KeepAlive.Idle < 340 {
		t.Errorf("got %+v", a.KeepAlive)
	}
	if a.Prewarm.Cold >= a.KeepAlive.Cold || a.Prewarm.GBSeconds != float64(a.Prewarm.Idle)*60/2 {
		t.Errorf("got %+v", a.Prewarm)
	}
	if svg, err := os.ReadFile(plot); err != nil || !strings.Contains(string(svg), "keepalive-60") || !strings.Contains(string(svg), "<svg") {
		t.Errorf("%d bytes, %v", len(svg), err)
	}
	got = prewarm(t, nil, "backtest", callsFile(t))
	for _, want := range []string{"timer", "hourly", "all", "cold starts\n  keepalive-10   ████", "idle GB·s\n", "128 MiB"} {
		if !strings.Contains(got.out, want) {
			t.Errorf("want %q in:\n%s", want, got.out)
		}
	}
}
