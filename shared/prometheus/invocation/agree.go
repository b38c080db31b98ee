package invocation

import (
	"math"
	"slices"

	prom "prewarm/shared/prometheus"
)

// Functions returns what the slices that were read say of every function. Calls in flight
// are unknown if a target was not read at fresh (Unix ms) or later.
//
// Started, Ended and Seconds speak of the same calls. If one of them is missing or
// contradicts the others, the calls are taken from those that are there, or are unknown;
// the note says so.
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
			if f.ended[i] >= 1 {
				m.Longest = max(m.Longest, f.busy[i]/f.ended[i])
			}
		}
		c.agree(f, m)
		c.limit(f, m, late[name])
		out[name] = m
	}
	return out
}

// limit lowers the quality of the steps for what concerns the function alone: when it
// existed, restarts of its counters, and counters that are visible up to late only.
func (c *Chunk) limit(f *function, m *Function, late int64) {
	for i := range m.Quality {
		switch {
		case !f.deployed[i]:
			m.Quality[i] = Unknown
		case f.lost[i] || late > 0 && late < c.Grid.Begin(i+1):
			m.Quality[i] = min(m.Quality[i], AtLeast)
		}
	}
}

// late returns, by function, up to when its counters are visible, if not all of them are
// visible at the latest scrape of their target. A store may show the samples of one
// scrape one after the other.
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

// agree compares the metrics of a function, and corrects m.
func (c *Chunk) agree(f *function, m *Function) {
	started, ended, seconds := total(f.calls), total(f.ended), total(f.busy)
	switch shared := c.Shared(); {
	case len(shared) > 0:
		m.unknown("several gateways answer at " + shared[0])
	case !c.seen[Started] && !c.seen[Ended] && !c.seen[Seconds]:
		// Without any counter in the store it is not known whether they are scraped.
		m.unknown("no counter of calls is in the store: " + Started)
	case f.has[Started]:
		c.agreeWithStarted(f, m, started, ended, seconds)
	case f.has[Ended]:
		m.Calls = f.ended
		m.withoutFlight(Started + " is missing: calls count when they end")
	case f.has[Seconds] && seconds > 0:
		m.unknown(Started + " and " + Ended + " are missing beside " + Seconds)
	}
}

// agreeWithStarted is agree for a function with the counter Started.
func (c *Chunk) agreeWithStarted(f *function, m *Function, started, ended, seconds float64) {
	switch {
	case ended > started+f.atBegin()+0.5:
		m.Calls = f.ended
		m.withoutFlight(Started + " contradicts " + Ended + ": calls count when they end")
	case seconds > 0 && ended == 0 && f.has[Ended]:
		m.withoutFlight(Ended + " contradicts " + Seconds + ": calls in progress are unknown")
	case !f.has[Ended] && f.has[Seconds]:
		m.withoutFlight(Ended + " is missing: calls in progress are unknown")
	case !f.has[Ended] && !c.seen[Ended]:
		m.withoutFlight(Ended + " and " + Seconds + " are missing: how long calls run is unknown")
		m.boundBelow()
	case f.has[Ended] && !f.has[Seconds]:
		m.Note = Seconds + " is missing: the duration of calls is unknown"
	}
}

// atBegin returns the calls in progress at the first scrape of the chunk.
func (f *function) atBegin() (n float64) {
	for _, fl := range f.flights {
		n += fl.first
	}
	return n
}

// boundBelow says that the calls of a step may need more than their number tells.
func (m *Function) boundBelow() {
	for i, calls := range m.Calls {
		if calls > 0 {
			m.Quality[i] = min(m.Quality[i], AtLeast)
		}
	}
}

// unknown says that nothing is known of the calls.
func (m *Function) unknown(note string) {
	m.withoutFlight(note)
	for i := range m.Quality {
		m.Quality[i] = Unknown
	}
}

// withoutFlight says that the calls in progress are not measured.
func (m *Function) withoutFlight(note string) {
	m.Note, m.InFlight = note, -1
	for i := range m.Running {
		m.Running[i], m.Peak[i] = math.NaN(), math.NaN()
	}
}

// total returns the sum of v.
func total(v []float64) (sum float64) {
	for _, x := range v {
		sum += x
	}
	return sum
}
