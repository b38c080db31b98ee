package invocation

import prom "prewarm/shared/prometheus"

// takeDeployed marks the steps in which the function existed, with or without calls.
func (c *Chunk) takeDeployed(s Series) { c.markDeployed(c.of(s), s) }

// markDeployed marks the steps with a sample of s, and those between two successive
// scrapes that both have one.
func (c *Chunk) markDeployed(f *function, s Series) {
	before := c.deployed[s.Function]
	if before == 0 && (f.since == 0 || s.Samples[0].T < f.since) {
		f.since = s.Samples[0].T
	}
	previous, settled := c.lastScrape(s.Target, s.Samples[0].T), int64(0)
	scrapes := c.sliceScrapes(s.Target)
	for _, x := range s.Samples {
		for ; len(scrapes) > 0 && scrapes[0] < x.T; scrapes = scrapes[1:] {
			previous = scrapes[0]
		}
		from := x.T - 1
		if before > 0 && previous <= before {
			from = before
		}
		mark(f.deployed, c.Grid, from, x.T)
		if before = x.T; before <= c.settle {
			settled = before
		}
	}
	c.deployedInSlice[s.Function] = max(c.deployedInSlice[s.Function], before)
	if settled > c.deployedAtSettle[s.Function] {
		c.deployedAtSettle[s.Function] = settled
	}
}

// mark marks the steps that overlap the time (from, to].
func mark(marks []bool, g prom.Grid, from, to int64) {
	first, end := g.Overlap(from, to)
	for i := first; i < end; i++ {
		marks[i] = true
	}
}
