package invocation

import (
	"math"
	"slices"

	prom "prewarm/shared/prometheus"
)

// Functions returns what was measured of every function in the slices that were read. Calls
// in flight are unknown if a target was not scraped at fresh (Unix ms) or later.
//
// Started, Ended and Seconds count the same calls. If one of them is missing or
// contradicts the others, the calls come from the others, or are unknown. The note of the
// function states which.
func (c *Chunk) Functions(fresh int64) map[string]*Function {
	gateways, _ := c.Quality()
	late := c.late()
	out := make(map[string]*Function, len(c.functions))
	for name, f := range c.functions {
		m := &Function{
			Calls: f.calls, Errors: f.errors, Busy: f.busy,
			Running: make([]float64, c.Grid.Len), Peak: make([]float64, c.Grid.Len),
			Quality: slices.Clone(gateways), InFlight: c.inFlight(f, fresh),
		}
		for i := range m.Running {
			m.Running[i], m.Peak[i] = f.inProgress(i)
		}
		c.agree(f, m)
		c.lowerQuality(f, m, late[name])
		out[name] = m
	}
	return out
}

// lowerQuality lowers the quality of steps for reasons of the function alone: it did not
// exist, or its counters are visible up to late only (Unix ms, 0 if they are visible
// throughout).
func (c *Chunk) lowerQuality(f *function, m *Function, late int64) {
	for i := range m.Quality {
		switch {
		case !f.deployed[i]:
			m.Quality[i] = Unknown
		case late > 0 && late < c.Grid.Begin(i+1):
			m.Quality[i] = min(m.Quality[i], AtLeast)
		}
	}
}

// late returns the functions with a counter that is not visible at the latest scrape of its
// target, and the time of the latest sample that is (Unix ms). A store may show the samples
// of one scrape one after the other.
func (c *Chunk) late() map[string]int64 {
	out := map[string]int64{}
	for k, counter := range c.counters {
		last, at := counter.Last(), c.targets[k.target].at
		if last >= at || at-c.nextScrape(k.target, last) >= prom.Reappear || c.replaced(k.target, last, at) {
			continue
		}
		if name, ok := c.names.function(k.label); ok && (out[name] == 0 || last < out[name]) {
			out[name] = last
		}
	}
	return out
}

// agree compares the metrics of a function with each other, and corrects m if one is
// missing or contradicts the others.
func (c *Chunk) agree(f *function, m *Function) {
	switch shared := c.Shared(); {
	case len(shared) > 0:
		m.unknown("several gateways answer at " + shared[0])
	case !c.seen[Started] && !c.seen[Ended] && !c.seen[Seconds]:
		// Without any counter in the store it is not known whether they are scraped.
		m.unknown("no counter of calls is in the store: " + Started)
	case f.has.has(Started):
		c.agreeWithStarted(f, m)
	case f.has.has(Ended):
		m.Calls = f.ended
		m.withoutFlight(Started + " is missing: calls count when they end")
	case f.rose.has(Seconds):
		m.unknown(Started + " and " + Ended + " are missing beside " + Seconds)
	}
}

// agreeWithStarted is agree for a function with the counter Started.
func (c *Chunk) agreeWithStarted(f *function, m *Function) {
	switch {
	case f.contradicts():
		m.Calls = f.ended
		m.withoutFlight(Started + " contradicts " + Ended + ": calls count when they end")
	case f.rose.has(Seconds) && !f.rose.has(Ended) && f.has.has(Ended):
		m.withoutFlight(Ended + " contradicts " + Seconds + ": calls in progress are unknown")
	case !f.has.has(Ended) && f.has.has(Seconds):
		m.withoutFlight(Ended + " is missing: calls in progress are unknown")
	case !f.has.has(Ended) && !c.seen[Ended]:
		m.withoutFlight(Ended + " and " + Seconds + " are missing: how long calls run is unknown")
		m.boundBelow()
	case f.has.has(Ended) && !f.has.has(Seconds):
		m.Note = Seconds + " is missing: the duration of calls is unknown"
	}
}

// contradicts reports whether, on a target, more calls have ended than started, which no
// process can count. The counters of one scrape are not read at one instant, and samples
// of one may be late, so that one scrape alone does not show it.
func (f *function) contradicts() bool {
	for _, fl := range f.flights {
		if fl.below >= 2 {
			return true
		}
	}
	return false
}

// boundBelow makes the steps with calls lower bounds: it is not known how long the calls
// run, and so how many replicas they need.
func (m *Function) boundBelow() {
	for i, calls := range m.Calls {
		if calls > 0 {
			m.Quality[i] = min(m.Quality[i], AtLeast)
		}
	}
}

// unknown makes all steps unknown, for the reason in note.
func (m *Function) unknown(note string) {
	m.withoutFlight(note)
	for i := range m.Quality {
		m.Quality[i] = Unknown
	}
}

// withoutFlight removes the calls in progress, for the reason in note.
func (m *Function) withoutFlight(note string) {
	m.Note, m.InFlight = note, -1
	for i := range m.Running {
		m.Running[i], m.Peak[i] = math.NaN(), math.NaN()
	}
}
