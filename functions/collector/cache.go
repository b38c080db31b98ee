package collector

import (
	"context"
	"errors"
	"time"

	prom "prewarm/shared/prometheus"
	"prewarm/shared/prometheus/invocation"
)

// Bounds of what a tick reads from the store. It costs time in proportion to what is read
// again, so each bound is as small as late samples allow.
const (
	// lateSteps is how many of the last steps are read again at each tick, at least: a
	// store may deliver samples late.
	lateSteps = 3
	// retrySteps is how many steps back a step is read again that the store may complete.
	retrySteps = 30
	// margin is the time before the window that is read with it, so that the values of
	// the counters at its begin are known.
	margin = 5 * time.Minute
	// maxChunk bounds the time that is counted, and read, at a time.
	maxChunk = 15 * time.Minute
)

// cache holds the last steps of every function, and the state of the counters at
// base, from which reading goes on. Times are Unix milliseconds and multiples of
// step. Settled steps are not read again:
//
//	end - steps*step ........ base ................. late ........... end
//	                 settled       steps that the         late samples
//	                               store may complete
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
	// caughtUp is true if every existing gateway was scraped at the end of the window or later.
	caughtUp bool
	shared   []string // addresses of shared targets
	clusters string   // matchers of the clusters of the gateways, "" for one cluster
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
	// The steps from late on may still get samples, and are read again by the next tick.
	late := end - int64(max(lateSteps, c.stepsIn(c.pace.delay())))*c.step
	for {
		to := c.base + c.chunkSteps(ctx)*c.step
		if to >= late {
			return c.readLast(ctx, names, max(late, c.base), now)
		}
		chunk, err := c.read(ctx, c.reader.Try, names, to, to, now)
		if errors.Is(err, invocation.ErrLess) {
			continue // with a smaller chunk
		}
		if err != nil {
			return err
		}
		if !c.settle(chunk, to) {
			// A step that may change unsettles everything after it: it can only be counted
			// from a state of the counters before it. Read the rest with it.
			return c.readLast(ctx, names, c.base, now)
		}
	}
}

// readLast counts the time from base to the end of the window, in which the steps before
// settle may settle.
func (c *cache) readLast(ctx context.Context, names invocation.Names, settle, now int64) error {
	chunk, err := c.read(ctx, c.reader.Read, names, settle, c.end, now)
	if err != nil {
		return err
	}
	c.settle(chunk, settle)
	c.finish(chunk)
	return nil
}

// reading is the method Try or Read of an invocation.Reader.
type reading func(ctx context.Context, s invocation.State, g prom.Grid, settle, until int64, names invocation.Names) (*invocation.Chunk, error)

// read counts the time from base to the given one, and writes it into the windows.
func (c *cache) read(ctx context.Context, read reading, names invocation.Names, settle, to, now int64) (*invocation.Chunk, error) {
	grid := prom.Grid{Start: c.base, Step: c.step, Len: int((to - c.base) / c.step)}
	chunk, err := read(ctx, c.state, grid, settle, now, names)
	if err == nil {
		c.write(chunk)
	}
	return chunk, err
}

// settle moves base to the given time, unless a step before it may change. It reports
// whether it did.
func (c *cache) settle(chunk *invocation.Chunk, at int64) bool {
	if at <= c.base || c.mayChange(chunk, at) {
		return false
	}
	c.base, c.state = at, chunk.Settle(time.Duration(int64(c.steps)*c.step)*time.Millisecond)
	return true
}

// finish keeps what only the last chunk knows.
func (c *cache) finish(chunk *invocation.Chunk) {
	c.pace.measure(chunk)
	c.caughtUp = chunk.CaughtUp()
	c.live, c.shared, c.clusters = chunk.Live(), chunk.Shared(), chunk.Clusters()
}

// chunkSteps returns the number of steps of a chunk: no more than the store answers at once,
// so that a tick that is out of time keeps all that it has read before.
func (c *cache) chunkSteps(ctx context.Context) int64 {
	return max(1, c.reader.Size(ctx).Milliseconds()/c.step)
}

// mayChange reports whether a step before settle lacks samples and is young enough to be
// read again: a store that its scraper could not reach for a while may get them later.
// Without a target there is nothing to wait for.
func (c *cache) mayChange(chunk *invocation.Chunk, settle int64) bool {
	if c.state.Targets() == 0 {
		return false
	}
	young := c.end - retrySteps*c.step
	_, open := chunk.Quality()
	for i := range open {
		if at := chunk.Grid.Begin(i); at >= young && at < settle && open[i] {
			return true
		}
	}
	return settle > young && !chunk.Settled()
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
// reading starts again a margin before the window. What was seen of the store and its gateways
// while the clock was ahead is dropped too: the latest scrape may lie ahead of now.
func (c *cache) moveTo(end int64) {
	begin := end - int64(c.steps)*c.step
	// Windows that end earlier because the store is slow are no sign of a wrong clock.
	if end < c.end-maxBehind*c.step {
		c.pace, c.live = pace{}, invocation.Live{}
	}
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

// stepsIn returns the number of steps in d, rounded up.
func (c *cache) stepsIn(d time.Duration) int { return int((d.Milliseconds() + c.step - 1) / c.step) }
