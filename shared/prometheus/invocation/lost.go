package invocation

import prom "prewarm/shared/prometheus"

// spans is a set of times (from, to], Unix ms.
type spans map[[2]int64]bool

// lose records that the calls of a target in (from, to] may be in no sample, since its
// process ended in that time. One counter that restarted shows it for all functions.
func (c *Chunk) lose(target string, from, to int64) {
	if c.lost[target] == nil {
		c.lost[target] = spans{}
	}
	c.lost[target][[2]int64{from, to}] = true
}

// loseMissing finds the counters that have ended with their process and have not come
// back, because their function was not called since.
func (c *Chunk) loseMissing() {
	for k, counter := range c.counters {
		c.loseIfMissing(k, counter)
	}
	for k, counter := range c.before.counters {
		if _, ok := c.counters[k]; !ok && c.names.has(k.label) {
			c.loseIfMissing(k, counter)
		}
	}
}

// loseIfMissing records the end of a process, after the latest sample of the counter, if
// scrapes of its target lack the counter for Reappear.
func (c *Chunk) loseIfMissing(k key, counter prom.Counter) {
	last, at := counter.Last(), c.targets[k.target].at
	if next := c.nextScrape(k.target, last); next > 0 && at-next >= prom.Reappear {
		c.lose(k.target, last, next)
	}
}

// withoutDip returns the value of the next sample of a counter. One that falls by less than
// an eighth keeps its value, as in VictoriaMetrics (removeCounterResets): two stores of a
// pair whose samples are merged may take turns. If it is not known whether its process goes
// on, the calls are a lower bound. Processes whose starts are less than startJitter apart
// cannot be told apart, so that a larger fall is a restart in any case.
func (c *Chunk) withoutDip(counter *prom.Counter, target string, x prom.Sample) float64 {
	value, last := counter.Value(), counter.Last()
	if x.V < 0 && last > 0 {
		return value // no counter has it
	}
	if x.V >= value || x.T <= last || counter.Gone(x.T) {
		return x.V
	}
	if 8*(value-x.V) >= value {
		return x.V
	}
	switch same, known := c.sameProcess(target, last, x.T); {
	case !known:
		c.lose(target, last, x.T)
	case !same:
		return x.V
	}
	return value
}

// sameProcess reports whether a target is one process from last to t, and whether that is
// known: the start time of the scrape at t may not be visible yet.
func (c *Chunk) sameProcess(target string, last, t int64) (same, known bool) {
	before := c.started(target, last)
	for _, x := range c.starts[target] {
		if x.at >= t {
			return !differ(before, x.started), before != 0 && x.started != 0
		}
	}
	return false, before != 0
}
