package main

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestABacktestThatWouldScoreNothingIsAnError(t *testing.T) {
	short := filepath.Join(t.TempDir(), "short.csv")
	if err := os.WriteFile(short, []byte("timestamp,function\n2026-01-31T08:00:00Z,a\n2026-01-31T08:05:00Z,a\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{short, filepath.Join(t.TempDir(), "missing.csv"), t.TempDir()} {
		if got := prewarm(t, nil, "backtest", path); got.code != exitFailed || got.out != "" || !strings.Contains(got.log, filepath.Base(path)) {
			t.Errorf("%s: code %d, out %q, log %q", path, got.code, got.out, got.log)
		}
	}
}

// 250 MiB are 15 GB·s a minute, and a start of 3 s at 50 GB·s a second is 150.
func TestABacktestTakesTheRatioFromPrices(t *testing.T) {
	f := backtestFlags{ratio: "auto", memory: 250, start: 3 * time.Second, waitPrice: 50}
	if err := f.price(); err != nil || math.Abs(f.costRatio-0.1) > 1e-12 {
		t.Errorf("got %v (%v), want 0.1", f.costRatio, err)
	}
	got := prewarm(t, nil, "backtest", callsFile(t), "--cost-ratio", "auto", "--memory", "250", "--start-time", "3s", "--wait-price", "50")
	if got.code != exitFine || !strings.Contains(got.out, "cost ratio 0.1, 250 MiB a replica\nan idle step costs 15 GB·s (250 MiB), a cold start 150 GB·s (3.0 s)\n") {
		t.Errorf("code %d, log %q, out %s", got.code, got.log, got.out)
	}
	if f.ratio = "cheap"; f.price() == nil || f.price().Error() != `--cost-ratio must be auto or a number, was: "cheap"` {
		t.Errorf("got %v", f.price())
	}
}

func TestABacktestNeedsAFileOrAStore(t *testing.T) {
	for _, args := range [][]string{
		{"backtest"}, {"backtest", "--store", "localhost:9090"}, {"backtest", "a.csv", "--cost-ratio", "1"}, {"backtest", "a.csv", "--memory", "0"},
		{"backtest", "a.csv", "--keep-alive", "0"}, {"backtest", "a.csv", "--last", "1s"}, {"backtest", "a.csv", "--concurrency", "0"},
		{"backtest", "a.csv", "--cost-ratio", "cheap"}, {"backtest", "a.csv", "--start-time", "-1s"}, {"backtest", "a.csv", "--wait-price", "0"},
	} {
		if got := prewarm(t, nil, args...); got.code != exitUsage {
			t.Errorf("%v: code %d, log %q", args, got.code, got.log)
		}
	}
	// A store without the metrics of a gateway.
	empty := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"status":"success","data":{"resultType":"matrix","result":[]}}`)
	}))
	defer empty.Close()
	if got := prewarm(t, nil, "backtest", "--store", empty.URL, "--last", "1h"); got.code != exitFailed || got.out != "" || !strings.Contains(got.log, "gateway_service_count") {
		t.Errorf("code %d, out %q, log %q", got.code, got.out, got.log)
	}
}

func TestAnInterruptEndsWithItsOwnCode(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, log strings.Builder
	p := &program{in: strings.NewReader(""), out: &out, log: &log, now: time.Now, getenv: func(string) string { return "" }}
	if code := p.run(ctx, []string{"backtest", callsFile(t)}); code != exitInterrupted || out.String() != "" || !strings.Contains(log.String(), "interrupted") {
		t.Errorf("code %d, out %q, log %q", code, out.String(), log.String())
	}
}
