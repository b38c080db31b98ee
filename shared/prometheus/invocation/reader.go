package invocation

import (
	"context"
	"errors"
	"fmt"
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
	// A slice that took longer than slow is halved, one that took less than half of it grows.
	slow = 5 * time.Second
	// retryChunks is the number of chunks after which a size that was refused is tried
	// again.
	retryChunks = 30
)

// Reader reads chunks in slices as large as the store answers. It asks for less if an
// answer is too large, refused for its size, or slow, and for more again if it is not.
//
// The deadline of a context is that of a tick. A slice that is out of time says nothing of
// the next tick, which has more time: that begins with the largest slice that was read.
type Reader struct {
	Store       Store
	Least, Most time.Duration // bounds of a slice
	slice       time.Duration // size of the next one, 0 at first
	refused     time.Duration // size that was refused last, 0 if that was long ago
	chunks      int           // read since then
	deadline    time.Time     // of the tick
	largest     time.Duration // slice that was read in the tick
	late        bool          // a slice of the tick was out of time
}

// ErrLess means that a chunk could not be read, and that the reader asks for less the next time.
var ErrLess = errors.New("invocation: chunk is too large for the time that is left")

// Size returns the length of a chunk that the store is likely to answer at once within ctx,
// with its overhang. A tick that is out of time keeps all chunks that it has read before.
func (r *Reader) Size(ctx context.Context) time.Duration {
	if r.slice == 0 {
		r.slice = r.Most
	}
	if deadline, _ := ctx.Deadline(); !deadline.Equal(r.deadline) {
		r.slice = max(r.slice, r.largest)
		r.deadline, r.largest, r.late = deadline, 0, false
	}
	return min(r.slice, r.Most-firstOverhang)
}

// Read is Try until the store answers, or refuses the least slice.
func (r *Reader) Read(ctx context.Context, s State, g prom.Grid, settle, until int64, names Names) (*Chunk, error) {
	for {
		if c, err := r.Try(ctx, s, g, settle, until, names); !errors.Is(err, ErrLess) {
			return c, err
		}
	}
}

// Try counts the steps of g from the time of s on. It reads on after the end of g until
// that is covered, up to the time until (Unix ms) at most. settle and names are those of
// Begin. The error is that of the store, and ErrLess if a smaller Size may succeed.
func (r *Reader) Try(ctx context.Context, s State, g prom.Grid, settle, until int64, names Names) (*Chunk, error) {
	r.Size(ctx)
	// The chunk begins anew: a slice that failed has left counts behind.
	c, err := r.read(ctx, s.Begin(g, settle, names), until)
	if err == nil || !prom.AskLess(err) || r.slice <= r.Least || ctx.Err() != nil {
		if r.chunks++; r.chunks >= retryChunks {
			r.refused = 0
		}
		return c, err
	}
	if errors.Is(err, prom.ErrLimit) {
		r.refused, r.chunks = r.slice, 0
	} else {
		r.late = true
	}
	r.slice = max(r.slice/2, r.Least)
	return nil, fmt.Errorf("%w: %w", ErrLess, err)
}

// read reads all slices of a chunk.
func (r *Reader) read(ctx context.Context, c *Chunk, until int64) (*Chunk, error) {
	until = min(until, c.Grid.End()+maxExtension*c.Grid.Step)
	for c.at < until && (c.at < c.Grid.End() || !c.covered(c.Grid.End())) {
		to := max(c.Grid.End(), c.at) + c.overhang()
		if c.settle < c.Grid.End() {
			to = until // the latest chunk, which also shows up to when the store has samples
		}
		if err := r.readSlice(ctx, c, min(to, until)); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// readSlice reads a slice, up to the given time at most. It gives the slice half of the time
// that is left, so that a slow one leaves time for a smaller one. The least one has all of it,
// and so has one of a size that the tick has read before.
func (r *Reader) readSlice(ctx context.Context, c *Chunk, to int64) error {
	begin, given := time.Now(), 2*slow
	if deadline, ok := ctx.Deadline(); ok {
		left := time.Until(deadline)
		if r.slice > max(r.Least, r.largest) {
			left /= 2
		}
		given = min(given, left)
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, left)
		defer cancel()
	}
	// With the overhang, so that a chunk of one slice needs no second one for it.
	from, to := c.at, min(to, c.at+min(r.slice.Milliseconds()+c.overhang(), r.Most.Milliseconds()))
	if err := c.Read(ctx, r.Store, to); err != nil {
		return err
	}
	r.adapt(time.Since(begin), given, to-from >= (r.slice-firstOverhang).Milliseconds())
	return nil
}

// adapt sets the size of the next slice after one that was read. whole states that it was about
// as long as it might be.
func (r *Reader) adapt(took, given time.Duration, whole bool) {
	if whole {
		r.largest = max(r.largest, r.slice)
	}
	switch {
	case took > slow:
		r.slice = max(r.slice/2, r.Least)
	case whole && took < min(slow/2, given*3/4) && !r.late && (r.refused == 0 || 2*r.slice < r.refused):
		r.slice = min(r.slice*2, r.Most)
	}
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
