package prometheus

// Reappear is the time in milliseconds after which a missing counter counts as
// restarted when it reappears, even if its value has not fallen. It is longer than the
// time in which VictoriaMetrics makes the samples of one series visible out of order.
const Reappear = 10_000

// Grid divides time into Len steps. Step i covers the half-open time
//
//	(Start + i*Step, Start + (i+1)*Step]
//
// in Unix milliseconds. A sample at the end of a step shows what happened within it, so
// the end belongs to the step.
type Grid struct {
	Start, Step int64
	Len         int
}

// Index returns the step in which t lies, and whether the grid has it.
func (g Grid) Index(t int64) (int, bool) {
	if t <= g.Start {
		return 0, false
	}
	i := (t - g.Start - 1) / g.Step
	return int(i), i < int64(g.Len)
}

// End returns the last instant of the grid.
func (g Grid) End() int64 { return g.Start + int64(g.Len)*g.Step }

// Counter is the state of one counter at its latest sample. The zero Counter has an
// unknown value: counting begins with its first sample, which adds nothing. FromZero is
// for a counter that is known not to have existed before. Copies are independent.
type Counter struct {
	last   Sample
	missed int64 // first scrape after last without the counter, 0 for none
	known  bool  // last.V is a value, not just the zero value
}

// FromZero returns a counter that did not exist yet: its first sample adds its value.
func FromZero() Counter { return Counter{known: true} }

// Last returns the time of the latest sample in Unix milliseconds, 0 for none.
func (c *Counter) Last() int64 { return c.last.T }

// Add adds the next sample and returns the increment since the previous one. A counter
// that falls, or that was missing for Reappear, has restarted from zero:
//
//	increment = v           if the counter restarted
//	          = v - last.V  otherwise
//
// A sample that is not later than the previous one adds nothing. A value below zero,
// which no counter has, counts as zero. Increments between the last sample and a restart
// are in no sample, and are lost.
func (c *Counter) Add(s Sample) float64 {
	if s.T <= c.last.T {
		return 0
	}
	s.V = max(s.V, 0)
	before, known := c.last.V, c.known
	if s.V < before || c.Gone(s.T) {
		before = 0
	}
	*c = Counter{last: s, known: true}
	if !known {
		return 0
	}
	return s.V - before
}

// Miss records that the scrape at time t did not have the counter.
func (c *Counter) Miss(t int64) {
	if c.missed == 0 && t > c.last.T {
		c.missed = t
	}
}

// Gone reports whether the counter has been missing for so long at time t that it counts
// from zero if it reappears.
func (c *Counter) Gone(t int64) bool { return c.missed != 0 && t-c.missed >= Reappear }

// Increase adds to dst[i] the increments whose later sample lies in step i of g, and
// returns the counter at the end of g. Without restarts, the sum over the steps is the
// value at the end of g minus the value at its begin.
//
// scrapes are the times at which the counter's target was scraped, rising: a scrape
// without a sample of the counter is a miss. Samples and scrapes outside of g are
// ignored, so that adjacent grids can be counted one after the other.
//
// Increase panics if dst is not as long as g.
func Increase(dst []float64, g Grid, c Counter, samples []Sample, scrapes []int64) Counter {
	if len(dst) != g.Len {
		panic("prometheus: length of dst must be that of the grid")
	}
	k := 0
	missUntil := func(t int64) {
		for ; k < len(scrapes) && scrapes[k] < t; k++ {
			if _, ok := g.Index(scrapes[k]); ok {
				c.Miss(scrapes[k])
			}
		}
	}
	for _, s := range samples {
		i, ok := g.Index(s.T)
		if !ok {
			continue
		}
		missUntil(s.T)
		dst[i] += c.Add(s)
	}
	missUntil(g.End() + 1)
	return c
}
