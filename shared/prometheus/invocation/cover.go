package invocation

import prom "prewarm/shared/prometheus"

// cover tells of each step of a grid how well one target covers it.
type cover struct {
	grid   prom.Grid
	ms     []int64 // covered time of the step
	exists []bool  // the target existed in the step
	wide   []bool  // it is covered by two scrapes that are further apart than a step
	lost   []bool  // calls may have been lost in the step
	gap    []bool  // scrapes were missed in the step, which the store may get later
}

// scraped covers the time between two scrapes of one process, whose scrapes usually are
// interval apart.
func (v *cover) scraped(from, to, interval int64) {
	first, end := v.grid.Overlap(from, to)
	for i := first; i < end; i++ {
		v.ms[i] += min(to, v.grid.Begin(i+1)) - max(from, v.grid.Begin(i))
		v.wide[i] = v.wide[i] || to-from > v.grid.Step
		v.gap[i] = v.gap[i] || to-from > max(v.grid.Step, 2*interval)
	}
	mark(v.exists, v.grid, from, to)
}

// absent covers the rest of the step before the target came to be: it has no calls there.
func (v *cover) absent(until int64) {
	if i, ok := v.grid.Index(until); ok && until < v.grid.Begin(i+1) {
		v.ms[i] += until - v.grid.Begin(i)
		v.exists[i] = true
	}
}

// quality returns the quality of step i as far as the target tells, and whether the
// target existed in it.
func (v *cover) quality(i int) (q Quality, exists bool) {
	switch {
	case !v.exists[i]:
		return Known, false
	case v.ms[i] == 0 && !v.lost[i]:
		return Unknown, true
	case v.ms[i] < v.grid.Step || v.lost[i]:
		return AtLeast, true
	case v.wide[i]:
		return Spread, true
	}
	return Known, true
}

// cover returns how well a target covers the steps of the chunk.
func (c *Chunk) cover(name string) *cover {
	n := c.Grid.Len
	v := &cover{c.Grid, make([]int64, n), make([]bool, n), make([]bool, n), make([]bool, n), make([]bool, n)}
	t := c.targets[name]
	if t.shared {
		mark(v.exists, c.Grid, c.Grid.Start, c.Grid.End())
		return v
	}
	last := c.before.targets[name].at
	for _, at := range c.scrapes[name] {
		start := c.started(name, at)
		switch {
		case last == 0 && c.isNew(name, at):
			v.absent(start)
			v.scraped(start, at, t.interval)
		case last == 0 || at-last >= maxGap.Milliseconds() && c.returns(name, at):
			// It ran before its first scrape, but nothing is known of that time, or
			// another target tells it.
			mark(v.exists, c.Grid, at-1, at)
		case c.replaced(name, last, at):
			// Another process: what the first one served after its last scrape is lost.
			mark(v.lost, c.Grid, last, min(start, at))
			mark(v.exists, c.Grid, last, at)
			v.scraped(min(start, at-1), at, t.interval)
		default:
			v.scraped(last, at, t.interval)
		}
		last = at
	}
	if last > 0 {
		c.coverEnd(v, t, last)
	}
	return v
}

// coverEnd covers the time after the last scrape of a target. If it is gone, it lost what
// it served after that scrape; otherwise it exists up to the time that is read.
func (c *Chunk) coverEnd(v *cover, t target, last int64) {
	until := c.at
	if c.gone(t) {
		until = max(last+1, t.tried)
		mark(v.lost, c.Grid, last, last+1)
	}
	mark(v.exists, c.Grid, last, until)
}

// gone reports whether a target is no longer one: the store has not tried to scrape it
// lately, though it went on scraping others. Without Up it is gone after maxGap without a
// scrape, or after three times its usual interval if that is longer.
func (c *Chunk) gone(t target) bool {
	if t.tried == 0 {
		return c.at-t.at > max(maxGap.Milliseconds(), 3*t.interval)
	}
	return c.latest()-max(t.at, t.tried) > max(2*t.interval, prom.Reappear)
}

// latest returns the time of the latest sample of any target.
func (c *Chunk) latest() (at int64) {
	for _, t := range c.targets {
		at = max(at, t.at, t.tried)
	}
	return at
}

// Quality returns the quality of each step as far as the gateways tell: a step is only as
// good as that of the target that covers it worst. open tells of each step whether later
// samples may improve it.
func (c *Chunk) Quality() (quality []Quality, open []bool) {
	quality, open = make([]Quality, c.Grid.Len), make([]bool, c.Grid.Len)
	exists := make([]bool, c.Grid.Len)
	for i := range quality {
		quality[i] = Known
	}
	for name := range c.targets {
		v := c.cover(name)
		for i := range quality {
			q, here := v.quality(i)
			quality[i], exists[i] = min(quality[i], q), exists[i] || here
			open[i] = open[i] || here && !v.lost[i] && (v.gap[i] || v.ms[i] < c.Grid.Step)
		}
	}
	for i := range quality {
		if !exists[i] {
			quality[i], open[i] = Unknown, true
		}
	}
	return quality, open
}

// Settled reports whether every existing target was scraped at the time at which the
// next chunk begins, or after it: the steps before do not change any more.
func (c *Chunk) Settled() bool { return c.covered(c.settle) }

// covered reports whether every existing target was scraped at the given time or later.
func (c *Chunk) covered(at int64) bool {
	for _, t := range c.targets {
		if t.at < at && !c.gone(t) {
			return false
		}
	}
	return true
}

// Shared returns the addresses of targets that are really several gateways behind one
// address.
func (c *Chunk) Shared() []string {
	var out []string
	for _, t := range c.targets {
		if t.shared {
			out = append(out, t.address[0])
		}
	}
	return out
}
