package collector

import (
	"time"

	prom "prewarm/shared/prometheus"
)

// flight holds the counters of one function on one target whose difference is the
// calls in flight there: a series for each counter.
type flight struct{ started, ended [][]prom.Sample }

// flight returns the counters of a target.
func (f *increments) flight(target string) *flight {
	if f.flights[target] == nil {
		f.flights[target] = new(flight)
	}
	return f.flights[target]
}

// writeInFlight sets the calls in flight of every function at the end of the
// window, -1 if no target was read lately.
func (c *cache) writeInFlight(k *chunk) {
	step := time.Duration(c.step) * time.Millisecond
	// A target is fresh if it was read within the last step, but at least within the
	// lateness of samples and at most within the margin that is read anyway.
	fresh := c.end - max(lateness, min(step, margin)).Milliseconds()
	for name, w := range c.windows {
		w.inFlight = -1
		if f := k.functions[name]; f != nil {
			w.inFlight = f.inFlight(k.Scrapes, fresh)
		}
	}
}

// inFlight sums the calls in flight over the targets that were read at fresh or
// later, -1 if there is none.
func (f *increments) inFlight(scrapes map[string][]int64, fresh int64) int {
	total := -1
	// Targets are summed: each gateway counts its own calls only. The order of the
	// map does not matter to a sum of integers.
	for target, times := range scrapes {
		last := times[len(times)-1]
		if last < fresh {
			continue
		}
		// From unknown to 0: a fresh target without counters of the function has
		// none of its calls.
		total = max(total, 0)
		if flight := f.flights[target]; flight != nil {
			total += flight.at(last)
		}
	}
	return total
}

// at returns started - ended at the latest scrape of which all counters are
// visible; the samples of one scrape have the same time. A counter that has no
// sample in the last prom.Reappear before the last scrape belongs to the time
// before a restart, and is left out.
func (f *flight) at(last int64) int {
	at := last
	for _, counters := range [][][]prom.Sample{f.started, f.ended} {
		for _, s := range counters {
			if end := s[len(s)-1].T; end > last-prom.Reappear {
				at = min(at, end)
			}
		}
	}
	// A counter of started calls that is lost before its counterpart would make the
	// difference negative.
	return int(max(0, valueAt(f.started, at)-valueAt(f.ended, at)))
}

// valueAt sums the counters that have a sample at time t.
func valueAt(counters [][]prom.Sample, t int64) (sum float64) {
	for _, samples := range counters {
		// From the end, because the time asked for is among the last samples.
		for i := len(samples) - 1; i >= 0 && samples[i].T >= t; i-- {
			if samples[i].T == t {
				sum += samples[i].V
			}
		}
	}
	return sum
}
