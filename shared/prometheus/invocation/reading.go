// Package invocation counts the calls that OpenFaaS gateways served, exactly, from
// their counters in a Prometheus store. A count survives restarts of a gateway, new
// gateways, and a running gateway that the store scrapes under a new name.
//
// Time is read in chunks, one after the other. A State holds the counters between two
// chunks:
//
//	r := state.Begin(grid)
//	err := r.Read(ctx, store, deployed, invocation.Counter{Metric: invocation.Started, Take: started})
//	state = r.End(keep)
//
// The size of the chunks does not change the counts. Calls between the last scrape of
// a process and its end are in no sample, and are lost.
package invocation

import (
	"context"
	"maps"
	"slices"
	"time"

	prom "prewarm/shared/prometheus"
)

// Metrics of the gateway. The counters of a function do not exist before its first
// call. The gauge Deployed exists as long as the function is deployed. It distinguishes
// a step without calls from a step without data.
const (
	Deployed = "gateway_service_count"
	Started  = "gateway_function_invocation_started"
	Ended    = "gateway_function_invocation_total"
	Seconds  = "gateway_functions_seconds_sum"
	Process  = "process_start_time_seconds" // when the process of the gateway started
)

// Store returns raw samples in (from, to], rising in time, as prom.Client does.
type Store interface {
	Raw(ctx context.Context, metric string, matchers []prom.Matcher, from, to time.Time) ([]prom.Series, error)
}

// Series is the samples of one metric of one function on one target, and of one status
// code if the metric has that label.
type Series struct {
	Function, Code string
	Target         string // one gateway as the store scrapes it: all other labels
	Samples        []prom.Sample
	metric         string
}

// Counter is a metric to read, and the callback that takes each of its series.
type Counter struct {
	Metric string
	Take   func(Series)
}

// State is the state of all counters at one time. It is immutable: reading on returns
// a new one. The zero State knows no counter and no target.
type State struct {
	counters   map[key]prom.Counter
	targets    map[string]scrape // the latest of each target that counts
	duplicates map[string]scrape // the latest of each duplicate target
}

// key identifies one counter.
type key struct{ metric, function, code, target string }

// Targets returns the number of known targets.
func (s State) Targets() int { return len(s.targets) }

// Counters returns the number of known counters.
func (s State) Counters() int { return len(s.counters) }

// Reading reads one chunk of time.
type Reading struct {
	Grid    prom.Grid
	Scrapes map[string][]int64 // scrape times of each target, rising, Unix ms

	before, after State
	starts        map[string][]scrape // with start times, by target, rising
	instances     map[string]string   // label instance of each target
}

// Begin returns a reading of g, which begins at the time of s.
func (s State) Begin(g prom.Grid) *Reading {
	if s.counters == nil {
		s = State{map[key]prom.Counter{}, map[string]scrape{}, map[string]scrape{}}
	}
	return &Reading{
		Grid: g, Scrapes: map[string][]int64{},
		before: s, after: State{maps.Clone(s.counters), maps.Clone(s.targets), maps.Clone(s.duplicates)},
		starts: map[string][]scrape{}, instances: map[string]string{},
	}
}

// Read reads the chunk. It first passes each series of Deployed to deployed, then each
// counter in turn to its callback. Series of duplicate targets are left out. After an
// error the reading must not be used.
func (r *Reading) Read(ctx context.Context, st Store, deployed func(Series), counters ...Counter) error {
	var found []Series
	scraped := func(s prom.Series) {
		r.addScrapes(s)
		found = append(found, newSeries(Deployed, s))
	}
	if err := r.each(ctx, st, Deployed, nil, scraped); err != nil {
		return err
	}
	// Most programs export Process, so the query names the instances of the gateways.
	if err := r.each(ctx, st, Process, anyOf(labelInstance, slices.Collect(maps.Values(r.instances))), r.addStarts); err != nil {
		return err
	}
	r.dropDuplicates()
	for _, s := range found {
		if !r.duplicate(s) {
			deployed(s)
		}
	}
	for _, c := range counters {
		take := func(s prom.Series) {
			if s := newSeries(c.Metric, s); !r.duplicate(s) {
				c.Take(s)
			}
		}
		if err := r.each(ctx, st, c.Metric, nil, take); err != nil {
			return err
		}
	}
	return nil
}

// each passes the series of a metric in the chunk to take.
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

func newSeries(metric string, s prom.Series) Series {
	return Series{s.Labels[labelFunction], s.Labels[labelCode], target(s.Labels), s.Samples, metric}
}

// Mark sets known[i] if s has a sample in step i. It panics if known is shorter than
// the grid.
func (r *Reading) Mark(known []bool, s Series) {
	for _, x := range s.Samples {
		if i, ok := r.Grid.Index(x.T); ok {
			known[i] = true
		}
	}
}

// Count adds the increments of a counter to dst, as prom.Increase does. After each
// return of the target it starts from the first sample, so that calls are not counted
// twice.
func (r *Reading) Count(dst []float64, s Series) {
	k := key{s.metric, s.Function, s.Code, s.Target}
	c, ok := r.before.counters[k]
	for rest := s.Samples; len(rest) > 0; ok = true {
		n := r.untilReturn(s.Target, rest)
		if first := rest[0].T; !ok || r.returns(s.Target, first) {
			c = r.newCounter(s.Target, first)
		}
		c = prom.Increase(dst, r.Grid, c, rest[:n], r.Scrapes[s.Target])
		rest = rest[n:]
	}
	r.after.counters[k] = c
}

// End returns the state after the chunk. A counter without a sample in the chunk has
// missed the scrapes of its target. Counters that missed them for so long that they
// restarted are dropped, and so are counters and targets that were not seen for longer
// than keep.
func (r *Reading) End(keep time.Duration) State {
	at := r.Grid.End()
	oldest := at - keep.Milliseconds()
	unused := make([]float64, r.Grid.Len)
	for k, c := range r.after.counters {
		if c.Last() <= r.Grid.Start {
			c = prom.Increase(unused, r.Grid, c, nil, r.Scrapes[k.target])
			r.after.counters[k] = c
		}
		if c.Gone(at) || c.Last() < oldest {
			delete(r.after.counters, k)
		}
	}
	for _, latest := range []map[string]scrape{r.after.targets, r.after.duplicates} {
		maps.DeleteFunc(latest, func(_ string, s scrape) bool { return s.at < oldest })
	}
	return r.after
}
