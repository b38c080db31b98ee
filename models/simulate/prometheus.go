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
	// settle is how long after its time a sample may become visible.
	settle = 15 * time.Second
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

// backtest is the content of the gateway metrics in steps of one minute. It is read
// in chunks of time.
type backtest struct {
	start     int64 // Unix ms
	minutes   int
	at        int // minute in which the chunk begins
	chunk     *invocation.Reading
	functions map[string]measured
}

// measured is the metrics of one function.
type measured struct {
	calls, busy []float64 // per minute
	known       []bool
}

// readPrometheus reads the calls of all functions in the minutes before end, which is
// a full minute. Minutes without a sample of the gateway have no data, and neither
// have those of a function before it was deployed.
func readPrometheus(ctx context.Context, store invocation.Store, end time.Time, minutes int, bar *cli.Bar) (*trace.Trace, error) {
	b := &backtest{
		start: end.Add(-time.Duration(minutes) * time.Minute).UnixMilli(), minutes: minutes,
		functions: map[string]measured{},
	}
	var state invocation.State
	for n := 0; b.at < minutes; b.at += n {
		n = min(int(chunk/time.Minute), minutes-b.at)
		b.chunk = state.Begin(prom.Grid{Start: b.start + int64(b.at)*60_000, Step: 60_000, Len: n})
		err := b.chunk.Read(ctx, store, b.takeDeployed,
			invocation.Counter{Metric: invocation.Started, Take: b.takeStarted},
			invocation.Counter{Metric: invocation.Seconds, Take: b.takeSeconds})
		if err != nil {
			return nil, err
		}
		// The state carries the last values of the counters over, so that the calls between two
		// chunks are counted.
		state = b.chunk.End(keep)
		bar.Add(int64(n))
	}
	return b.trace()
}

// takeDeployed marks the minutes in which the gateway lists a function: without calls they
// are minutes of zero calls, not minutes without data.
func (b *backtest) takeDeployed(s invocation.Series) { b.chunk.Mark(b.within(s).known, s) }

// takeStarted counts the calls. A function with calls is known, even if it is not listed.
func (b *backtest) takeStarted(s invocation.Series) {
	f := b.within(s)
	b.chunk.Mark(f.known, s)
	b.chunk.Count(f.calls, s)
}

// takeSeconds adds up the durations of the calls.
func (b *backtest) takeSeconds(s invocation.Series) { b.chunk.Count(b.within(s).busy, s) }

// within returns the part of the function of s that lies in the current chunk.
func (b *backtest) within(s invocation.Series) measured {
	f, ok := b.functions[s.Function]
	if !ok {
		f = measured{make([]float64, b.minutes), make([]float64, b.minutes), make([]bool, b.minutes)}
		b.functions[s.Function] = f
	}
	to := b.at + b.chunk.Grid.Len
	// The parts share memory with the whole, so that they can be written to.
	return measured{f.calls[b.at:to], f.busy[b.at:to], f.known[b.at:to]}
}

// trace returns what was read, functions sorted by name.
func (b *backtest) trace() (*trace.Trace, error) {
	if len(b.functions) == 0 {
		return nil, fmt.Errorf("-prometheus: no function has the metrics %s and %s in the last %d minutes", invocation.Deployed, invocation.Started, b.minutes)
	}
	day := int64(trace.MinutesPerDay)
	t := &trace.Trace{Layout: layoutPrometheus, Start: int(b.start / 60_000 % day), Minutes: b.minutes}
	for _, name := range slices.Sorted(maps.Keys(b.functions)) {
		t.Functions = append(t.Functions, b.functions[name].function(name))
	}
	return t, nil
}

// function returns the function with its calls per minute and their mean duration.
// Samples are floating-point numbers; the calls of a minute are rounded to whole ones.
func (f measured) function(name string) trace.Function {
	out := trace.Function{Name: name, Counts: make([]int32, len(f.calls))}
	calls, busy := 0.0, 0.0
	for m := range f.calls {
		out.Counts[m] = series.NoData
		if f.known[m] {
			out.Counts[m] = int32(math.Min(math.Round(f.calls[m]), math.MaxInt32))
		}
		calls, busy = calls+f.calls[m], busy+f.busy[m]
	}
	if calls > 0 {
		out.Duration = busy / calls
	}
	return out
}
