package invocation

import prom "prewarm/shared/prometheus"

// cover states how well the scrapes of one target cover each step of a grid.
type cover struct {
	grid   prom.Grid
	ms     []int64 // covered time of the step
	exists []bool  // the target existed in the step
	wide   []bool  // scrapes that are further apart than a step cover a part of it
	lost   []bool  // calls of the step may be in no sample: the process ended
	gap    []bool  // scrapes are missing in the step, which the store may get later
}

// scraped covers the time (from, to] between two scrapes of one process, whose usual
// interval is given, in ms.
func (v *cover) scraped(from, to, interval int64) {
	first, end := v.grid.Overlap(from, to)
	for i := first; i < end; i++ {
		v.ms[i] += min(to, v.grid.Begin(i+1)) - max(from, v.grid.Begin(i))
		v.wide[i] = v.wide[i] || to-from > v.grid.Step
		v.gap[i] = v.gap[i] || to-from > max(v.grid.Step, 2*interval)
	}
	mark(v.exists, v.grid, from, to)
}

// absent covers the part of a step before the target began to exist, at until: it has no
// calls there.
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
	v := &cover{
		grid: c.Grid, ms: make([]int64, n),
		exists: make([]bool, n), wide: make([]bool, n), lost: make([]bool, n), gap: make([]bool, n),
	}
	t := c.targets[name]
	if t.shared {
		mark(v.exists, c.Grid, c.Grid.Start, c.Grid.End())
		return v
	}
	last := c.before.targets[name].at
	for _, at := range c.scrapes[name] {
		c.coverScrape(v, name, last, at)
		last = at
	}
	if last > 0 {
		c.coverEnd(v, t, last)
	}
	for s := range c.lost[name] {
		mark(v.lost, c.Grid, s[0], s[1])
	}
	return v
}

// coverScrape covers the time between two successive scrapes of a target, at last (0 if
// there is none before) and at.
func (c *Chunk) coverScrape(v *cover, name string, last, at int64) {
	start, interval := c.started(name, at), c.targets[name].interval
	switch {
	case last == 0 && c.isNew(name, at):
		v.absent(start)
		v.scraped(start, at, interval)
	case last == 0 || at-last >= maxGap.Milliseconds() && c.returns(name, at):
		// It ran before this scrape, but nothing is known of that time, or it was scraped
		// under another name then.
		mark(v.exists, c.Grid, at-1, at)
	case c.replaced(name, last, at):
		// Another process: what the first one served after its last scrape is lost.
		mark(v.lost, c.Grid, last, min(start, at))
		mark(v.exists, c.Grid, last, at)
		v.scraped(min(start, at-1), at, interval)
	default:
		v.scraped(last, at, interval)
	}
}

// coverEnd marks the time after the last scrape of a target. If it is gone, what it served
// after that scrape is lost; otherwise it exists up to the end of what was read.
func (c *Chunk) coverEnd(v *cover, t target, last int64) {
	until := c.at
	if c.gone(t) {
		until = max(last+1, t.tried)
		mark(v.lost, c.Grid, last, last+1)
	}
	mark(v.exists, c.Grid, last, until)
}

// Quality returns the quality of each step as far as the gateways determine it: that of
// the target that covers the step worst. open states for each step whether the store may
// still get samples that improve it.
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

// Settled reports whether every existing target was scraped at the begin of the next chunk
// or later, so that no step before it waits for a scrape.
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

// Shared returns the addresses of the shared targets: several gateways answer there.
func (c *Chunk) Shared() []string {
	var out []string
	for _, t := range c.targets {
		if t.shared {
			out = append(out, t.address[0])
		}
	}
	return out
}
