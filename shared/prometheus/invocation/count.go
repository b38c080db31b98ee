package invocation

import prom "prewarm/shared/prometheus"

// takeStarted counts calls. A call counts in the step in which it starts: that is when it
// needs a replica.
func (c *Chunk) takeStarted(s Series) {
	f := c.of(s)
	c.markDeployed(f, s) // a function with calls exists, also if Deployed is not in the store
	c.count(f, s, true, f.calls)
	c.addFlight(f, s, 1)
}

// takeEnded counts the calls that ended, and those answered with 5xx.
func (c *Chunk) takeEnded(s Series) {
	f := c.of(s)
	// 4xx answers are errors of the caller, and not of a replica that was missing or
	// failed.
	if code := s.key.code; len(code) == 3 && code[0] == '5' {
		c.count(f, s, true, f.ended, f.errors)
	} else {
		c.count(f, s, true, f.ended)
	}
	c.addFlight(f, s, -1)
}

// takeSeconds adds up the durations of the calls that ended.
func (c *Chunk) takeSeconds(s Series) {
	f := c.of(s)
	c.count(f, s, false, f.busy)
}

// count adds the increments of a counter to each dst. whole is true for numbers of calls:
// an increment is then divided among steps in whole numbers.
func (c *Chunk) count(f *function, s Series, whole bool, dst ...[]float64) {
	counter, ok := c.counters[s.key]
	if !ok {
		counter, ok = c.before.counters[s.key]
	}
	usual, restarts := c.targets[s.Target].interval*3/2, c.restarts[s.Target]
	border, settled := prom.Counter{}, false // settled: border is known
	for _, x := range s.Samples {
		// After a return of the target, counting begins with the first sample: its calls
		// were counted under the other name.
		if !ok || x.T-counter.Last() >= maxGap.Milliseconds() && c.returns(s.Target, x.T) {
			counter, ok = c.newCounter(s, f.since, x.T), true
		} else if restarts || x.T-counter.Last() > usual {
			c.noteAbsence(&counter, s.Target, x.T)
		}
		if x.V = c.withoutDip(&counter, s.Target, x); x.V < 0 {
			continue
		}
		before := counter
		r := c.rise(&counter, s.Target, x)
		if r.By > 0 {
			f.rose.add(s.key.metric)
		}
		for _, d := range dst {
			r.Spread(d, c.Grid, whole)
		}
		if at, known := c.atSettle(before, counter, r, whole); known {
			border, settled = at, true
		}
	}
	c.counters[s.key] = counter
	if settled {
		c.border[s.key] = border
	}
}

// noteAbsence tells a counter what happened to its target between its latest sample
// and the next one, at t: a new process, or a scrape without the counter.
func (c *Chunk) noteAbsence(counter *prom.Counter, target string, t int64) {
	if c.restarts[target] && c.replaced(target, counter.Last(), t) {
		counter.Restart()
	} else if t-counter.Last() > c.targets[target].interval*3/2 {
		if next := c.nextScrape(target, counter.Last()); next != 0 && next < t {
			counter.Miss(next)
		}
	}
}

// rise adds a sample of a target to its counter and returns the increment since the sample
// before. After a restart, the increment begins with the new counter, and the calls before
// it are noted as lost.
func (c *Chunk) rise(counter *prom.Counter, target string, x prom.Sample) prom.Rise {
	r := counter.Add(x)
	if r.Restart {
		// A scrape without the counter shows that nothing was called before it.
		r.Sudden = r.Sudden || c.lastScrape(target, r.To) > r.From
		r.From = c.restarted(target, r)
	}
	return r
}

// restarted returns when a counter that restarted within r began to count again. It notes
// the time from the begin of r to the restart as lost: its calls, of any function, are in
// no sample.
func (c *Chunk) restarted(target string, r prom.Rise) int64 {
	lostUntil, from := r.To, r.From
	// Scrapes without the counter show that it began after the last of them, and that the
	// old one had ended by the first of them.
	if last := c.lastScrape(target, r.To); last > r.From {
		lostUntil, from = min(last, c.nextScrape(target, r.From)), last
	}
	if start := c.started(target, r.To); start > r.From && start < r.To {
		lostUntil, from = min(lostUntil, start), max(from, start)
	}
	c.lose(target, r.From, lostUntil)
	return from
}

// atSettle returns the counter as it stands at settle, and false if r lies after settle.
// before and after are the states of the counter around r.
func (c *Chunk) atSettle(before, after prom.Counter, r prom.Rise, whole bool) (at prom.Counter, known bool) {
	switch {
	case r.To <= c.settle:
		return after, true // until a later increment reaches settle
	case before.Last() >= c.settle || r.From >= c.settle || r.From >= r.To:
		return prom.Counter{}, false
	case r.Restart:
		return before, true // the next chunk has to see the restart, too
	}
	return after.At(c.settle, r, c.Grid.Step, whole), true
}
