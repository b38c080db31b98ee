package main

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"prewarm/shared/config"
	"prewarm/shared/progress"
	"prewarm/shared/prom"
	"prewarm/shared/series"
	"prewarm/shared/trace"
)

// layoutPrometheus is a trace read from the gateway metrics of a running
// OpenFaaS.
const layoutPrometheus trace.Layout = "prometheus"

// Metrics of the gateway. The counters of a function do not exist before its
// first call, the gauge as long as the function is deployed.
const (
	metricDeployed = "gateway_service_count"
	metricStarted  = "gateway_function_invocation_started"
	metricSeconds  = "gateway_functions_seconds_sum"
)

const (
	// chunk bounds the time that one query covers, and so its memory.
	chunk = 15 * time.Minute
	// settle is how long after its time a sample may become visible.
	settle = 15 * time.Second
)

// newStore returns a client of the store at address, which may carry user and
// password as URLs do.
func newStore(address string) (*prom.Client, error) {
	u, err := config.ParseURL(address, "http", "https")
	if err != nil {
		return nil, fmt.Errorf("-prometheus %w", err)
	}
	c := prom.Config{}
	if u.User != nil {
		c.User = u.User.Username()
		c.Password, _ = u.User.Password()
		u.User = nil
	}
	c.URL = strings.TrimSuffix(u.String(), "/")
	return prom.New(c, nil), nil
}

// backtest is a reading of the gateway metrics in steps of one minute.
type backtest struct {
	grid      prom.Grid // of the chunk that is read
	start     int64     // Unix ms
	minutes   int
	counters  map[string]prom.Counter
	first     map[string]int64 // when each target was first read
	scrapes   map[string][]int64
	functions map[string]*measured
}

// measured is what the metrics say of one function.
type measured struct {
	calls, busy []float64 // per minute
	known       []bool
}

// readPrometheus reads the calls of all functions in the last minutes before
// end, a full minute. Minutes in which the gateway was not read are unknown,
// those of a function before it was deployed too.
func readPrometheus(ctx context.Context, store *prom.Client, end time.Time, minutes int, bar *progress.Bar) (*trace.Trace, error) {
	b := &backtest{
		start: end.Add(-time.Duration(minutes) * time.Minute).UnixMilli(), minutes: minutes,
		counters: map[string]prom.Counter{}, first: map[string]int64{}, functions: map[string]*measured{},
	}
	for m := 0; m < minutes; m += int(chunk / time.Minute) {
		n := min(int(chunk/time.Minute), minutes-m)
		b.grid = prom.Grid{Start: b.start + int64(m)*60_000, Step: 60_000, Len: n}
		if err := b.read(ctx, store, m); err != nil {
			return nil, err
		}
		bar.Add(int64(n))
	}
	return b.trace()
}

// read reads one chunk, which begins at minute at.
func (b *backtest) read(ctx context.Context, store *prom.Client, at int) error {
	from, to := time.UnixMilli(b.grid.Start), time.UnixMilli(b.grid.End())
	b.scrapes = map[string][]int64{}
	for _, m := range []struct {
		name string
		take func(prom.Series, int)
	}{{metricDeployed, b.takeDeployed}, {metricStarted, b.takeStarted}, {metricSeconds, b.takeSeconds}} {
		all, err := store.Raw(ctx, m.name, nil, from, to)
		if err != nil {
			return err
		}
		for _, s := range all {
			m.take(s, at)
		}
	}
	b.settle()
	return nil
}

func (b *backtest) takeDeployed(s prom.Series, at int) {
	b.observe(s, at)
	target := targetOf(s.Labels)
	for _, x := range s.Samples {
		if i, found := slices.BinarySearch(b.scrapes[target], x.T); !found {
			b.scrapes[target] = slices.Insert(b.scrapes[target], i, x.T)
		}
	}
	if t, ok := b.first[target]; !ok || s.Samples[0].T < t {
		b.first[target] = s.Samples[0].T
	}
}

func (b *backtest) takeStarted(s prom.Series, at int) {
	b.observe(s, at)
	b.count(b.function(s).calls[at:at+b.grid.Len], s)
}

func (b *backtest) takeSeconds(s prom.Series, at int) {
	b.count(b.function(s).busy[at:at+b.grid.Len], s)
}

// observe marks the minutes in which the function was seen.
func (b *backtest) observe(s prom.Series, at int) {
	f := b.function(s)
	for _, x := range s.Samples {
		if i, ok := b.grid.Index(x.T); ok {
			f.known[at+i] = true
		}
	}
}

// count adds the increments of one counter. A counter that appears where its
// gateway was read before counts from zero; otherwise what it stood at is
// unknown: a gateway that is read for the first time may run for long already,
// under another name.
func (b *backtest) count(dst []float64, s prom.Series) {
	key, target := keyOf(s.Labels), targetOf(s.Labels)
	c, ok := b.counters[key]
	if first, read := b.first[target]; !ok && read && first < s.Samples[0].T {
		c = prom.FromZero()
	}
	b.counters[key] = prom.Increase(dst, b.grid, c, s.Samples, b.scrapes[target])
}

// settle tells counters without a sample in the chunk of the scrapes that
// missed them, and drops those that are gone.
func (b *backtest) settle() {
	none := make([]float64, b.grid.Len)
	for key, c := range b.counters {
		if c.Last() <= b.grid.Start {
			_, target, _ := strings.Cut(key, "\x01")
			c = prom.Increase(none, b.grid, c, nil, b.scrapes[target])
			b.counters[key] = c
		}
		if c.Gone(b.grid.End()) {
			delete(b.counters, key)
		}
	}
}

// function returns that of the series.
func (b *backtest) function(s prom.Series) *measured {
	name := s.Labels["function_name"]
	f := b.functions[name]
	if f == nil {
		f = &measured{make([]float64, b.minutes), make([]float64, b.minutes), make([]bool, b.minutes)}
		b.functions[name] = f
	}
	return f
}

// targetOf names the gateway that a series comes from.
func targetOf(labels map[string]string) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		if name != "__name__" && name != "function_name" && name != "code" {
			b.WriteString(name + "\x00" + labels[name] + "\x00")
		}
	}
	return b.String()
}

// keyOf names one counter; what follows \x01 is its target.
func keyOf(labels map[string]string) string {
	return labels["__name__"] + "\x00" + labels["function_name"] + "\x00" + labels["code"] + "\x01" + targetOf(labels)
}

// trace returns what was read, functions sorted by name.
func (b *backtest) trace() (*trace.Trace, error) {
	if len(b.functions) == 0 {
		return nil, fmt.Errorf("-prometheus: no function has the metrics %s and %s in the last %d minutes", metricDeployed, metricStarted, b.minutes)
	}
	day := int64(trace.MinutesPerDay)
	t := &trace.Trace{Layout: layoutPrometheus, Start: int(b.start / 60_000 % day), Minutes: b.minutes}
	for _, name := range slices.Sorted(maps.Keys(b.functions)) {
		t.Functions = append(t.Functions, b.functions[name].function(name))
	}
	return t, nil
}

// function returns the calls per minute and their mean duration.
func (f *measured) function(name string) trace.Function {
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
