package invocation

import (
	"slices"
	"sort"

	prom "prewarm/shared/prometheus"
)

// newCounter returns the counter of s, a series that begins at t. It counts from zero if
// the target was scraped without it before, or if the process is new. The time of the zero
// is the latest of that scrape, the start of the process and the begin of the function.
// Otherwise the value before t is unknown, or was counted under another name of the target:
// counting begins with the first sample.
func (c *Chunk) newCounter(s Series, existed, t int64) prom.Counter {
	since := max(c.started(s.Target, t), existed-1)
	if last := c.lastScrape(s.Target, t); last > 0 && c.read(s.key.label, last) && !c.returns(s.Target, t) {
		return prom.FromZero(min(max(last, since), t-1))
	}
	if c.isNew(s.Target, t) {
		return prom.FromZero(min(since, t-1))
	}
	return prom.Counter{}
}

// read reports whether the counters of a label were read at the given time. Those before
// the chunk were read if the label was one of the names of that chunk.
func (c *Chunk) read(label string, at int64) bool {
	return at > c.Grid.Start || c.before.names.has(label)
}

// isNew reports whether the process of a target whose first scrape is at t is new, and not
// a target of before under a new name. It is new if, compared with every target that was
// scraped before, it started after the last scrape of that one, or has another start time
// and started just now. Without such a target nothing is known.
func (c *Chunk) isNew(target string, t int64) bool {
	start, others := c.started(target, t), false
	for name := range c.targets {
		last := c.lastScrape(name, t)
		if last == 0 {
			continue
		}
		others = true
		justNow := t-start <= maxGap.Milliseconds() && differ(start, c.started(name, last))
		if start <= last && !justNow {
			return false
		}
	}
	return others
}

// returns reports whether the scrape of target at t is the first after a gap in which
// what may be the same process was scraped under another name, and the store did not try
// to scrape it under this one.
func (c *Chunk) returns(target string, t int64) bool {
	last := c.lastScrape(target, t)
	if last == 0 || t-max(last, c.lastTry(target, t)) < maxGap.Milliseconds() {
		return false
	}
	// A target that was lost at the same time as this one is not its other name.
	start, lost := c.started(target, t), last+min(2*c.targets[target].interval, (t-last)/2)
	for name := range c.targets {
		if at := c.lastScrape(name, t); at > lost && !c.beside(name, last) && !differ(start, c.started(name, at)) {
			return true
		}
	}
	return false
}

// beside reports whether a target was scraped around time t: two that are scraped at the
// same time are not one under two names.
func (c *Chunk) beside(name string, t int64) bool {
	at := c.lastScrape(name, t+1)
	if at > t { // t lies before the last scrape that is known from before the chunk
		return c.before.targets[name].unbroken <= t
	}
	return at > t-max(maxGap.Milliseconds(), 2*c.targets[name].interval)
}

// unbroken returns since when a target was scraped without a gap, up to its scrape at t.
func (c *Chunk) unbroken(name string, t int64) int64 {
	longest := max(maxGap.Milliseconds(), 2*c.targets[name].interval)
	for {
		before := c.lastScrape(name, t)
		switch {
		case before == 0 || before >= t || t-before > longest:
			return t
		case before <= c.Grid.Start:
			return c.before.targets[name].unbroken
		}
		t = before
	}
}

// lastTry returns the time at which the store last tried to scrape a target before t, with
// or without success, 0 if unknown.
func (c *Chunk) lastTry(target string, t int64) (last int64) {
	last = c.before.targets[target].tried
	for _, at := range c.tries[target] {
		if at < t {
			last = max(last, at)
		}
	}
	return last
}

// differ reports whether two start times are known and belong to different processes.
func differ(a, b int64) bool {
	return a != 0 && b != 0 && max(a, b)-min(a, b) > startJitter.Milliseconds()
}

// replaced reports whether the process of the target at t has started since last, in
// place of another one.
func (c *Chunk) replaced(target string, last, t int64) bool {
	start := c.started(target, t)
	return last > 0 && start > last && differ(start, c.started(target, last))
}

// lastScrape returns the time of the last scrape of a target before t, 0 if none.
func (c *Chunk) lastScrape(target string, t int64) int64 {
	times := c.scrapes[target]
	if i, _ := slices.BinarySearch(times, t); i > 0 {
		return times[i-1]
	}
	return c.before.targets[target].at
}

// nextScrape returns the time of the first scrape of a target after t, 0 if none was read.
func (c *Chunk) nextScrape(target string, t int64) int64 {
	times := c.scrapes[target]
	if i, _ := slices.BinarySearch(times, t+1); i < len(times) {
		return times[i]
	}
	return 0
}

// started returns when the process of the target at t started, 0 if unknown.
func (c *Chunk) started(target string, t int64) int64 {
	starts := c.starts[target]
	if i := sort.Search(len(starts), func(i int) bool { return starts[i].at > t }); i > 0 {
		return starts[i-1].started
	}
	return c.before.targets[target].started
}
