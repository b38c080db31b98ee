//go:build unix

package synthetic

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// move is calls of one function that begin or end at the same time.
type move struct {
	at       time.Time
	function int
	calls    int
	ends     bool
}

// moves returns what happens in the step that begins at begin, in order.
func (t Traffic) moves(begin time.Time) []move {
	var out []move
	for i := range t.Functions {
		b := t.burst(i, begin.Unix())
		if b.callers == 0 {
			continue
		}
		at := begin.Add(b.offset)
		for range callsPerCaller {
			out = append(out, move{at, i, b.callers, false})
			at = at.Add(b.duration)
			out = append(out, move{at, i, b.callers, true})
		}
	}
	slices.SortStableFunc(out, func(a, b move) int { return cmp.Compare(a.at.UnixNano(), b.at.UnixNano()) })
	return out
}

// run moves the counters of one step after the other, until ctx ends.
func (g *Gateway) run(ctx context.Context, begin time.Time) {
	for ; ; begin = begin.Add(g.opts.Step) {
		for _, m := range g.opts.moves(begin) {
			if !sleepUntil(ctx, m.at) {
				return
			}
			g.move(m)
		}
		if !sleepUntil(ctx, begin.Add(g.opts.Step)) {
			return
		}
	}
}

// move counts calls. Those that find no replica have one started.
func (g *Gateway) move(m move) {
	g.mu.Lock()
	defer g.mu.Unlock()
	f := &g.functions[m.function]
	if m.ends {
		f.ended += m.calls
	} else {
		f.started += m.calls
		if f.available == 0 {
			g.woken++
			g.scale(f, max(1, f.desired))
		}
	}
	f.changed()
}

// sleepUntil waits for a time. It returns false if ctx ends before.
func sleepUntil(ctx context.Context, at time.Time) bool {
	timer := time.NewTimer(time.Until(at))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
