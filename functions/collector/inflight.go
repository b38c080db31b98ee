package collector

import (
	"math"
	"time"

	prom "prewarm/shared/prometheus"
)

// inFlight holds the samples of one function on one target that tell the calls
// in flight there.
type inFlight struct{ started, ended [][]prom.Sample }

func (t *tally) flight(name string) *inFlight {
	f := t.flights[name]
	if f == nil {
		f = new(inFlight)
		t.flights[name] = f
	}
	return f
}

// writeInFlight sets the calls in flight of every function at the end of the
// window, -1 where no target was read lately.
func (p *past) writeInFlight(r *reading) {
	step := time.Duration(p.step) * time.Millisecond
	fresh := p.end - max(lateness, min(step, margin)).Milliseconds()
	for name, h := range p.functions {
		h.inFlight = -1
		if t := r.tallies[name]; t != nil {
			h.inFlight = t.inFlight(r.Scrapes, fresh)
		}
	}
}

// inFlight sums the calls in flight over the targets read at fresh or later.
func (t *tally) inFlight(scrapes map[string][]int64, fresh int64) int {
	total := -1
	for name, times := range scrapes {
		last := times[len(times)-1]
		if last < fresh {
			continue
		}
		total = max(total, 0)
		if f := t.flights[name]; f != nil {
			total += f.at(last)
		}
	}
	return total
}

// at returns started - ended at the last scrape of which all counters are
// visible: those of one scrape have the same time. A counter that is not part
// of the latest scrapes belongs to the time before a restart.
func (f *inFlight) at(last int64) int {
	at := last
	for _, all := range [][][]prom.Sample{f.started, f.ended} {
		for _, s := range all {
			if end := s[len(s)-1].T; end > last-prom.Reappear {
				at = min(at, end)
			}
		}
	}
	return int(math.Max(0, valueAt(f.started, at)-valueAt(f.ended, at)))
}

// valueAt sums the counters that have a sample at time t.
func valueAt(counters [][]prom.Sample, t int64) (sum float64) {
	for _, samples := range counters {
		for i := len(samples) - 1; i >= 0 && samples[i].T >= t; i-- {
			if samples[i].T == t {
				sum += samples[i].V
			}
		}
	}
	return sum
}
