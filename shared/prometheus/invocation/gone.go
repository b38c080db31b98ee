package invocation

import prom "prewarm/shared/prometheus"

// gone reports whether a target has ended: the store has not tried to scrape it for more
// than two intervals, in which it scraped another one without a gap. Without Up this takes
// maxGap, or three intervals if that is longer. A store that scraped nothing for a while
// thus loses no target: after it, one of them is scraped first.
func (c *Chunk) gone(t target) bool {
	last, limit := max(t.at, t.tried), max(2*t.interval, prom.Reappear)
	if t.tried == 0 {
		limit = max(maxGap.Milliseconds(), 3*t.interval)
	}
	for name, since := range c.steady {
		if other := c.targets[name]; max(other.at, other.tried)-max(since, last) > limit {
			return true
		}
	}
	return false
}

// measureSteady sets since when the store has tried to scrape each target without a gap.
func (c *Chunk) measureSteady() {
	clear(c.steady)
	for name, t := range c.targets {
		if times := c.scrapes[name]; len(c.tries[name]) > 0 {
			c.steady[name] = c.steadySince(c.tries[name], t, c.before.targets[name])
		} else if len(times) > 0 {
			c.steady[name] = c.steadySince(times, t, c.before.targets[name])
		}
	}
}

func (c *Chunk) steadySince(times []int64, t, before target) int64 {
	longest := t.interval * 3 / 2
	i := len(times) - 1
	for i > 0 && times[i]-times[i-1] <= longest {
		i--
	}
	if last := max(before.at, before.tried); i == 0 && last > 0 && times[0]-last <= longest {
		return before.unbroken
	}
	return times[i]
}
