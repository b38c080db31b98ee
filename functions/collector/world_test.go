package collector

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"prewarm/shared/event"
	"prewarm/shared/openfaas"
	prom "prewarm/shared/prometheus"
	"prewarm/shared/prometheus/invocation"
	"prewarm/shared/series"
)

var testKey = []byte("0123456789abcdef")

// world is a gateway with its functions, the store that scrapes it every
// scrapeEvery, and a bus, all in virtual time.
type world struct {
	t   testing.TB
	now time.Time

	// The gateway that runs now.
	target   string                       // its address
	began    time.Time                    // start of its process, zero if it does not export it
	counters map[string]*prom.Series      // by metric and labels, one sample each
	deployed map[string]map[string]string // annotations by function

	notScraped  bool          // the store does not try to read the gateway
	unreachable bool          // it tries in vain
	storeDown   bool          // the store does not answer
	gatewayDown bool          // the gateway does not answer
	late        time.Duration // until a sample becomes visible
	dropped     string        // a metric that the store does not keep

	stored   map[string]*prom.Series
	compiled map[string]*regexp.Regexp // expressions of matchers
	largest  int                       // samples in the largest answer

	busFailures int // publications that are still to fail
	sent        []message
}

const scrapeEvery = 5 * time.Second

var errFake = errors.New("connection refused")

func newWorld(t testing.TB) *world {
	return &world{
		t: t, now: time.Unix(1_800_000_000, 0), target: "gw-1", began: time.Unix(1_799_900_000, 0),
		counters: map[string]*prom.Series{}, stored: map[string]*prom.Series{},
		compiled: map[string]*regexp.Regexp{}, deployed: map[string]map[string]string{},
	}
}

func (w *world) config() Config {
	return Config{Step: time.Minute, WindowSteps: 180, MaxWait: 30 * time.Second, Batch: 50, Timeout: time.Minute, Concurrency: 1, Key: testKey}
}

func (w *world) collector() *Collector { return w.collectorOf(w.config()) }

func (w *world) collectorOf(cfg Config) *Collector {
	c := newCollector(w.t.Context(), cfg, w, w, w, func() time.Time { return w.now }, slog.New(slog.DiscardHandler))
	c.wait = w.wait
	return c
}

// wait lets time pass for a collector that waits for the next scrape. tick takes it back.
func (w *world) wait(ctx context.Context, d time.Duration) error {
	w.pass(max(d, scrapeEvery).Truncate(scrapeEvery), nil)
	return ctx.Err()
}

// run runs a tick, and then sets the clock back to its begin: the next call of pass makes
// the scrapes that the tick has waited for.
func (w *world) run(c *Collector) Outcome {
	begin := w.now
	defer func() {
		w.now = begin
		for _, s := range w.stored {
			s.Samples = slices.DeleteFunc(s.Samples, func(x prom.Sample) bool { return x.T > begin.UnixMilli() })
		}
	}()
	return c.Tick(context.Background())
}

// deploy adds functions to the gateway.
func (w *world) deploy(names ...string) {
	for _, name := range names {
		w.deployed[name] = map[string]string{}
	}
}

// start begins calls that stay in flight; finish ends them with code.
func (w *world) start(fn string, n int) { w.add(invocation.Started, fn, "", float64(n)) }

func (w *world) finish(fn, code string, n int, seconds float64) {
	w.add(invocation.Ended, fn, code, float64(n))
	w.add(invocation.Seconds, fn, code, float64(n)*seconds)
}

func (w *world) call(fn string, n int) {
	w.start(fn, n)
	w.finish(fn, "200", n, 0.5)
}

func (w *world) add(metric, fn, code string, v float64) {
	id := metric + fn + code
	if w.counters[id] == nil {
		labels := map[string]string{"__name__": metric, "function_name": fn, "instance": w.target, "job": "gateway"}
		if code != "" {
			labels["code"] = code
		}
		w.counters[id] = &prom.Series{Labels: labels, Samples: make([]prom.Sample, 1)}
	}
	w.counters[id].Samples[0].V += v
}

// restart starts a new gateway process at target, without counters.
func (w *world) restart(target string) {
	w.counters, w.target, w.began = map[string]*prom.Series{}, target, w.now
}

// rename changes the name under which the store reads the gateway, which keeps
// running.
func (w *world) rename(target string) {
	w.target = target
	for _, c := range w.counters {
		c.Labels = maps.Clone(c.Labels)
		c.Labels["instance"] = target
	}
}

// pass lets d go by. If do is not nil, it runs before each scrape.
func (w *world) pass(d time.Duration, do func()) {
	for end := w.now.Add(d); w.now.Before(end); {
		w.now = w.now.Add(scrapeEvery)
		if do != nil {
			do()
		}
		switch {
		case w.unreachable:
			w.store(w.now.UnixMilli()-1500, prom.Series{Labels: map[string]string{"__name__": invocation.Up, "instance": w.target, "job": "gateway"}}, 0)
		case !w.notScraped:
			w.scrape()
		}
	}
}

// scrape stores what the gateway showed 1.5 s before now.
func (w *world) scrape() {
	at := w.now.Add(-1500 * time.Millisecond).UnixMilli()
	for fn := range w.deployed {
		w.store(at, prom.Series{Labels: map[string]string{"__name__": invocation.Deployed, "function_name": fn, "instance": w.target, "job": "gateway"}}, 1)
	}
	target := map[string]string{"instance": w.target, "job": "gateway"}
	w.store(at, prom.Series{Labels: with(target, "__name__", invocation.Up)}, 1)
	// Some function has been called, as on every gateway whose cron connector runs.
	w.store(at, prom.Series{Labels: with(target, "__name__", invocation.Started, "function_name", "other.openfaas-fn")}, 1)
	if !w.began.IsZero() {
		labels := map[string]string{"__name__": invocation.Process, "instance": w.target, "job": "gateway"}
		w.store(at, prom.Series{Labels: labels}, float64(w.began.UnixMilli())/1000)
	}
	for _, c := range w.counters {
		w.store(at, *c, c.Samples[0].V)
	}
}

// with returns labels and more pairs of name and value.
func with(labels map[string]string, pairs ...string) map[string]string {
	labels = maps.Clone(labels)
	for i := 0; i < len(pairs); i += 2 {
		labels[pairs[i]] = pairs[i+1]
	}
	return labels
}

// idOf returns the labels as text, sorted.
func idOf(labels map[string]string) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		b.WriteString(name + "=" + labels[name] + ";")
	}
	return b.String()
}

func (w *world) store(at int64, s prom.Series, v float64) {
	if s.Labels["__name__"] == w.dropped {
		return
	}
	id := idOf(s.Labels)
	if w.stored[id] == nil {
		w.stored[id] = &prom.Series{Labels: s.Labels}
	}
	w.stored[id].Samples = append(w.stored[id].Samples, prom.Sample{T: at, V: v})
}

// Each is the store. Samples younger than late are not visible yet.
func (w *world) Each(ctx context.Context, metric string, matchers []prom.Matcher, from, to time.Time, take func(prom.Series) error) error {
	if w.storeDown {
		return errFake
	}
	lo, hi, visible := from.UnixMilli(), to.UnixMilli(), w.now.Add(-w.late).UnixMilli()
	samples, matches := 0, w.match(matchers)
	for _, id := range slices.Sorted(maps.Keys(w.stored)) {
		s := w.stored[id]
		if s.Labels["__name__"] != metric || !matches(s.Labels) {
			continue
		}
		// A copy, as of a client that decodes an answer.
		cut := prom.Series{Labels: s.Labels, Samples: slices.Clone(between(s.Samples, lo, min(hi, visible)))}
		if len(cut.Samples) == 0 {
			continue
		}
		samples += len(cut.Samples)
		if err := take(cut); err != nil {
			return err
		}
	}
	w.largest = max(w.largest, samples)
	return ctx.Err()
}

// between returns the samples in (lo, hi]. They rise in time.
func between(all []prom.Sample, lo, hi int64) []prom.Sample {
	after := func(t int64) int { return sort.Search(len(all), func(i int) bool { return all[i].T > t }) }
	first := after(lo)
	return all[first:max(first, after(hi))]
}

// match returns whether labels match all matchers. It supports =~, the only operator that
// the collector uses. Expressions are compiled once: the tests ask for few of them often.
func (w *world) match(matchers []prom.Matcher) func(labels map[string]string) bool {
	for _, m := range matchers {
		if m.Op != "=~" {
			w.t.Errorf("the store has no operator %q", m.Op)
		}
		if w.compiled[m.Value] == nil {
			w.compiled[m.Value] = regexp.MustCompile("^(?:" + m.Value + ")$")
		}
	}
	return func(labels map[string]string) bool {
		return !slices.ContainsFunc(matchers, func(m prom.Matcher) bool { return !w.compiled[m.Value].MatchString(labels[m.Label]) })
	}
}

// List is the gateway.
func (w *world) List(context.Context) ([]openfaas.Function, error) {
	if w.gatewayDown {
		return nil, errFake
	}
	var out []openfaas.Function
	for name, annotations := range w.deployed {
		out = append(out, openfaas.Function{Name: name, Annotations: annotations})
	}
	return out, nil
}

// Publish is the bus.
func (w *world) Publish(_ context.Context, env event.Envelope, body []byte) error {
	if w.busFailures > 0 {
		w.busFailures--
		return errFake
	}
	w.sent = append(w.sent, message{env, body})
	return nil
}

// tick runs a tick and fails unless it has the result.
func (w *world) tick(c *Collector, result string) Outcome {
	w.t.Helper()
	o := w.run(c)
	if o.Result != result {
		w.t.Fatalf("at %v: got %+v, want %s", w.now.Unix(), o, result)
	}
	return o
}

// last opens the last message and returns its window of fn.
func (w *world) last(fn string) *event.FunctionWindow {
	w.t.Helper()
	if len(w.sent) == 0 {
		w.t.Fatal("nothing was published")
	}
	m := w.sent[len(w.sent)-1]
	var got event.Windows
	env, err := event.Open(testKey, event.TypeWindows, m.body, &got)
	if err != nil {
		w.t.Fatal(err)
	}
	for i, f := range got.Windows {
		if f.End() != env.Step {
			w.t.Errorf("%s ends at %d, the step at %d", f.Function, f.End(), env.Step)
		}
		if f.Function == fn {
			return &got.Windows[i]
		}
	}
	return nil
}

// counts fails unless the last steps of fn are want.
func (w *world) counts(fn string, want ...int32) {
	w.t.Helper()
	f := w.last(fn)
	if f == nil {
		w.t.Fatalf("%s has no window", fn)
	}
	if got := f.Tail(len(want)).Counts; !slices.Equal(got, want) {
		w.t.Errorf("%s: got %v, want %v", fn, got, want)
	}
}

// total returns the calls of the window.
func total(f *event.FunctionWindow) (n int) {
	for _, c := range f.Counts {
		if c != series.NoData {
			n += int(c)
		}
	}
	return n
}

func names(n int) (out []string) {
	for i := range n {
		out = append(out, "fn-"+strconv.Itoa(i)+".openfaas-fn")
	}
	return out
}
