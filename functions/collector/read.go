package collector

import (
	"context"
	"time"

	prom "prewarm/shared/prometheus"
	"prewarm/shared/prometheus/invocation"
)

// reading is what one chunk of time says of all functions.
type reading struct {
	*invocation.Reading
	tallies map[string]*tally // by function
}

// tally is what one chunk says of one function; slices have a place per step.
type tally struct {
	calls, errors, busy []float64
	known               []bool
	flights             map[string]*inFlight // by target
}

// read reads (from, to], writes it into the window and returns the state at to.
func (p *past) read(ctx context.Context, st invocation.Store, before invocation.State, from, to int64) (invocation.State, error) {
	grid := prom.Grid{Start: from, Step: p.step, Len: int((to - from) / p.step)}
	r := &reading{before.Begin(grid), map[string]*tally{}}
	err := r.Read(ctx, st, r.takeDeployed,
		invocation.Counter{Metric: invocation.Started, Take: r.takeStarted},
		invocation.Counter{Metric: invocation.Ended, Take: r.takeEnded},
		invocation.Counter{Metric: invocation.Seconds, Take: r.takeSeconds})
	if err != nil {
		return invocation.State{}, err
	}
	p.write(r)
	return r.End(time.Duration(int64(p.steps)*p.step) * time.Millisecond), nil
}

func (r *reading) takeDeployed(s invocation.Series) { r.Mark(r.tally(s).known, s) }

func (r *reading) takeStarted(s invocation.Series) {
	t := r.tally(s)
	r.Count(t.calls, s)
	r.Mark(t.known, s)
	f := t.flight(s.Target)
	f.started = append(f.started, s.Samples)
}

func (r *reading) takeEnded(s invocation.Series) {
	t := r.tally(s)
	if len(s.Code) == 3 && s.Code[0] == '5' {
		r.Count(t.errors, s)
	}
	f := t.flight(s.Target)
	f.ended = append(f.ended, s.Samples)
}

func (r *reading) takeSeconds(s invocation.Series) { r.Count(r.tally(s).busy, s) }

// write puts the tallies into the window. A step that was known and is not any
// more keeps its value.
func (p *past) write(r *reading) {
	for _, times := range r.Scrapes {
		for _, t := range times {
			if g, ok := r.Grid.Index(t); ok {
				if i, ok := p.index(r.Grid.Start + int64(g)*p.step); ok {
					p.scraped[i] = true
				}
			}
		}
	}
	for name, t := range r.tallies {
		h := p.function(name)
		for g, known := range t.known {
			i, ok := p.index(r.Grid.Start + int64(g)*p.step)
			if !known || !ok {
				continue
			}
			h.counts[i], h.errors[i] = clampCount(t.calls[g]), clampCount(t.errors[g])
			h.busy[i] = clampSeconds(t.busy[g])
		}
	}
	if r.Grid.End() == p.end {
		p.writeInFlight(r)
	}
}

// tally returns that of the function that s speaks of.
func (r *reading) tally(s invocation.Series) *tally {
	t := r.tallies[s.Function]
	if t == nil {
		n := r.Grid.Len
		v := make([]float64, 3*n)
		t = &tally{calls: v[:n:n], errors: v[n : 2*n : 2*n], busy: v[2*n:], known: make([]bool, n), flights: map[string]*inFlight{}}
		r.tallies[s.Function] = t
	}
	return t
}
