// Package invocation counts what OpenFaaS gateways served, from their counters
// as a Prometheus store has scraped them: over restarts of a gateway, over new
// gateways, and over new names of gateways that go on.
//
// Time is read in chunks, one after the other. A State is where the counters
// stand between two of them:
//
//	r := state.Begin(grid)
//	err := r.Read(ctx, store, deployed, invocation.Counter{Metric: invocation.Started, Take: started})
//	state = r.End(keep)
package invocation

import (
	"context"
	"maps"
	"slices"
	"time"

	prom "prewarm/shared/prometheus"
)

// Metrics of the gateway. The counters of a function do not exist before its
// first call; the gauge exists as long as the function is deployed, so it
// tells a step without calls from a step without data.
const (
	Deployed = "gateway_service_count"
	Started  = "gateway_function_invocation_started"
	Ended    = "gateway_function_invocation_total"
	Seconds  = "gateway_functions_seconds_sum"
	Process  = "process_start_time_seconds" // when the gateway itself began
)

// Store reads raw samples in (from, to], rising in time, as prom.Client does.
type Store interface {
	Raw(ctx context.Context, metric string, matchers []prom.Matcher, from, to time.Time) ([]prom.Series, error)
}

// Series is what one target says of one function, and of one status code where
// the metric has it.
type Series struct {
	Function, Code string
	Target         string // one gateway as the store scrapes it
	Samples        []prom.Sample
	metric         string
}

// Counter is a metric to be read, and what takes each of its series.
type Counter struct {
	Metric string
	Take   func(Series)
}

// State is where all counters stand at one time. It is not changed once it is
// made: reading on makes a new one. The zero State knows nothing.
type State struct {
	counters map[key]prom.Counter
	targets  map[string]sighting
	doubles  map[string]sighting // targets that are another one over again
}

// key names one counter.
type key struct{ metric, function, code, target string }

// Targets returns how many targets are known.
func (s State) Targets() int { return len(s.targets) }

// Counters returns how many counters are known.
func (s State) Counters() int { return len(s.counters) }

// Reading is what one chunk of time says.
type Reading struct {
	Grid    prom.Grid
	Scrapes map[string][]int64 // by target: when it was read, rising, Unix ms

	before, after State
	starts        map[string][]sighting // by target, rising
	instances     map[string]string     // by target
}

// Begin returns a reading of g, which begins where s stands.
func (s State) Begin(g prom.Grid) *Reading {
	if s.counters == nil {
		s = State{map[key]prom.Counter{}, map[string]sighting{}, map[string]sighting{}}
	}
	return &Reading{
		Grid: g, Scrapes: map[string][]int64{},
		before: s, after: State{maps.Clone(s.counters), maps.Clone(s.targets), maps.Clone(s.doubles)},
		starts: map[string][]sighting{}, instances: map[string]string{},
	}
}

// Read reads the chunk: first the functions that the targets have, of which
// deployed takes each series, then the counters in turn. After an error the
// reading is of no use.
func (r *Reading) Read(ctx context.Context, st Store, deployed func(Series), counters ...Counter) error {
	var found []Series
	scraped := func(s prom.Series) {
		r.scraped(s)
		found = append(found, read(Deployed, s))
	}
	if err := r.each(ctx, st, Deployed, nil, scraped); err != nil {
		return err
	}
	// Most programs have this metric, so that it is asked of the targets alone.
	if err := r.each(ctx, st, Process, anyOf(labelInstance, slices.Collect(maps.Values(r.instances))), r.began); err != nil {
		return err
	}
	r.dropDoubles()
	for _, s := range found {
		if !r.double(s) {
			deployed(s)
		}
	}
	for _, c := range counters {
		take := func(s prom.Series) {
			if s := read(c.Metric, s); !r.double(s) {
				c.Take(s)
			}
		}
		if err := r.each(ctx, st, c.Metric, nil, take); err != nil {
			return err
		}
	}
	return nil
}

func (r *Reading) each(ctx context.Context, st Store, metric string, m []prom.Matcher, take func(prom.Series)) error {
	all, err := st.Raw(ctx, metric, m, time.UnixMilli(r.Grid.Start), time.UnixMilli(r.Grid.End()))
	if err != nil {
		return err
	}
	for _, s := range all {
		take(s)
	}
	return nil
}

func read(metric string, s prom.Series) Series {
	return Series{s.Labels[labelFunction], s.Labels[labelCode], target(s.Labels), s.Samples, metric}
}

// Mark sets known[i] where s has a sample in step i. It panics if known is
// shorter than the grid.
func (r *Reading) Mark(known []bool, s Series) {
	for _, x := range s.Samples {
		if i, ok := r.Grid.Index(x.T); ok {
			known[i] = true
		}
	}
}

// Count adds the increments of a counter to dst, as prom.Increase does. It
// begins anew where the target of the series is back.
func (r *Reading) Count(dst []float64, s Series) {
	k := key{s.metric, s.Function, s.Code, s.Target}
	c, ok := r.before.counters[k]
	for rest := s.Samples; len(rest) > 0; ok = true {
		n := r.unbroken(s.Target, rest)
		if first := rest[0].T; !ok || r.isBack(s.Target, first) {
			c = r.begins(s.Target, first)
		}
		c = prom.Increase(dst, r.Grid, c, rest[:n], r.Scrapes[s.Target])
		rest = rest[n:]
	}
	r.after.counters[k] = c
}

// End returns the state after the chunk. Counters that had no sample in it
// learn of the scrapes that missed them. Those that are gone for good are
// dropped, and counters and targets that were not seen for longer than keep.
func (r *Reading) End(keep time.Duration) State {
	at := r.Grid.End()
	oldest := at - keep.Milliseconds()
	none := make([]float64, r.Grid.Len)
	for k, c := range r.after.counters {
		if c.Last() <= r.Grid.Start {
			c = prom.Increase(none, r.Grid, c, nil, r.Scrapes[k.target])
			r.after.counters[k] = c
		}
		if c.Gone(at) || c.Last() < oldest {
			delete(r.after.counters, k)
		}
	}
	for _, seen := range []map[string]sighting{r.after.targets, r.after.doubles} {
		maps.DeleteFunc(seen, func(_ string, s sighting) bool { return s.read < oldest })
	}
	return r.after
}

// scraped notes when a target was read.
func (r *Reading) scraped(s prom.Series) {
	target := target(s.Labels)
	have := r.Scrapes[target]
	for _, x := range s.Samples {
		if len(have) == 0 || x.T > have[len(have)-1] {
			have = append(have, x.T)
		} else if i, ok := slices.BinarySearch(have, x.T); !ok {
			have = slices.Insert(have, i, x.T)
		}
	}
	r.Scrapes[target], r.instances[target] = have, s.Labels[labelInstance]
	seen := r.after.targets[target]
	seen.read = have[len(have)-1]
	r.after.targets[target] = seen
}
