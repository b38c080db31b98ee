package dashboard

import (
	"net/http"
	"sync/atomic"
	"time"
)

// scrapeLimit is the time without a scrape above which the metrics of the functions count
// as not read. Scrape intervals are at most a few minutes.
const scrapeLimit = 10 * time.Minute

// callID is a header that OpenFaaS' gateway sets on every call. Prometheus scrapes a function
// past the gateway.
const callID = "X-Call-Id"

// scrapes is when Prometheus has read the dashboard's own metrics last. What it does not read
// here, it does not read of the other functions either.
type scrapes struct {
	now  func() time.Time
	last atomic.Int64 // Unix seconds, at first the start of the process
}

func newScrapes(now func() time.Time) *scrapes {
	s := &scrapes{now: now}
	s.last.Store(now().Unix())
	return s
}

// watch notes each request that did not come through the gateway.
func (s *scrapes) watch(metrics http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get(callID) == "" {
			s.last.Store(s.now().Unix())
		}
		metrics.ServeHTTP(w, r)
	})
}

// notices returns a notice if the metrics are not read, nil otherwise.
func (s *scrapes) notices() []notice {
	now := s.now()
	// Otherwise a clock that was set back would hide for that long that nobody reads.
	if s.last.Load() > now.Unix() {
		s.last.Store(now.Unix())
	}
	age := now.Sub(time.Unix(s.last.Load(), 0))
	if age <= scrapeLimit {
		return nil
	}
	return []notice{newNotice("warn", "No Prometheus has read the metrics of the functions for %s, so that alerts, graphs and an HPA lack them; decisions do not need them. That of the OpenFaaS chart does not scrape functions: see deploy/kubernetes/README.md, Prometheus and Grafana.", age.Round(time.Minute))}
}
