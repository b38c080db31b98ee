package dashboard

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// Prometheus reads the metrics past the gateway; a browser reads them through it.
func TestMetricsThatNobodyReadsAreNoticed(t *testing.T) {
	d := newFake(t, &fakeSource{})
	now := time.Unix(origin, 0)
	d.now = func() time.Time { return now }
	d.scrapes = newScrapes(d.now)
	read := func(id string) {
		t.Helper()
		r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
		if id != "" {
			r.Header.Set("X-Call-Id", id)
		}
		w := httptest.NewRecorder()
		d.Metrics().ServeHTTP(w, r)
		if !strings.Contains(w.Body.String(), "prewarm_dashboard_functions") {
			t.Fatalf("got %d", w.Code)
		}
	}
	expect := func(story string, want bool) {
		t.Helper()
		if got := strings.Contains(get(d, "/").Body.String(), "No Prometheus has read the metrics"); got != want {
			t.Errorf("%s: a notice is shown: %v", story, got)
		}
	}
	pass := func(minutes int) { now = now.Add(time.Duration(minutes) * time.Minute) }
	pass(10)
	expect("the first scrape may still come", false)
	pass(1)
	expect("nobody reads", true)
	read("a-call")
	expect("a reader behind the gateway is no Prometheus", true)
	read("")
	expect("a scrape", false)
	for range 30 {
		pass(1)
		read("")
	}
	expect("scrapes go on", false)
	pass(11)
	expect("they have ended", true)
}
