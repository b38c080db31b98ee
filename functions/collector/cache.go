package collector

import (
	"context"
	"time"

	prom "prewarm/shared/prometheus"
	"prewarm/shared/prometheus/invocation"
)

// Spans of time around the reading of the store.
// The reads of a tick cost time in proportion to what is read again, so each bound
// is as small as late samples allow.
const (
	// lateSteps is how many of the last steps are read again at each tick, at least: a
	// store may deliver samples late.
	lateSteps = 3
	// retrySteps is how many steps back a step that is not known is read again.
	retrySteps = 30
	// margin is the time before the window from which the counters are read, so
	// that their values at its begin are known.
	margin = 5 * time.Minute
	// maxChunk bounds the time that is counted, and read, at a time.
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
	reader  invocation.Reader
	windows map[string]*window
	quality []invocation.Quality // per step of the window, as far as the gateways tell
	pace    pace                 // of the store
	live    invocation.Live      // gateways at the latest reading
	// caughtUp is true if all of them were scraped at the end of the window or later.
	caughtUp bool
	shared   []string // addresses behind which there are several gateways
	// clusters is set if the store has the gateways of several clusters.
	clusters string
}

// newCache returns an empty cache. Its base of 0 lies far before any window, so the
// first call of catchUp moves it to a margin before the window.
func newCache(step time.Duration, steps int, st invocation.Store) *cache {
	return &cache{
		step: step.Milliseconds(), steps: steps, windows: map[string]*window{}, quality: make([]invocation.Quality, steps),
		reader: invocation.Reader{Store: st, Least: min(step, time.Minute), Most: max(step, maxChunk)},
	}
}

// catchUp moves the window to end, a multiple of the step, reads the steps that
// are missing and reads again those that may have changed, up to now, which is after
// end. After an error it keeps what it has read, and the next call goes on from there.
func (c *cache) catchUp(ctx context.Context, names invocation.Names, end, now int64) error {
	c.moveTo(end)
	late := end - int64(max(lateSteps, c.stepsIn(c.pace.delay())))*c.step
	for {
		// The last chunk reaches to the end; the late steps in it do not settle.
		settle, last := c.base+c.chunkSteps()*c.step, false
		if settle >= late {
			settle, last = max(late, c.base), true
		}
		chunk, err := c.read(ctx, names, settle, end, now, last)
		if err != nil {
			return err
		}
		unsettled := c.base < settle && c.mayChange(chunk, settle)
		if c.base < settle && !unsettled {
			c.base, c.state = settle, chunk.Settle(time.Duration(int64(c.steps)*c.step)*time.Millisecond)
		}
		switch {
		case last:
			c.finish(chunk)
			return nil
		case unsettled:
			// A step that may change unsettles everything after it: it can only be counted
			// from a state of the counters before it. Read the rest with it.
			if chunk, err = c.read(ctx, names, c.base, end, now, true); err == nil {
				c.finish(chunk)
			}
			return err
		}
	}
}

// read counts the time from base to settle, or to the end of the window if it is the last
// chunk, and writes it into the windows.
func (c *cache) read(ctx context.Context, names invocation.Names, settle, end, now int64, last bool) (*invocation.Chunk, error) {
	to := settle
	if last {
		to = end
	}
	grid := prom.Grid{Start: c.base, Step: c.step, Len: int((to - c.base) / c.step)}
	chunk, err := c.reader.Read(ctx, c.state, grid, settle, now, names)
	if err == nil {
		c.write(chunk)
	}
	return chunk, err
}

// finish keeps what only the last chunk knows.
func (c *cache) finish(chunk *invocation.Chunk) {
	c.pace.measure(chunk)
	c.caughtUp = chunk.CaughtUp()
	c.live, c.shared, c.clusters = chunk.Live(), chunk.Shared(), chunk.Clusters()
}

// chunkSteps returns the number of steps of a chunk.
func (c *cache) chunkSteps() int64 { return max(1, maxChunk.Milliseconds()/c.step) }

// mayChange reports whether a step before settle is young enough to be read again, and
// lacks samples: a store that lost its scraper for a while may get the samples later. Without
// a target there is nothing to wait for.
func (c *cache) mayChange(chunk *invocation.Chunk, settle int64) bool {
	if c.state.Targets() == 0 {
		return false
	}
	young := c.end - retrySteps*c.step
	_, open := chunk.Quality()
	for i, open := range open {
		if at := chunk.Grid.Begin(i); at >= young && at < settle && open {
			return true
		}
	}
	return settle > young && !chunk.Settled()
}

// write puts a chunk into the windows. A step that was measured and is so no longer,
// because the store has lost it, keeps its value.
func (c *cache) write(chunk *invocation.Chunk) {
	quality, _ := chunk.Quality()
	for g, q := range quality {
		if i, ok := c.index(chunk.Grid.Begin(g)); ok && replaces(q, c.quality[i]) {
			c.quality[i] = q
		}
	}
	atEnd := chunk.Grid.End() == c.end
	for name, m := range chunk.Functions(c.fresh()) {
		w := c.window(name)
		lossy := c.lossy(chunk, w, m)
		for g, q := range m.Quality {
			// A chunk may begin before the window, by the margin.
			if i, ok := c.index(chunk.Grid.Begin(g)); ok && (replaces(q, w.quality[i]) || q == invocation.AtLeast && !lossy) {
				w.set(i, g, m)
			}
		}
		w.longest = max(w.longest, m.Longest)
		if w.note = m.Note; atEnd {
			w.inFlight, w.peak = m.InFlight, peak(m)
		}
	}
}

// lossy reports whether the chunk has fewer calls than the window has in the same steps:
// the store has lost some. Otherwise all steps are written, since the counts of
// neighbouring steps belong together.
func (c *cache) lossy(chunk *invocation.Chunk, w *window, m *invocation.Function) bool {
	balance := 0.0
	for g, q := range m.Quality {
		if i, ok := c.index(chunk.Grid.Begin(g)); ok && q >= invocation.AtLeast {
			balance += float64(roundCount(m.Calls[g])) - float64(w.counts[i])
		}
	}
	return balance < 0
}

// replaces reports whether a step of quality q is written over one of quality old in any
// case.
func replaces(q, old invocation.Quality) bool {
	return q >= invocation.Spread || q >= old
}

// fresh returns the time since which a target must have been read to know the calls in
// flight at the end of the window: a step, or the delay of the store if that is longer, up
// to the margin that is read anyway.
func (c *cache) fresh() int64 {
	delay := max(c.step, c.pace.delay().Milliseconds())
	return c.end - min(delay, margin.Milliseconds())
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
		c.quality = make([]invocation.Quality, c.steps)
		c.end = end
		return
	}
	k := int((end - c.end) / c.step)
	if k == 0 {
		return
	}
	c.end = end
	shift(c.quality, k, invocation.Unknown)
	for _, w := range c.windows {
		w.shift(k)
	}
}

// stepsIn returns the number of steps that cover d.
//
// It rounds up: a bound that covers part of a step covers all of it.
func (c *cache) stepsIn(d time.Duration) int { return int((d.Milliseconds() + c.step - 1) / c.step) }
