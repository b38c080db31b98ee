package demand

import (
	"context"
	"fmt"
	"time"

	prom "prewarm/shared/prometheus"
)

// Store reads the calls in flight on all gateways that a store has scraped.
type Store struct{ Client *prom.Client }

// Read returns the functions with calls in flight, by the newest samples of (from, to]. One
// query without histograms answers it, and its result has those functions alone.
//
// A second scrape job that reads the same gateway makes calls count twice: prometheus_matchers
// must select one.
func (s Store) Read(ctx context.Context, from, to time.Time) (Reading, error) {
	calls := map[string]float64{}
	err := s.Client.Instant(ctx, s.expression(to.Sub(from)), to, func(one prom.Series) error {
		calls[one.Labels[labelFunction]] += one.Samples[0].V
		return nil
	})
	if err != nil {
		return Reading{}, err
	}
	return Reading{InFlight: inFlight(calls)}, nil
}

// expression returns started - ended > 0 by function. A function whose first calls are in
// flight has no counter of those that ended.
func (s Store) expression(within time.Duration) string {
	sum := func(metric string) string {
		return fmt.Sprintf("sum by (%s) (last_over_time(%s[%dms]))", labelFunction, s.Client.Selector(metric), within.Milliseconds())
	}
	started := sum(metricStarted)
	return fmt.Sprintf("%s - (%s or 0 * %s) > 0", started, sum(metricEnded), started)
}
