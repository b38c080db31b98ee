// Package backtest replays the calls that a running OpenFaaS has had, or those of a file, under
// keep-alive and prewarm. models/simulate and the command prewarm share it.
package backtest

import (
	"context"
	"fmt"
	"io"
	"maps"
	"math"
	"net/http"
	"slices"
	"time"

	"prewarm/shared/cli"
	prom "prewarm/shared/prometheus"
	"prewarm/shared/prometheus/invocation"
	"prewarm/shared/series"
	"prewarm/shared/simulate"
	"prewarm/shared/trace"
)

// Prometheus is the layout of a trace read from the gateway metrics of a running
// OpenFaaS.
const Prometheus trace.Layout = "prometheus"

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

// Store is the address of a store, and what each of its queries has. The address may carry
// user and password as URLs do.
type Store struct {
	URL      string
	Matchers string   // label matchers, such as cluster="eu"
	Headers  []string // such as X-Scope-OrgID: team-a
}

// Client returns a client of the store. Errors name the flags prometheus, prometheus-matchers
// and prometheus-header.
func (s Store) Client() (*prom.Client, error) {
	c, err := prom.ParseURL(s.URL)
	if err != nil {
		return nil, fmt.Errorf("-prometheus %w", err)
	}
	if c.Matchers, err = prom.ParseMatchers(s.Matchers); err != nil {
		return nil, fmt.Errorf("-prometheus-matchers %w", err)
	}
	c.Headers = http.Header{}
	for i, h := range s.Headers {
		if err := prom.AddHeader(c.Headers, h); err != nil {
			return nil, fmt.Errorf("-prometheus-header number %d %w", i+1, err)
		}
	}
	return prom.New(c, nil), nil
}

// Last reads the calls of the time up to now, with the history before it that policies need,
// simulate.WarmUpMinutes. The minute in progress is left out: it would look like a fall of the
// load. A warning in log says how much is missing: the store may be younger, or the gateway
// may have been down.
func Last(ctx context.Context, store invocation.Store, now time.Time, last time.Duration, log io.Writer) (*trace.Trace, error) {
	// The history comes on top, so that all of last is scored.
	minutes := int(last/time.Minute) + simulate.WarmUpMinutes
	end := now.Add(-settle).Truncate(time.Minute)
	bar := cli.NewBar(log, "read", int64(minutes))
	tr, err := Read(ctx, store, end, minutes, bar)
	bar.Done()
	if err != nil {
		return nil, err
	}
	if n, first := measuredMinutes(tr); n < minutes {
		fmt.Fprintf(log, "warning: %d minutes were asked for, -last %v and %d of history before it; the store has %d of them, the first at %s\n",
			minutes, last, simulate.WarmUpMinutes, n, end.Add(time.Duration(first-minutes)*time.Minute).UTC().Format(time.RFC3339))
	}
	return tr, nil
}

// measured is the metrics of one function, per minute.
type measured struct {
	counts []int32 // series.NoData if unknown
	busy   float64 // seconds of all calls in known minutes
}

// Read reads the calls of all functions in the minutes before end, which is
// a full minute. A minute that was not wholly measured has no data, and neither has one
// of a function before it was deployed.
func Read(ctx context.Context, store invocation.Store, end time.Time, minutes int, bar *cli.Bar) (*trace.Trace, error) {
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
	t := &trace.Trace{Layout: Prometheus, Start: int(begin / 60_000 % int64(trace.MinutesPerDay)), Minutes: minutes}
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

// measuredMinutes returns the number of minutes in which any function was measured,
// and the first of them.
func measuredMinutes(t *trace.Trace) (n, first int) {
	// Backwards, so that first ends as the earliest.
	for m := t.Minutes - 1; m >= 0; m-- {
		if slices.ContainsFunc(t.Functions, func(f trace.Function) bool { return f.Counts[m] != series.NoData }) {
			n, first = n+1, m
		}
	}
	return n, first
}
