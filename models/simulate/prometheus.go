package main

import (
	"context"
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
	"time"

	"prewarm/shared/cli"
	prom "prewarm/shared/prometheus"
	"prewarm/shared/prometheus/invocation"
	"prewarm/shared/series"
	"prewarm/shared/trace"
)

// layoutPrometheus is a trace read from the gateway metrics of a running
// OpenFaaS.
const layoutPrometheus trace.Layout = "prometheus"

const (
	// chunk bounds the time that one query covers, and so its memory.
	chunk = 15 * time.Minute
	// settle is how long after the last minute it is read: a scrape after its end completes
	// it, and may become visible late.
	settle = time.Minute
	// lead is the minutes before the first one from which the counters are read, so that
	// their values at its begin are known.
	lead = 5
	// keep is how long the state of a gateway without samples is kept, as long as
	// the longest window of the collector.
	keep = series.MaxSteps * time.Minute
)

// newStore returns a client of the store of the options. Its address may carry user and
// password as URLs do.
func newStore(o options) (*prom.Client, error) {
	c, err := prom.ParseURL(o.prometheus)
	if err != nil {
		return nil, fmt.Errorf("-prometheus %w", err)
	}
	if c.Matchers, err = prom.ParseMatchers(o.matchers); err != nil {
		return nil, fmt.Errorf("-prometheus-matchers %w", err)
	}
	c.Headers = http.Header{}
	for i, h := range o.headers {
		if err := prom.AddHeader(c.Headers, h); err != nil {
			return nil, fmt.Errorf("-prometheus-header number %d %w", i+1, err)
		}
	}
	return prom.New(c, nil), nil
}

// measured is the metrics of one function, per minute.
type measured struct {
	counts []int32 // series.NoData if unknown
	busy   float64 // seconds of all calls in known minutes
}

// readPrometheus reads the calls of all functions in the minutes before end, which is
// a full minute. A minute that was not wholly measured has no data, and neither has one
// of a function before it was deployed.
func readPrometheus(ctx context.Context, store invocation.Store, end time.Time, minutes int, bar *cli.Bar) (*trace.Trace, error) {
	begin := end.Add(-time.Duration(minutes) * time.Minute).UnixMilli()
	now := end.Add(settle).UnixMilli()
	reader := invocation.Reader{Store: store, Least: time.Minute, Most: chunk}
	functions := map[string]*measured{}
	var state invocation.State
	for at, n := -lead, 0; at < minutes; at += n {
		n = min(int(chunk/time.Minute), minutes-at)
		grid := prom.Grid{Start: begin + int64(at)*60_000, Step: 60_000, Len: n}
		c, err := reader.Read(ctx, state, grid, grid.End(), now, nil)
		if err != nil {
			return nil, err
		}
		for name, f := range c.Functions(grid.Start) {
			if functions[name] == nil {
				functions[name] = &measured{counts: slices.Repeat([]int32{series.NoData}, minutes)}
			}
			functions[name].add(at, f)
		}
		// The state carries the values of the counters over, so that the calls between two
		// chunks are counted.
		state = c.Settle(keep)
		bar.Add(int64(n + min(at, 0)))
	}
	return newTrace(functions, begin, minutes)
}

// add adds the minutes of a chunk from minute at on.
func (m *measured) add(at int, f *invocation.Function) {
	for i, q := range f.Quality {
		if q >= invocation.Spread && at+i >= 0 {
			m.counts[at+i] = int32(math.Min(math.Round(f.Calls[i]), math.MaxInt32))
			m.busy += f.Busy[i]
		}
	}
}

// newTrace returns what was read, functions sorted by name.
func newTrace(functions map[string]*measured, begin int64, minutes int) (*trace.Trace, error) {
	if len(functions) == 0 {
		return nil, fmt.Errorf("-prometheus: no function has the metrics %s and %s in the last %d minutes", invocation.Deployed, invocation.Started, minutes)
	}
	t := &trace.Trace{Layout: layoutPrometheus, Start: int(begin / 60_000 % int64(trace.MinutesPerDay)), Minutes: minutes}
	for _, name := range slices.Sorted(maps.Keys(functions)) {
		m, calls := functions[name], 0.0
		for _, n := range m.counts {
			calls += float64(max(0, n))
		}
		f := trace.Function{Name: name, Counts: m.counts}
		if calls > 0 {
			f.Duration = m.busy / calls
		}
		t.Functions = append(t.Functions, f)
	}
	return t, nil
}
