package prometheus

// Reappear is the least time in milliseconds that a counter must have been
// gone to count as restarted when it comes back with a value that has not
// fallen. It is above the time in which VictoriaMetrics makes the samples of
// one series visible out of order.
const Reappear = 10_000

// Grid divides time into Len steps: step i covers the half-open time
// (Start + i*Step, Start + (i+1)*Step], in Unix milliseconds.
type Grid struct {
	Start, Step int64
	Len         int
}

// Index returns the step that t lies in, and whether it is one of the grid.
func (g Grid) Index(t int64) (int, bool) {
	if t <= g.Start {
		return 0, false
	}
	i := (t - g.Start - 1) / g.Step
	return int(i), i < int64(g.Len)
}

// End returns the last instant of the grid.
func (g Grid) End() int64 { return g.Start + int64(g.Len)*g.Step }

// Counter is what is known of one counter up to its latest sample. The zero
// Counter knows nothing: its first sample is where counting begins. FromZero
// is for a counter that is known not to have existed before. Copies of a
// Counter are independent.
type Counter struct {
	last   Sample
	missed int64 // first time after last at which the target did not have the counter, 0 for none
	known  bool
}

// FromZero returns a counter that did not exist yet: its first sample counts whole.
func FromZero() Counter { return Counter{known: true} }

// Last returns the time of the latest sample in Unix milliseconds, 0 for none.
func (c *Counter) Last() int64 { return c.last.T }

// Add takes the next sample and returns the increment since the previous one.
// A counter that falls, or that was gone for Reappear, has begun again at zero:
//
//	increment = v          if the counter restarted
//	          = v - last.V otherwise
//
// A value below zero, which no counter has, counts as zero. Calls between the
// last sample before a restart and the restart itself are not in any sample,
// so they are lost.
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

// Miss says that at time t the counter's target was read and did not have it.
func (c *Counter) Miss(t int64) {
	if c.missed == 0 && t > c.last.T {
		c.missed = t
	}
}

// Gone reports whether the counter was missing at time t for so long that,
// should it come back, it counts from zero.
func (c *Counter) Gone(t int64) bool { return c.missed != 0 && t-c.missed >= Reappear }

// Increase adds to dst[i] the increments whose later sample lies in step i of
// g, and returns c after the last instant of g. Summed over steps that is the
// value at the end of the last minus the value at the begin of the first, over
// all restarts. scrapes are the rising times at which the counter's target was
// read. Samples and scrapes outside of g are left out, which allows to call
// Increase grid by grid. Increase panics if dst is not as long as g.
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
