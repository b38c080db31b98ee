package scrape_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"prewarm/deploy/replay/scrape"
)

// serve answers with a status and a body, and returns the address.
func serve(t *testing.T, status int, body string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestAScrapeHasTheMetricsByName(t *testing.T) {
	address := serve(t, http.StatusOK, "# TYPE calls_total counter\ncalls_total{function_name=\"a.ns\"} 7\ncalls_total 2\n")
	families, err := scrape.Read(t.Context(), http.DefaultClient, address)
	if err != nil {
		t.Fatal(err)
	}
	calls := families["calls_total"].GetMetric()
	if len(calls) != 2 || calls[0].GetCounter().GetValue() != 7 {
		t.Fatalf("got %v", calls)
	}
	if with, without := scrape.Function(calls[0]), scrape.Function(calls[1]); with != "a.ns" || without != "" {
		t.Errorf("functions: %q and %q", with, without)
	}
}

func TestAFailedScrapeNamesTheAddress(t *testing.T) {
	broken := serve(t, http.StatusOK, "{{{\n")
	gone := serve(t, http.StatusGone, "moved away")
	for address, want := range map[string]string{
		broken:     "text format",
		gone:       `answered 410 Gone: "moved away"`,
		"nowhere/": "unsupported protocol",
	} {
		_, err := scrape.Read(t.Context(), http.DefaultClient, address)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), address) {
			t.Errorf("%s: got %v, want %s", address, err, want)
		}
	}
}

// The parser panics on this label set.
func TestMalformedTextIsAnError(t *testing.T) {
	for _, text := range []string{"a{b=\"c} 1", "x{", "# comment\n{}"} {
		if families, err := scrape.Parse(strings.NewReader(text)); err == nil {
			t.Errorf("%q gave %v", text, families)
		}
	}
}
