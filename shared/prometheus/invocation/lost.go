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
