package invocation

import (
	"slices"

	prom "prewarm/shared/prometheus"
)

// function is what a chunk has counted of one function. Each slice has one value per
// step.
type function struct {
	calls, ended, errors, busy []float64
	deployed                   []bool // the function existed in the step
	flights                    map[string]*flight
	has                        metrics // with a series in the chunk
	rose                       metrics // of these, those that rose
	since                      int64   // when it was first seen to exist, Unix ms; 0 if before the chunk
}

// metrics is a set of the metrics of functions: a map for each function would take more memory
// than its counts.
type metrics uint8

func setOf(metric string) metrics {
	return 1 << slices.Index([]string{Deployed, Started, Ended, Seconds}, metric)
}

func (m *metrics) add(metric string)     { *m |= setOf(metric) }
func (m metrics) has(metric string) bool { return m&setOf(metric) != 0 }

// of returns the function that s belongs to.
func (c *Chunk) of(s Series) *function {
	f := c.functions[s.Function]
	if f == nil {
		n := c.Grid.Len
		v, b := make([]float64, 4*n), make([]bool, n) // few allocations: there may be thousands of functions
		f = &function{
			calls: v[:n:n], ended: v[n : 2*n : 2*n], errors: v[2*n : 3*n : 3*n], busy: v[3*n:],
			deployed: b, flights: map[string]*flight{},
		}
		c.functions[s.Function] = f
	}
	f.has.add(s.key.metric)
	return f
}

// takeDeployed marks the steps in which the function existed, with or without calls:
// those with a sample, and those between two successive scrapes that both have one.
func (c *Chunk) takeDeployed(s Series) { c.markDeployed(c.of(s), s) }

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

// count adds the increments of a counter to each dst. whole tells that they are numbers
// of calls.
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
		r := counter.Add(x)
		if r.Restart {
			// A scrape without the counter shows that nothing was called before it.
			r.Sudden = r.Sudden || c.lastScrape(s.Target, r.To) > r.From
			r.From = c.restarted(s.Target, r)
		}
		if r.By > 0 {
			f.rose.add(s.key.metric)
		}
		for _, d := range dst {
			r.Spread(d, c.Grid, whole)
		}
		if x.T <= c.settle {
			border, settled = counter, true
		} else if before.Last() < c.settle && r.From < c.settle && r.From < r.To {
			border, settled = c.atSettle(before, counter, r, whole), true
		}
	}
	c.counters[s.key] = counter
	if settled {
		c.border[s.key] = border
	}
}

// atSettle returns the counter as it stands at settle, which lies within r: between the
// states before and after.
func (c *Chunk) atSettle(before, after prom.Counter, r prom.Rise, whole bool) prom.Counter {
	if r.Restart {
		return before // the next chunk has to see the restart, too
	}
	return after.At(c.settle, r, c.Grid.Step, whole)
}

// noteAbsence tells a counter of what happened to its target between its latest sample
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

// restarted returns when a counter that restarted within r began to count again. The calls
// from the begin of r to the restart are in no sample, of any function.
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
