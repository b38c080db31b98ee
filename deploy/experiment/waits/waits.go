// Package waits reads from the metrics of the local gateway how long calls waited for a
// replica: because no replica was ready, or because all ready replicas were at their
// limit of concurrent calls. In both cases a replica was started too late.
package waits

import (
	"context"
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
	"strings"

	dto "github.com/prometheus/client_model/go"

	"prewarm/deploy/replay/scrape"
)

// histograms are the gateway's histograms of waits, with the label function_name.
func histograms() []string {
	return []string{"prewarm_local_cold_start_wait_seconds", "prewarm_local_queue_wait_seconds"}
}

// Waits are the waits of some calls. A call that waited first for a start and then for
// a replica below its limit counts twice.
type Waits struct {
	Count   float64
	Seconds float64
	buckets map[float64]float64 // cumulative counts by upper bound
}

// Mean returns the mean wait in seconds, 0 if there is none.
func (w Waits) Mean() float64 {
	if w.Count == 0 {
		return 0
	}
	return w.Seconds / w.Count
}

// Quantile returns quantile q in seconds, 0 if there is no wait. Waits are assumed to be
// spread evenly within a bucket, as by histogram_quantile of Prometheus. Beyond the last
// finite bound Quantile returns that bound.
func (w Waits) Quantile(q float64) float64 {
	rank, lower, below := q*w.Count, 0.0, 0.0
	if w.Count == 0 {
		return 0
	}
	// Bucket counts are cumulative: the first one that reaches the rank holds the quantile.
	for _, upper := range slices.Sorted(maps.Keys(w.buckets)) {
		if n := w.buckets[upper]; n >= rank && !math.IsInf(upper, 1) {
			return lower + (upper-lower)*(rank-below)/max(n-below, 1)
		}
		if !math.IsInf(upper, 1) {
			lower, below = upper, w.buckets[upper]
		}
	}
	return lower
}

// Since returns the waits between two readings of the same gateway: those in w that
// before, the earlier one, does not have.
func (w Waits) Since(before Waits) Waits {
	d := Waits{Count: w.Count - before.Count, Seconds: w.Seconds - before.Seconds, buckets: map[float64]float64{}}
	for upper, n := range w.buckets {
		d.buckets[upper] = n - before.buckets[upper]
	}
	return d
}

// Read reads the waits of the named functions from the metrics at address.
func Read(ctx context.Context, address string, functions []string) (Waits, error) {
	families, err := scrape.Read(ctx, http.DefaultClient, address)
	if err != nil {
		return Waits{}, err
	}
	return waitsIn(families, functions)
}

// waitsIn adds up the histograms of the functions.
func waitsIn(families scrape.Families, functions []string) (Waits, error) {
	w := Waits{buckets: map[float64]float64{}}
	for _, name := range histograms() {
		for _, m := range families[name].GetMetric() {
			function, _, _ := strings.Cut(scrape.Function(m), ".") // without the namespace
			if slices.Contains(functions, function) {
				w.add(m.GetHistogram())
			}
		}
	}
	if !(w.Seconds >= 0 && w.Seconds <= math.MaxFloat64) { // also NaN
		return Waits{}, fmt.Errorf("the sum of all waits must be finite and not negative, was: %v", w.Seconds)
	}
	return w, nil
}

// add adds a histogram with the same bounds.
func (w *Waits) add(h *dto.Histogram) {
	w.Count += float64(h.GetSampleCount())
	w.Seconds += h.GetSampleSum()
	for _, b := range h.GetBucket() {
		w.buckets[b.GetUpperBound()] += float64(b.GetCumulativeCount())
	}
}
