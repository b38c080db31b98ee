package prometheus

import "math"

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

// Index returns the step in which t lies, and whether the grid has it. It is -1 for a
// time before the grid.
func (g Grid) Index(t int64) (int, bool) {
	if t <= g.Start {
		return -1, false
	}
	i := (t - g.Start - 1) / g.Step
	return int(i), i < int64(g.Len)
}

// Begin returns the begin of step i, which is the end of step i-1.
func (g Grid) Begin(i int) int64 { return g.Start + int64(i)*g.Step }

// End returns the last instant of the grid.
func (g Grid) End() int64 { return g.Begin(g.Len) }

// Overlap returns the steps that overlap the time (from, to], as a half-open range. It is
// empty if the grid does not overlap it.
func (g Grid) Overlap(from, to int64) (first, end int) {
	if from, to = max(from, g.Start), min(to, g.End()); from >= to {
		return 0, 0
	}
	first, _ = g.Index(from + 1)
	last, _ := g.Index(to)
	return first, last + 1
}

// Counter is the state of one counter at its latest sample. The zero Counter has an
// unknown value: counting begins with its first sample, which adds nothing. FromZero is
// for a counter that is known not to have existed before. Copies are independent.
type Counter struct {
	last   Sample
	missed int64 // first scrape after last without the counter, 0 for none; restartKnown after Restart
	known  bool  // last.V is a value, not just the zero value
	rose   bool  // it rose between the last two samples
}

// FromZero returns a counter that stood at zero at the given time, or did not exist yet.
func FromZero(at int64) Counter { return Counter{last: Sample{T: at}, known: true} }

// Last returns the time of the latest sample in Unix milliseconds, 0 for none.
func (c *Counter) Last() int64 { return c.last.T }

// Value returns the value at the latest sample, 0 for none.
func (c *Counter) Value() float64 { return c.last.V }

// Rise is the increment of a counter between two times at which its value is known.
type Rise struct {
	From, To int64 // Unix ms
	By       float64
	// Sudden is true if the counter stood still before From: the increment is then
	// likely to be one burst and not part of a steady flow.
	Sudden bool
	// Restart is true if the counter restarted from zero after From: increments between
	// the last sample and the restart are in no sample, and are lost.
	Restart bool
}

// Add adds the next sample and returns the increment since the previous one. A counter
// that falls, or that was missing for Reappear, has restarted from zero:
//
//	increment = v           if the counter restarted
//	          = v - last.V  otherwise
//
// A sample that is not later than the previous one adds nothing, and neither does the
// first sample of a counter of unknown value. A value below zero, which no counter has,
// counts as zero.
func (c *Counter) Add(s Sample) Rise {
	if s.T <= c.last.T {
		return Rise{From: s.T, To: s.T}
	}
	s.V = max(s.V, 0)
	before, known := *c, c.known
	r := Rise{From: before.last.T, To: s.T, By: s.V - before.last.V, Sudden: !before.rose}
	if s.V < before.last.V || c.Gone(s.T) {
		r.By, r.Restart = s.V, true
	}
	if !known {
		r = Rise{From: s.T, To: s.T}
	}
	*c = Counter{last: s, known: true, rose: r.By > 0}
	return r
}

// Miss records that the scrape at time t did not have the counter.
func (c *Counter) Miss(t int64) {
	if c.missed == 0 && t > c.last.T {
		c.missed = t
	}
}

// restartKnown is so long ago that a counter that was missing since then is Gone.
const restartKnown = math.MinInt64 / 2

// Restart records that the process of the counter has ended since its latest sample: its
// next sample counts from zero.
func (c *Counter) Restart() { c.missed = restartKnown }

// Gone reports whether the counter has been missing for so long at time t that it counts
// from zero if it reappears.
func (c *Counter) Gone(t int64) bool { return c.missed != 0 && t-c.missed >= Reappear }

// At returns the counter as it is taken to have stood at time t within r, at whose end it
// has the value of c. Counting on from there counts the rest of r.
func (c Counter) At(t int64, r Rise, step int64, whole bool) Counter {
	rest := r.By - r.Until(t, step, whole)
	return Counter{last: Sample{T: t, V: c.last.V - rest}, known: true, rose: !r.Sudden}
}

// Until returns the part of the increment that is taken to have happened by time t: the
// share of the time, rounded to a whole number if whole is set. A sudden increment
// within no more than one step is taken to be one burst, and falls on one side of t as a
// whole: on the side of the larger share.
func (r Rise) Until(t, step int64, whole bool) float64 {
	switch {
	case t >= r.To:
		return r.By
	case t <= r.From:
		return 0
	case r.Sudden && r.To-r.From <= step:
		if 2*t >= r.From+r.To {
			return r.By
		}
		return 0
	}
	part := r.By * float64(t-r.From) / float64(r.To-r.From)
	if whole {
		part = math.Floor(part + 0.5)
	}
	return part
}

// Spread adds the increment to the steps of g that it overlaps, each by its part. What
// lies outside of g is left out, so that adjacent grids can be counted one after the
// other: the parts of all steps sum to the increment. Spread panics if dst is not as long
// as g.
func (r Rise) Spread(dst []float64, g Grid, whole bool) {
	if len(dst) != g.Len {
		panic("prometheus: length of dst must be that of the grid")
	}
	if r.By == 0 {
		return
	}
	first, end := g.Overlap(r.From, r.To)
	for i := first; i < end; i++ {
		dst[i] += r.Until(g.Begin(i+1), g.Step, whole) - r.Until(g.Begin(i), g.Step, whole)
	}
}
