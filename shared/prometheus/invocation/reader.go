package invocation

import (
	"context"
	"time"

	prom "prewarm/shared/prometheus"
)

// Bounds of a Reader.
const (
	// firstOverhang is the overhang as long as the interval of the scrapes is unknown.
	firstOverhang = time.Minute
	// maxExtension bounds the steps that are read after a chunk to find the scrape that
	// covers its end.
	maxExtension = 30
	// A slice that took longer than slow is halved, one that took less than fast grows.
	slow = 5 * time.Second
	fast = time.Second
	// retryChunks is the number of chunks after which a size that was refused is tried
	// again.
	retryChunks = 30
)

// Reader reads chunks in slices as large as the store answers. It asks for less if an
// answer is too large, refused for its size, or slow, and for more again if it is not.
type Reader struct {
	Store       Store
	Least, Most time.Duration // bounds of a slice
	slice       time.Duration // size of the next one, 0 at first
	refused     time.Duration // size that was refused last, 0 if that was long ago
	chunks      int           // read since then
}

// Read counts the steps of g from the time of s on. It reads on after the end of g until
// that is covered, up to the time until (Unix ms) at most. settle and names are those of
// Begin. The error is that of the store.
func (r *Reader) Read(ctx context.Context, s State, g prom.Grid, settle, until int64, names Names) (*Chunk, error) {
	if r.slice == 0 {
		r.slice = r.Most
	}
	for {
		c, err := r.read(ctx, s.Begin(g, settle, names), until)
		if err == nil || !prom.AskLess(err) || r.slice <= r.Least || ctx.Err() != nil {
			if r.chunks++; r.chunks >= retryChunks {
				r.refused = 0
			}
			return c, err
		}
		// The chunk begins again: a slice that failed has left counts behind.
		r.refused, r.chunks = r.slice, 0
		r.slice = max(r.slice/2, r.Least)
	}
}

// read reads all slices of a chunk.
func (r *Reader) read(ctx context.Context, c *Chunk, until int64) (*Chunk, error) {
	until = min(until, c.Grid.End()+maxExtension*c.Grid.Step)
	for c.at < until && (c.at < c.Grid.End() || !c.covered(c.Grid.End())) {
		begin := time.Now()
		to := max(c.Grid.End(), c.at) + c.overhang()
		if c.settle < c.Grid.End() {
			to = until // the latest chunk, which also shows up to when the store has samples
		}
		if err := r.readSlice(ctx, c, min(to, c.at+r.slice.Milliseconds(), until)); err != nil {
			return nil, err
		}
		switch took := time.Since(begin); {
		case took > slow:
			r.slice = max(r.slice/2, r.Least)
		case took < fast && (r.refused == 0 || 2*r.slice < r.refused):
			r.slice = min(r.slice*2, r.Most)
		}
	}
	return c, nil
}

// readSlice gives a slice a third of the time that is left, so that a slow one leaves
// time for a smaller one.
func (r *Reader) readSlice(ctx context.Context, c *Chunk, to int64) error {
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Until(deadline)/3)
		defer cancel()
	}
	return c.Read(ctx, r.Store, to)
}

// overhang returns the time after the end of a chunk that is read with it, in ms. Every
// target is scraped within it, which completes the last step.
func (c *Chunk) overhang() int64 {
	if interval := c.Interval(); interval > 0 {
		return 2 * interval.Milliseconds()
	}
	return firstOverhang.Milliseconds()
}

// Interval returns the longest usual time between two scrapes of a target, 0 if unknown.
func (c *Chunk) Interval() time.Duration {
	interval := int64(0)
	for _, t := range c.targets {
		interval = max(interval, t.interval)
	}
	return time.Duration(interval) * time.Millisecond
}

// Latest returns the time up to which scrapes of every existing target are visible, Unix
// ms, 0 if there is no target.
func (c *Chunk) Latest() (at int64) {
	for _, t := range c.targets {
		if !c.gone(t) && (at == 0 || t.at < at) {
			at = t.at
		}
	}
	return at
}
