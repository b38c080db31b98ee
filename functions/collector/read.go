package collector

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"prewarm/shared/prom"
)

// Metrics of the gateway. The counters of a function do not exist before its
// first call; the gauge exists as long as the function is deployed, so it
// tells a step without calls from a step without data.
const (
	metricDeployed = "gateway_service_count"
	metricStarted  = "gateway_function_invocation_started"
	metricEnded    = "gateway_function_invocation_total"
	metricSeconds  = "gateway_functions_seconds_sum"
)

// Labels of these metrics that do not name the target, which is one gateway as
// the store scrapes it.
const (
	labelName     = "__name__"
	labelFunction = "function_name"
	labelCode     = "code"
)

// state is where the counters stand at one time. It is not changed once it is
// made: reading on makes a new one.
type state struct {
	counters map[string]counter // by key
	targets  map[string]int64   // when each target was first read
}

// counter is a counter and the target it belongs to.
type counter struct {
	prom.Counter
	target string
}

func newState() state {
	return state{counters: map[string]counter{}, targets: map[string]int64{}}
}

// existed reports whether a counter of target would have been there before t,
// had it existed: the target was read before, or another one so long ago that
// this one must be new.
func (s state) existed(target string, t int64) bool {
	if first, ok := s.targets[target]; ok && first < t {
		return true
	}
	for _, first := range s.targets {
		if first+firstRound.Milliseconds() < t {
			return true
		}
	}
	return false
}

// reading is what one chunk of time says of all functions.
type reading struct {
	grid    prom.Grid
	before  state
	after   state
	scrapes map[string][]int64 // by target, rising
	tallies map[string]*tally  // by function
}

// tally is what one chunk says of one function; slices have a place per step.
type tally struct {
	calls, errors, busy []float64
	known               []bool
	flights             map[string]*inFlight // by target
}

// read reads (from, to], writes it into the window and returns the state at to.
func (p *past) read(ctx context.Context, st store, before state, from, to int64) (state, error) {
	r := &reading{
		grid:   prom.Grid{Start: from, Step: p.step, Len: int((to - from) / p.step)},
		before: before, after: state{maps.Clone(before.counters), maps.Clone(before.targets)},
		scrapes: map[string][]int64{}, tallies: map[string]*tally{},
	}
	for _, m := range []struct {
		metric string
		take   func(*reading, []prom.Series)
	}{
		{metricDeployed, (*reading).takeDeployed},
		{metricStarted, (*reading).takeStarted},
		{metricEnded, (*reading).takeEnded},
		{metricSeconds, (*reading).takeSeconds},
	} {
		all, err := st.Raw(ctx, m.metric, nil, time.UnixMilli(from), time.UnixMilli(to))
		if err != nil {
			return state{}, err
		}
		m.take(r, all)
	}
	p.write(r)
	return r.end(int64(p.steps) * p.step), nil
}

// takeDeployed notes when each target was read and which functions it had.
func (r *reading) takeDeployed(all []prom.Series) {
	for _, s := range all {
		r.tally(s).observe(r.grid, s.Samples)
		target := target(s.Labels)
		have := r.scrapes[target]
		for _, x := range s.Samples {
			if len(have) == 0 || x.T > have[len(have)-1] {
				have = append(have, x.T)
			} else if i, ok := slices.BinarySearch(have, x.T); !ok {
				have = slices.Insert(have, i, x.T)
			}
		}
		r.scrapes[target] = have
		if first, ok := r.after.targets[target]; !ok || have[0] < first {
			r.after.targets[target] = have[0]
		}
	}
}

func (r *reading) takeStarted(all []prom.Series) {
	for _, s := range all {
		t := r.tally(s)
		r.count(t.calls, metricStarted, s)
		t.observe(r.grid, s.Samples)
		f := t.flight(target(s.Labels))
		f.started = append(f.started, s.Samples)
	}
}

func (r *reading) takeEnded(all []prom.Series) {
	for _, s := range all {
		t := r.tally(s)
		if code := s.Labels[labelCode]; len(code) == 3 && code[0] == '5' {
			r.count(t.errors, metricEnded, s)
		}
		f := t.flight(target(s.Labels))
		f.ended = append(f.ended, s.Samples)
	}
}

func (r *reading) takeSeconds(all []prom.Series) {
	for _, s := range all {
		r.count(r.tally(s).busy, metricSeconds, s)
	}
}

// count adds the increments of one series to dst. A counter that was not there
// before counts from zero; where nobody looked before, what it stood at is
// unknown and its first sample is where counting begins.
func (r *reading) count(dst []float64, metric string, s prom.Series) {
	k := key(metric, s.Labels)
	c, ok := r.before.counters[k]
	if !ok {
		c.target = target(s.Labels)
		if r.after.existed(c.target, s.Samples[0].T) {
			c.Counter = prom.FromZero()
		}
	}
	c.Counter = prom.Increase(dst, r.grid, c.Counter, s.Samples, r.scrapes[c.target])
	r.after.counters[k] = c
}

// end returns the state after the chunk. Counters that had no sample in it
// learn of the scrapes that missed them; those that are gone for good, or were
// not seen for longer than keep milliseconds, are dropped.
func (r *reading) end(keep int64) state {
	at := r.grid.End()
	none := make([]float64, r.grid.Len)
	for k, c := range r.after.counters {
		if c.Last() <= r.grid.Start {
			c.Counter = prom.Increase(none, r.grid, c.Counter, nil, r.scrapes[c.target])
			r.after.counters[k] = c
		}
		if c.Gone(at) || c.Last() < at-keep {
			delete(r.after.counters, k)
		}
	}
	return r.after
}

// write puts the tallies into the window. A step that was known and is not any
// more keeps its value.
func (p *past) write(r *reading) {
	for _, times := range r.scrapes {
		for _, t := range times {
			if g, ok := r.grid.Index(t); ok {
				if i, ok := p.index(r.grid.Start + int64(g)*p.step); ok {
					p.scraped[i] = true
				}
			}
		}
	}
	for name, t := range r.tallies {
		h := p.function(name)
		for g, known := range t.known {
			i, ok := p.index(r.grid.Start + int64(g)*p.step)
			if !known || !ok {
				continue
			}
			h.counts[i], h.errors[i] = clampCount(t.calls[g]), clampCount(t.errors[g])
			h.busy[i] = clampSeconds(t.busy[g])
		}
	}
	if r.grid.End() == p.end {
		p.writeInFlight(r)
	}
}

// tally returns that of the function that s speaks of.
func (r *reading) tally(s prom.Series) *tally {
	name := s.Labels[labelFunction]
	t := r.tallies[name]
	if t == nil {
		n := r.grid.Len
		v := make([]float64, 3*n)
		t = &tally{calls: v[:n:n], errors: v[n : 2*n : 2*n], busy: v[2*n:], known: make([]bool, n), flights: map[string]*inFlight{}}
		r.tallies[name] = t
	}
	return t
}

// observe marks the steps that have a sample.
func (t *tally) observe(g prom.Grid, samples []prom.Sample) {
	for _, s := range samples {
		if i, ok := g.Index(s.T); ok {
			t.known[i] = true
		}
	}
}

// target names the gateway that a series comes from: its labels but those that
// name the metric, the function and the code.
func target(labels map[string]string) string {
	names := make([]string, 0, len(labels))
	for name := range labels {
		if name != labelName && name != labelFunction && name != labelCode {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var b strings.Builder
	for _, name := range names {
		b.WriteString(name + "\x00" + labels[name] + "\x00")
	}
	return b.String()
}

// key names one counter.
func key(metric string, labels map[string]string) string {
	return metric + "\x00" + labels[labelFunction] + "\x00" + labels[labelCode] + "\x00" + target(labels)
}
