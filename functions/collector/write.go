package collector

import (
	"strings"

	"prewarm/shared/event"
	"prewarm/shared/prometheus/invocation"
)

// write puts a chunk into the windows. A step that the store has lost since it was measured
// keeps its value.
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
		// A note may name a target, whose address may have any length.
		w.note = strings.ToValidUTF8(m.Note[:min(len(m.Note), event.MaxNote)], "")
		if atEnd {
			w.inFlight, w.peak = m.InFlight, peak(m)
		}
	}
}

// lossy reports whether the chunk has fewer calls than the window has in the same steps:
// the store has lost some. Otherwise lower bounds are written over better steps too, since
// a call may have moved between neighbouring steps.
func (c *cache) lossy(chunk *invocation.Chunk, w *window, m *invocation.Function) bool {
	balance := 0.0
	for g, q := range m.Quality {
		if i, ok := c.index(chunk.Grid.Begin(g)); ok && q >= invocation.AtLeast {
			balance += float64(roundCount(m.Calls[g])) - float64(w.counts[i])
		}
	}
	return balance < 0
}

// replaces reports whether a step of quality q is written over one of quality old: always
// if all of it was measured, as its count is whole, otherwise unless the old one is better.
func replaces(q, old invocation.Quality) bool {
	return q >= invocation.Spread || q >= old
}

// fresh returns the time since which a target must have been scraped for the calls in flight
// at the end of the window to be known: the last step, or the delay of the store if that is
// longer, at most the margin.
func (c *cache) fresh() int64 {
	delay := max(c.step, c.pace.delay().Milliseconds())
	return c.end - min(delay, margin.Milliseconds())
}
