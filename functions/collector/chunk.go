package collector

import (
	"context"
	"math"
	"time"

	prom "prewarm/shared/prometheus"
	"prewarm/shared/prometheus/invocation"
)

// chunk is one stretch of time as it is read from the store.
type chunk struct {
	*invocation.Reading
	functions map[string]*increments
}

// increments holds what the counters of one function gained in each step of a
// chunk. The slices have one value per step.
type increments struct {
	calls, errors, busy []float64          // busy in seconds
	known               []bool             // a gateway was read that has the function
	flights             map[string]*flight // by target
}

// read reads the time (from, to], writes it into the windows and returns the state
// of the counters at to. before is their state at from.
func (c *cache) read(ctx context.Context, st invocation.Store, before invocation.State, from, to int64) (invocation.State, error) {
	grid := prom.Grid{Start: from, Step: c.step, Len: int((to - from) / c.step)}
	k := &chunk{before.Begin(grid), map[string]*increments{}}
	// All counters of a chunk are read before any is written: an error leaves the
	// windows as they are.
	err := k.Read(ctx, st, k.takeDeployed,
		invocation.Counter{Metric: invocation.Started, Take: k.takeStarted},
		invocation.Counter{Metric: invocation.Ended, Take: k.takeEnded},
		invocation.Counter{Metric: invocation.Seconds, Take: k.takeSeconds})
	if err != nil {
		return invocation.State{}, err
	}
	c.write(k)
	// Counters are kept for a whole window, the longest time in which a target that
	// was away can return.
	return k.End(time.Duration(int64(c.steps)*c.step) * time.Millisecond), nil
}

// takeDeployed marks the steps in which the function was deployed, with or without calls.
func (k *chunk) takeDeployed(s invocation.Series) { k.Mark(k.of(s).known, s) }

// takeStarted counts calls. A call counts in the step in which it starts: that is when it
// needs a replica.
func (k *chunk) takeStarted(s invocation.Series) {
	f := k.of(s)
	k.Count(f.calls, s)
	k.Mark(f.known, s)
	flight := f.flight(s.Target)
	flight.started = append(flight.started, s.Samples)
}

// takeEnded counts answers with 5xx.
func (k *chunk) takeEnded(s invocation.Series) {
	f := k.of(s)
	// 4xx answers are errors of the caller, and not of a replica that was missing or
	// failed.
	if len(s.Code) == 3 && s.Code[0] == '5' {
		k.Count(f.errors, s)
	}
	flight := f.flight(s.Target)
	flight.ended = append(flight.ended, s.Samples)
}

// takeSeconds adds up the durations of the calls that ended.
func (k *chunk) takeSeconds(s invocation.Series) { k.Count(k.of(s).busy, s) }

// of returns the increments of the function that s belongs to.
func (k *chunk) of(s invocation.Series) *increments {
	f := k.functions[s.Function]
	if f == nil {
		n := k.Grid.Len
		v := make([]float64, 3*n) // one allocation: a chunk may have thousands of functions
		f = &increments{calls: v[:n:n], errors: v[n : 2*n : 2*n], busy: v[2*n:], known: make([]bool, n), flights: map[string]*flight{}}
		k.functions[s.Function] = f
	}
	return f
}

// write puts a chunk into the windows. A step that was known and is so no longer,
// because the store has lost it, keeps its value.
func (c *cache) write(k *chunk) {
	// A chunk may begin before the window, by the margin; place tells which of its
	// steps the window holds.
	place := func(g int) (int, bool) { return c.index(k.Grid.Start + int64(g)*c.step) }
	for _, times := range k.Scrapes {
		for _, t := range times {
			if g, ok := k.Grid.Index(t); ok {
				if i, ok := place(g); ok {
					c.scraped[i] = true
				}
			}
		}
	}
	for name, f := range k.functions {
		w := c.window(name)
		for g, known := range f.known {
			if i, ok := place(g); ok && known {
				w.counts[i], w.errors[i], w.busy[i] = roundCount(f.calls[g]), roundCount(f.errors[g]), roundSeconds(f.busy[g])
			}
		}
	}
	// Only the chunk that reaches the end of the window knows the calls in flight
	// there.
	if k.Grid.End() == c.end {
		c.writeInFlight(k)
	}
}

// roundCount rounds to what a window can hold.
func roundCount(v float64) int32 { return int32(math.Min(math.Round(v), math.MaxInt32)) }

// roundSeconds rounds busy seconds to 0.1 ms: smaller digits only make messages
// long.
func roundSeconds(v float64) float32 {
	return float32(math.Min(math.Round(v*1e4)/1e4, math.MaxFloat32))
}
