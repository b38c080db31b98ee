package openloop

import (
	"io"
	"maps"
	"strings"
	"testing"

	"prewarm/deploy/replay/scrape"
)

const metricsText = `# HELP prewarm_local_cold_starts_total Requests that had to wait.
# TYPE prewarm_local_cold_starts_total counter
prewarm_local_cold_starts_total{function_name="resize.openfaas-fn"} 3
# TYPE prewarm_local_replica_ready_seconds_total counter
prewarm_local_replica_ready_seconds_total{function_name="resize.openfaas-fn"} 120.5
prewarm_local_replica_ready_seconds_total{function_name="resize-large.openfaas-fn"} 7
# TYPE prewarm_local_replica_busy_seconds_total counter
prewarm_local_replica_busy_seconds_total{function_name="resize.openfaas-fn"} 20.5
# TYPE go_goroutines gauge
go_goroutines 12
`

func parseCounters(in io.Reader) (counters, error) {
	families, err := scrape.Parse(in)
	if err != nil {
		return nil, err
	}
	return countersOf(families)
}

func parsed(t *testing.T, text string) counters {
	t.Helper()
	c, err := parseCounters(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestParseCounters(t *testing.T) {
	c := parsed(t, metricsText)
	if want := map[string]float64{"resize.openfaas-fn": 120.5, "resize-large.openfaas-fn": 7}; !maps.Equal(c[metricReady], want) {
		t.Errorf("ready seconds are %v; want %v", c[metricReady], want)
	}
	for deployed, want := range map[string]float64{"resize": 120.5, "resize.openfaas-fn": 120.5, "resize-large": 7, "res": 0, "other": 0} {
		if got := c.of(metricReady, deployed); got != want {
			t.Errorf("%s was ready for %v s; want %v", deployed, got, want)
		}
	}
}

func TestUsageIsTheGrowth(t *testing.T) {
	before := parsed(t, metricsText)
	after := parsed(t, strings.NewReplacer("120.5", "180.5", "} 20.5", "} 35.5", "} 3", "} 5").Replace(metricsText))
	got := usageBetween(before, after, "resize")
	if want := (Usage{ColdStarts: 2, ReadySeconds: 60, BusySeconds: 15, IdleSeconds: 45}); got == nil || *got != want {
		t.Errorf("usage is %+v; want %+v", got, want)
	}
}

// A counter that has fallen was reset: its whole value was counted since.
func TestUsageAfterAReset(t *testing.T) {
	before, after := parsed(t, metricsText), parsed(t, strings.ReplaceAll(metricsText, "120.5", "30"))
	if got := usageBetween(before, after, "resize"); got.ReadySeconds != 30 || got.BusySeconds != 0 || got.IdleSeconds != 30 {
		t.Errorf("usage is %+v; want 30 s ready and idle", got)
	}
}

func TestUsageIsUnknownWithoutTheCounters(t *testing.T) {
	other := parsed(t, "# TYPE go_goroutines gauge\ngo_goroutines 12\n")
	if got := usageBetween(other, other, "resize"); got != nil {
		t.Errorf("usage is %+v; want none", got)
	}
}

func TestParseCountersRefusesOtherText(t *testing.T) {
	for _, text := range []string{"<html>404</html>", "# comment\n{}", "a{b=\"c} 1", metricReady + "{function_name=\"x\"} many\n", metricBusy + "{function_name=\"x\"} NaN\n"} {
		if c, err := parseCounters(strings.NewReader(text)); err == nil {
			t.Errorf("%q gave %v", text, c)
		}
	}
}

func FuzzParseCounters(f *testing.F) {
	f.Add(metricsText)
	f.Add("# TYPE " + metricReady + " histogram\n" + metricReady + "_sum{function_name=\"x\"} 1\n")
	f.Add(metricBusy + "{function_name=\"\"} NaN\n")
	f.Fuzz(func(t *testing.T, text string) {
		if c, err := parseCounters(strings.NewReader(text)); err == nil {
			usageBetween(c, c, "x")
		}
	})
}

func TestGrowth(t *testing.T) {
	for _, c := range []struct{ before, after, want float64 }{{1, 4, 3}, {4, 4, 0}, {4, 1, 1}} {
		if got := growth(c.before, c.after); got != c.want {
			t.Errorf("from %v to %v grew by %v; want %v", c.before, c.after, got, c.want)
		}
	}
}
