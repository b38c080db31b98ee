package collector

import (
	"context"
	"maps"
	"slices"
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
	metricProcess  = "process_start_time_seconds" // when the gateway itself began
)

// Labels of these metrics. All but the name, the function and the code name the
// target, which is one gateway as the store scrapes it.
const (
	labelName     = "__name__"
	labelFunction = "function_name"
	labelCode     = "code"
	labelInstance = "instance"
)

// reading is what one chunk of time says of all functions.
type reading struct {
	grid      prom.Grid
	before    state
	after     state
	scrapes   map[string][]int64    // by target, rising
	starts    map[string][]sighting // by target, rising
	instances map[string]bool       // of the targets
	tallies   map[string]*tally     // by function
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
		scrapes: map[string][]int64{}, starts: map[string][]sighting{}, instances: map[string]bool{}, tallies: map[string]*tally{},
	}
	for _, m := range []struct {
		metric string
		take   func(*reading, []prom.Series)
	}{
		{metricDeployed, (*reading).takeDeployed},
		{metricProcess, (*reading).takeProcess},
		{metricStarted, (*reading).takeStarted},
		{metricEnded, (*reading).takeEnded},
		{metricSeconds, (*reading).takeSeconds},
	} {
		all, err := st.Raw(ctx, m.metric, r.matchers(m.metric), time.UnixMilli(from), time.UnixMilli(to))
		if err != nil {
			return state{}, err
		}
		m.take(r, all)
	}
	p.write(r)
	return r.end(int64(p.steps) * p.step), nil
}

// matchers restricts metricProcess, which most programs have, to the targets.
func (r *reading) matchers(metric string) []prom.Matcher {
	if metric != metricProcess {
		return nil
	}
	return anyOf(labelInstance, r.instances)
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
		r.scrapes[target], r.instances[s.Labels[labelInstance]] = have, true
		seen := r.after.targets[target]
		seen.read = have[len(have)-1]
		r.after.targets[target] = seen
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

// count adds the increments of one series to dst. It begins anew where the
// target of the series is back.
func (r *reading) count(dst []float64, metric string, s prom.Series) {
	k := key(metric, s.Labels)
	c, ok := r.before.counters[k]
	if !ok {
		c.target = target(s.Labels)
	}
	for rest := s.Samples; len(rest) > 0; ok = true {
		n := r.unbroken(c.target, rest)
		if first := rest[0].T; !ok || r.isBack(c.target, first) {
			c = r.begins(c.target, first)
		}
		c.Counter = prom.Increase(dst, r.grid, c.Counter, rest[:n], r.scrapes[c.target])
		rest = rest[n:]
	}
	r.after.counters[k] = c
}

// end returns the state after the chunk. Counters that had no sample in it
// learn of the scrapes that missed them. Those that are gone for good are
// dropped, and counters and targets that were not seen for longer than keep
// milliseconds.
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
	maps.DeleteFunc(r.after.targets, func(_ string, s sighting) bool { return s.read < at-keep })
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

// key names one counter.
func key(metric string, labels map[string]string) string {
	return metric + "\x00" + labels[labelFunction] + "\x00" + labels[labelCode] + "\x00" + target(labels)
}
