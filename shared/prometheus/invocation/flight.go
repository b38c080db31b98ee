package invocation

import (
	"math"

	prom "prewarm/shared/prometheus"
)

// flight is the number of calls of one function in progress on one target: the difference
// of its counters. The samples of one scrape have the same time.
type flight struct {
	values []float64 // at the scrapes of the slice, NaN if a counter is not visible there
	last   float64   // value at lastAt, the latest scrape at which it is known
	lastAt int64     // 0 for none
	below  int       // the latest scrapes in a row at which more calls had ended than started
	border flying    // as it stands at the begin of the next chunk
	// Per step: the integral over the time for which it is known, that time in ms, and
	// the largest value at a scrape.
	area, time, peak []float64
}

// addFlight adds a counter to the calls in progress of its function: with sign 1 those
// that started, with -1 those that ended.
func (c *Chunk) addFlight(f *function, s Series, sign float64) {
	scrapes := c.sliceScrapes(s.Target)
	fl := f.flights[s.Target]
	if fl == nil {
		fl = c.newFlight(s)
		f.flights[s.Target] = fl
	}
	if len(fl.values) != len(scrapes) {
		fl.values = make([]float64, len(scrapes))
	}
	before, known := c.before.counters[s.key]
	k := 0
	for i, t := range scrapes {
		for k < len(s.Samples) && s.Samples[k].T < t {
			k++
		}
		switch {
		case k < len(s.Samples) && s.Samples[k].T == t:
			fl.values[i] += sign * s.Samples[k].V
		case k == 0 && (!known || c.replaced(s.Target, before.Last(), t)):
			// The counter does not exist yet, and so stands at zero.
		case k > 0 && c.replaced(s.Target, s.Samples[k-1].T, t):
			// The process was replaced, and the new one has no such call yet.
		case k == len(s.Samples) && t-s.Samples[k-1].T >= prom.Reappear && c.goneSince(s, t):
			// It was missing for so long that it counts as restarted.
		default:
			fl.values[i] = math.NaN()
		}
	}
}

// goneSince reports whether a counter whose last sample in the slice lies before t has
// missed the scrapes of its target for so long that it restarted.
func (c *Chunk) goneSince(s Series, t int64) bool {
	missed := c.nextScrape(s.Target, s.Samples[len(s.Samples)-1].T)
	return missed != 0 && t-missed >= prom.Reappear
}

// sliceScrapes returns the times at which a target was scraped within the slice.
func (c *Chunk) sliceScrapes(target string) []int64 {
	times := c.scrapes[target]
	i := len(times)
	for i > 0 && times[i-1] > c.slice {
		i--
	}
	return times[i:]
}

// endSlice integrates the calls in progress over the slice.
func (c *Chunk) endSlice() {
	for name, at := range c.deployedInSlice {
		c.deployed[name] = at
	}
	clear(c.deployedInSlice)
	for _, f := range c.functions {
		for target, fl := range f.flights {
			if len(fl.values) > 0 {
				fl.integrate(c, c.sliceScrapes(target), c.targets[target].interval)
			}
			fl.values = nil
		}
	}
	c.loseMissing()
	c.measureSteady()
}

// integrate adds the values at the given scrapes to the steps. Before the first one, its
// value is taken for one usual interval.
//
// A change between two scrapes is taken to have happened halfway, as that of a counter. With
// a straight line instead, a call that ended just before the end of a step would run on into
// the next one, and need a replica there, until the next scrape.
func (fl *flight) integrate(c *Chunk, scrapes []int64, interval int64) {
	if g := c.Grid; fl.area == nil {
		v := make([]float64, 3*g.Len)
		fl.area, fl.time, fl.peak = v[:g.Len:g.Len], v[g.Len:2*g.Len:2*g.Len], v[2*g.Len:]
	}
	for i, t := range scrapes {
		n := fl.values[i]
		if math.IsNaN(n) {
			continue
		}
		if fl.below++; n > -0.5 {
			fl.below = 0
		}
		n = max(n, 0)
		if fl.lastAt == 0 {
			fl.last, fl.lastAt = n, t-max(interval, 1)
		}
		half := fl.lastAt + (t-fl.lastAt)/2
		fl.hold(c.Grid, fl.lastAt, half, fl.last)
		fl.hold(c.Grid, half, t, n)
		if k, ok := c.Grid.Index(t); ok {
			fl.peak[k] = max(fl.peak[k], n)
		}
		fl.last, fl.lastAt = n, t
		if t <= c.settle {
			fl.border = flying{n, t}
		}
	}
}

// hold adds n calls in progress from a time to another to the steps.
func (fl *flight) hold(g prom.Grid, from, to int64, n float64) {
	first, end := g.Overlap(from, to)
	for k := first; k < end; k++ {
		ms := float64(min(to, g.Begin(k+1)) - max(from, g.Begin(k)))
		fl.area[k] += n * ms
		fl.time[k] += ms
	}
}

// inProgress returns the calls in progress on average and at the peak in a step, on all
// targets together; NaN if one of them does not show it. The peaks of the targets are
// summed, although they may lie at different times: the sum is an upper bound.
func (f *function) inProgress(step int) (mean, peak float64) {
	for _, fl := range f.flights {
		if fl.area == nil {
			return math.NaN(), math.NaN()
		}
		if fl.time[step] == 0 {
			continue
		}
		mean += fl.area[step] / fl.time[step]
		peak += fl.peak[step]
	}
	return mean, peak
}

// inFlight returns the calls in progress at the latest scrapes, -1 if they are not known of
// an existing target at fresh (Unix ms) or later.
func (c *Chunk) inFlight(f *function, fresh int64) int {
	total, known := 0.0, false
	for name, t := range c.targets {
		switch last := f.lastFlight(name, t.at); {
		case c.gone(t):
			continue
		case t.shared || last < fresh:
			return -1
		}
		known = true
		if fl := f.flights[name]; fl != nil {
			total += fl.last
		}
	}
	if !known {
		return -1
	}
	return int(min(total+0.5, math.MaxInt32)) // series that are no counters may have any difference
}

// lastFlight returns the latest scrape of a target at which the calls in progress are
// known. A target without counters of the function has none of its calls.
func (f *function) lastFlight(target string, at int64) int64 {
	if fl := f.flights[target]; fl != nil {
		return fl.lastAt
	}
	return at
}
