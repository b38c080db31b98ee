package collector

import (
	"context"
	"time"

	"prewarm/shared/prometheus/invocation"
	"prewarm/shared/series"
)

// Spans of time around the reading of the store.
// The reads of a tick cost time in proportion to what is read again, so each bound
// is as small as late samples allow.
const (
	// lateness is how long after its time a sample may become visible. The steps
	// of this time, and lateSteps at least, are read again at each tick.
	lateness  = 15 * time.Second
	lateSteps = 3
	// retrySteps is how many steps back a step without any data is read again.
	retrySteps = 30
	// margin is the time before the window from which the counters are read, so
	// that their values at its begin are known.
	margin = 5 * time.Minute
	// maxChunk bounds the time that one query covers, and so its memory.
	maxChunk = 15 * time.Minute
)

// cache holds the last steps of every function, and the state of the counters at
// base, from which reading goes on. Times are Unix milliseconds and multiples of
// step. Settled steps are not read again:
//
//	end - steps*step ........ base .............. end - late ........ end
//	                 settled       gaps that may         late samples
//	                               still be filled
type cache struct {
	step    int64            // length of a step
	steps   int              // of the window
	end     int64            // of the window
	base    int64            // end of the settled steps
	state   invocation.State // of the counters at base
	windows map[string]*window
	scraped []bool // per step of the window: a gateway was read in it
}

// newCache returns an empty cache. Its base of 0 lies far before any window, so the
// first call of catchUp moves it to a margin before the window.
func newCache(step time.Duration, steps int) *cache {
	return &cache{step: step.Milliseconds(), steps: steps, windows: map[string]*window{}}
}

// catchUp moves the window to end, a multiple of the step, reads the steps that
// are missing and reads again those that may have changed. After an error it keeps
// what it has read, and the next call goes on from there.
func (c *cache) catchUp(ctx context.Context, st invocation.Store, end int64) error {
	c.moveTo(end)
	late := end - int64(max(lateSteps, c.stepsIn(lateness)))*c.step
	// state runs ahead of c.state: the steps after the base are read with it, but it
	// is kept only if they have settled.
	settling, state := true, c.state
	for from := c.base; from < end; {
		to := c.chunkEnd(from, late)
		next, err := c.read(ctx, st, state, from, to)
		if err != nil {
			return err
		}
		// A gap unsettles everything after it: it can only be filled from a state
		// of the counters before it. Without a target there is nothing to wait for.
		settling = settling && to <= late && !(state.Targets() > 0 && c.gapWithin(from, to))
		if settling {
			c.base, c.state = to, next
		}
		from, state = to, next
	}
	return nil
}

// chunkEnd returns the end of the chunk that begins at from. The late steps are a
// chunk of their own, since the base must not pass them.
func (c *cache) chunkEnd(from, late int64) int64 {
	to := from + max(1, maxChunk.Milliseconds()/c.step)*c.step
	if from < late {
		return min(to, late)
	}
	return min(to, c.end)
}

// gapWithin reports whether no gateway was read in some step of [from, to) that is
// young enough to be tried again.
func (c *cache) gapWithin(from, to int64) bool {
	for at := max(from, c.end-retrySteps*c.step); at < to; at += c.step {
		if i, ok := c.index(at); ok && !c.scraped[i] {
			return true
		}
	}
	return false
}

// index returns the index in the window of the step that begins at t, and whether
// the window has it.
func (c *cache) index(t int64) (int, bool) {
	i := c.steps - int((c.end-t)/c.step)
	return i, i >= 0 && i < c.steps
}

// begin returns the Unix second at which step i of the window begins.
func (c *cache) begin(i int) int64 { return (c.end - int64(c.steps-i)*c.step) / 1000 }

// moveTo moves the window to end. If the clock went back, or if the base lies so far
// before the window that reading on from it would take longer, the cache is dropped and
// reading starts again a margin before the window.
func (c *cache) moveTo(end int64) {
	begin := end - int64(c.steps)*c.step
	if c.base < begin-(margin+maxChunk).Milliseconds()-retrySteps*c.step || end < c.end {
		// Two steps at least, so that a counter has a value before the window even
		// if the step is long.
		c.base = begin - int64(max(2, c.stepsIn(margin)))*c.step
		c.state = invocation.State{}
		c.windows = map[string]*window{}
		c.scraped = make([]bool, c.steps)
		c.end = end
		return
	}
	k := int((end - c.end) / c.step)
	if k == 0 {
		return
	}
	c.end = end
	shift(c.scraped, k, false)
	for _, w := range c.windows {
		shift(w.counts, k, series.NoData)
		shift(w.errors, k, 0)
		shift(w.busy, k, 0)
		// The calls in flight were those at the old end. They are set again when the
		// last chunk is read.
		w.inFlight = -1
	}
}

// stepsIn returns the number of steps that cover d.
//
// It rounds up: a bound that covers part of a step covers all of it.
func (c *cache) stepsIn(d time.Duration) int { return int((d.Milliseconds() + c.step - 1) / c.step) }
