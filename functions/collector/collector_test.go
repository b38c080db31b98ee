package collector

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	handler "github.com/openfaas/templates-sdk/go-http"

	"prewarm/shared/event"
	"prewarm/shared/gateway"
	"prewarm/shared/prom"
	"prewarm/shared/series"
)

const a, b = "a.openfaas-fn", "b.openfaas-fn"

var _ handler.FunctionHandler = (*Collector)(nil)

func TestTheFirstTickRefillsTheWindow(t *testing.T) {
	w := newWorld(t)
	w.deploy(a, b)
	// Four hours pass, with one call of a in each scrape of 5 s: 12 in a minute.
	w.pass(4*time.Hour, func() { w.call(a, 1) })
	o := w.tick(w.collector(), resultPublished)
	f := w.last(a)
	if o.Functions != 2 || len(f.Counts) != 180 || total(f) != 180*12 || f.End() != w.now.Unix() {
		t.Errorf("got %+v, %d steps, %d calls", o, len(f.Counts), total(f))
	}
	if got := f.MeanDuration(); math.Abs(got-0.5) > 1e-6 {
		t.Errorf("a call takes 0.5 s, got %v", got)
	}
	// b was deployed and never called: that is known to be zero.
	if f := w.last(b); f.Known() != 180 || total(f) != 0 || f.InFlight != 0 {
		t.Errorf("got %+v", f)
	}
	// One query covers 15 minutes at most: 2 functions, 12 scrapes a minute.
	if w.largest > 2*12*15 {
		t.Errorf("an answer had %d samples", w.largest)
	}
}

func TestAMissedTickIsFilled(t *testing.T) {
	w := newWorld(t)
	w.deploy(a)
	w.pass(10*time.Minute, nil)
	c := w.collector()
	w.tick(c, resultPublished)
	for n := range 25 {
		w.pass(time.Minute, nil)
		w.call(a, n+1) // read by the first scrape of the next step
	}
	w.pass(time.Minute, nil)
	w.tick(c, resultPublished)
	w.counts(a, 19, 20, 21, 22, 23, 24, 25)
	if got := total(w.last(a)); got != 25*26/2 {
		t.Errorf("got %d calls", got)
	}
	// A window later nothing of it is left to go on from.
	w.pass(10*time.Hour, func() { w.call(a, 1) })
	w.tick(c, resultPublished)
	if f := w.last(a); len(f.Counts) != 180 || total(f) != 180*12 {
		t.Errorf("got %d steps, %d calls", len(f.Counts), total(f))
	}
}

func TestAGatewayRestartLosesNoCounts(t *testing.T) {
	for name, target := range map[string]string{"same address": "gw-1", "a new pod": "gw-2"} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.deploy(a)
			w.pass(5*time.Minute, nil)
			c := w.collector()
			w.call(a, 3)
			w.pass(time.Minute, nil)
			w.tick(c, resultPublished)
			w.counts(a, 0, 3)
			// As many calls as before: the counter does not fall, but it was gone.
			w.restart(target)
			w.pass(time.Minute, nil)
			w.call(a, 3)
			w.pass(time.Minute, nil)
			w.tick(c, resultPublished)
			w.counts(a, 3, 0, 3)
			// Restarted within a step, and fewer calls: it falls.
			w.restart(target)
			w.call(a, 2)
			w.pass(time.Minute, nil)
			w.tick(c, resultPublished)
			w.counts(a, 3, 0, 3, 2)
			// The same from the store alone.
			w.tick(w.collector(), resultPublished)
			w.counts(a, 0, 0, 3, 0, 3, 2)
		})
	}
}

func TestCountersThatStoodBeforeTheStoreBeganAreNoCalls(t *testing.T) {
	w := newWorld(t)
	w.deploy(a)
	w.call(a, 1_000_000)
	w.pass(time.Minute, nil)
	c := w.collector()
	w.tick(c, resultPublished)
	w.counts(a, 0)
	w.call(a, 7)
	w.pass(time.Minute, nil)
	w.tick(c, resultPublished)
	w.counts(a, 0, 7)
}

func TestFunctionsAppearAndDisappear(t *testing.T) {
	w := newWorld(t)
	w.deploy(a)
	w.pass(10*time.Minute, nil)
	c := w.collector()
	w.tick(c, resultPublished)
	// b is listed before the store has read it: one step, and it is unknown.
	w.deploy(b)
	w.now = w.now.Add(time.Minute)
	w.tick(c, resultPublished)
	if f := w.last(b); len(f.Counts) != 1 || f.Counts[0] != series.NoData || f.InFlight != -1 {
		t.Errorf("got %+v", f)
	}
	// Its window begins with its deployment; the time before is not zero calls.
	w.call(b, 4)
	w.pass(2*time.Minute, nil)
	w.tick(c, resultPublished)
	if f := w.last(b); !slices.Equal(f.Counts, []int32{4, 0}) {
		t.Errorf("got %+v", f)
	}
	// a goes: no window any more, and after the length of a window no memory.
	delete(w.deployed, a)
	w.pass(time.Minute, nil)
	w.tick(c, resultPublished)
	if w.last(a) != nil || c.past.functions[a] == nil {
		t.Error("a removed function has no window, and is kept while its data is young")
	}
	w.pass(3*time.Hour, nil)
	w.tick(c, resultPublished)
	if c.past.functions[a] != nil || len(c.past.functions) != 1 {
		t.Errorf("kept: %d functions", len(c.past.functions))
	}
}

func TestCountersOfThePastAreForgotten(t *testing.T) {
	w := newWorld(t)
	w.deploy(a)
	w.pass(5*time.Minute, nil)
	c := w.collector()
	for _, target := range []string{"gw-2", "gw-2", "gw-3", "gw-4"} {
		w.call(a, 1)
		w.pass(5*time.Minute, nil)
		w.tick(c, resultPublished)
		w.restart(target)
	}
	w.pass(4*time.Hour, nil)
	w.tick(c, resultPublished)
	w.pass(5*time.Minute, nil)
	w.tick(c, resultPublished)
	if n := len(c.past.state.counters); n != 0 {
		t.Errorf("%d counters are kept", n)
	}
}

func TestTheStoreIsDownAndRecovers(t *testing.T) {
	w := newWorld(t)
	w.deploy(a)
	w.pass(10*time.Minute, nil)
	c := w.collector()
	w.tick(c, resultPublished)
	sent := len(w.sent)
	// It does not answer, but goes on scraping.
	w.clogged = true
	for range 5 {
		w.call(a, 1)
		w.pass(time.Minute, nil)
		if o := w.tick(c, resultStore); o.code != http.StatusServiceUnavailable {
			t.Errorf("got %+v", o)
		}
	}
	if len(w.sent) != sent {
		t.Error("something was published without a store")
	}
	w.clogged = false
	w.call(a, 1)
	w.pass(time.Minute, nil)
	w.tick(c, resultPublished)
	w.counts(a, 1, 1, 1, 1, 1, 1)
}

func TestStepsThatTheStoreDidNotReadAreUnknownUntilItHasThem(t *testing.T) {
	w := newWorld(t)
	w.deploy(a)
	w.pass(5*time.Minute, func() { w.call(a, 1) })
	c := w.collector()
	w.tick(c, resultPublished)
	// For three minutes nothing is scraped; an agent beside the store does it.
	w.unread = true
	agent := newWorld(t)
	agent.now, agent.counters, agent.deployed, agent.stored = w.now, w.counters, w.deployed, map[string]*prom.Series{}
	agent.pass(3*time.Minute, func() { agent.call(a, 1) })
	w.now = agent.now
	w.tick(c, resultPublished)
	w.counts(a, 12, series.NoData, series.NoData, series.NoData)
	if f := w.last(a); f.InFlight != -1 {
		t.Errorf("calls in flight cannot be known, got %d", f.InFlight)
	}
	// The store reads again: the calls of the gap are in the first step after it.
	w.unread = false
	w.pass(time.Minute, func() { w.call(a, 1) })
	w.tick(c, resultPublished)
	w.counts(a, 12, series.NoData, series.NoData, series.NoData, 48)
	var st status
	get(t, c, &st)
	if len(st.Gaps) != 3 || st.Gaps[2] != w.now.Unix()-120 {
		t.Errorf("gaps: got %v", st.Gaps)
	}
	// Ten minutes later the agent delivers what it has.
	w.pass(10*time.Minute, func() { w.call(a, 1) })
	for id, s := range agent.stored {
		w.stored[id].Samples = append(w.stored[id].Samples, s.Samples...)
		slices.SortFunc(w.stored[id].Samples, func(x, y prom.Sample) int { return int(x.T - y.T) })
	}
	w.tick(c, resultPublished)
	if f := w.last(a); slices.ContainsFunc(f.Tail(16).Counts, func(n int32) bool { return n != 12 }) {
		t.Errorf("got %v", f.Counts)
	}
}

func TestLateSamplesAreCorrected(t *testing.T) {
	w := newWorld(t)
	w.deploy(a)
	w.pass(10*time.Minute, func() { w.call(a, 1) })
	c := w.collector()
	w.tick(c, resultPublished)
	w.late = 12 * time.Second // the last three scrapes of each tick
	w.pass(time.Minute, func() { w.call(a, 1) })
	w.tick(c, resultPublished)
	w.counts(a, 12, 9)
	w.pass(time.Minute, func() { w.call(a, 1) })
	w.tick(c, resultPublished)
	w.counts(a, 12, 12, 9)
}

func TestTwoTicksAtOnce(t *testing.T) {
	w := newWorld(t)
	w.deploy(a)
	w.pass(time.Minute, nil)
	c := w.collector()
	entered, leave := make(chan struct{}), make(chan struct{})
	c.lister = listerFunc(func(ctx context.Context) ([]gateway.Function, error) {
		close(entered)
		<-leave
		return w.List(ctx)
	})
	first := make(chan Outcome)
	go func() { first <- c.Tick(context.Background()) }()
	<-entered
	if o := c.Tick(context.Background()); o.code != http.StatusAccepted || o.Message != "tick in progress" {
		t.Errorf("the second: got %+v", o)
	}
	close(leave)
	if o := <-first; o.Result != resultPublished || len(w.sent) != 1 {
		t.Errorf("the first: got %+v, %d messages", o, len(w.sent))
	}
}

type listerFunc func(context.Context) ([]gateway.Function, error)

func (f listerFunc) List(ctx context.Context) ([]gateway.Function, error) { return f(ctx) }

func TestTheSameStepHasTheSameIDsAndIsPublishedOnce(t *testing.T) {
	w := newWorld(t)
	w.deploy(names(120)...)
	w.pass(2*time.Minute, nil)
	c := w.collector()
	if o := w.tick(c, resultPublished); o.Functions != 120 || len(w.sent) != 3 {
		t.Fatalf("got %+v in %d messages", o, len(w.sent))
	}
	if o := w.tick(c, resultNothingNew); o.code != http.StatusOK {
		t.Errorf("got %+v", o)
	}
	// Another instance, as after a restart, publishes the same again.
	w.tick(w.collector(), resultPublished)
	for i := range 3 {
		if first, again := w.sent[i], w.sent[i+3]; first.env.ID != again.env.ID || !bytes.Equal(first.body, again.body) {
			t.Errorf("batch %d: %s and %s", i, first.env.ID, again.env.ID)
		}
	}
}

func TestAStepThatCouldNotBeSentIsSentAtTheNextTry(t *testing.T) {
	w := newWorld(t)
	w.deploy(names(120)...)
	w.pass(2*time.Minute, nil)
	c := w.collector()
	w.noBus = 1
	if o := w.tick(c, resultBus); o.code != http.StatusServiceUnavailable {
		t.Errorf("got %+v", o)
	}
	w.now = w.now.Add(10 * time.Second)
	// The list changes in between; what was sealed stays as it is.
	w.deploy("a-new-one.openfaas-fn")
	if o := w.tick(c, resultPublished); o.Functions != 120 || len(w.sent) != 3 {
		t.Errorf("got %+v in %d messages", o, len(w.sent))
	}
	// When the next step has come, its windows hold the older one.
	w.pass(time.Minute, nil)
	w.noBus = 1
	w.tick(c, resultBus)
	w.pass(time.Minute, nil)
	w.tick(c, resultPublished)
	if len(w.sent) != 6 || w.sent[3].env.Step != w.now.Unix()/60*60 {
		t.Errorf("%d messages", len(w.sent))
	}
}

func TestTheGatewayIsDown(t *testing.T) {
	w := newWorld(t)
	w.deploy(a)
	w.pass(2*time.Minute, nil)
	w.noList = true
	if o := w.tick(w.collector(), resultGateway); o.code != http.StatusServiceUnavailable || len(w.sent) != 0 {
		t.Errorf("got %+v", o)
	}
}

func TestErrorsAndCallsInFlight(t *testing.T) {
	w := newWorld(t)
	w.deploy(a)
	w.pass(2*time.Minute, nil)
	c := w.collector()
	w.start(a, 10)
	w.finish(a, "200", 4, 1)
	w.finish(a, "502", 2, 3)
	w.finish(a, "404", 1, 0)
	w.pass(time.Minute, nil)
	w.tick(c, resultPublished)
	f := w.last(a)
	if i := len(f.Counts) - 1; f.Counts[i] != 10 || f.Errors[i] != 2 || f.BusySeconds[i] != 10 || f.InFlight != 3 {
		t.Errorf("got %+v", f)
	}
	// The gateway restarts: its calls in flight are gone with it.
	w.restart("gw-2")
	w.pass(time.Minute, nil)
	w.tick(c, resultPublished)
	if f := w.last(a); f.InFlight != 0 {
		t.Errorf("got %+v", f)
	}
}

func TestTheCurrentStepIsNeverIncluded(t *testing.T) {
	w := newWorld(t)
	w.deploy(a)
	w.pass(2*time.Minute+50*time.Second, nil)
	s := w.settings()
	w.tick(w.collectorOf(s), resultPublished)
	if got := w.last(a).End(); got != w.now.Unix()-50 {
		t.Errorf("got %d at %d", got, w.now.Unix())
	}
	s.settle = 51 * time.Second
	w.tick(w.collectorOf(s), resultPublished)
	if got := w.last(a).End(); got != w.now.Unix()-110 {
		t.Errorf("with settle: got %d at %d", got, w.now.Unix())
	}
}

func TestStepsOfSecondsAndHours(t *testing.T) {
	for step, want := range map[time.Duration]int{5 * time.Second: 1, time.Hour: 720} {
		w := newWorld(t)
		w.deploy(a)
		w.pass(5*time.Hour, func() { w.call(a, 1) })
		s := w.settings()
		s.step, s.windowSteps = step, 4
		c := w.collectorOf(s)
		for range 3 {
			w.tick(c, resultPublished)
			f := w.last(a)
			if len(f.Counts) != 4 || f.Known() != 4 || total(f) != 4*want {
				t.Errorf("step %v: got %+v", step, f)
			}
			w.pass(step, func() { w.call(a, 1) })
		}
	}
}

func TestAnnotationsOfFunctions(t *testing.T) {
	w := newWorld(t)
	w.deploy(a, b, "Bad_Name", "c.openfaas-fn")
	w.deployed[a][annotationConcurrency] = "20"
	w.deployed[b][annotationMode] = " Off "
	w.deployed["c.openfaas-fn"][annotationConcurrency] = "many"
	w.pass(2*time.Minute, nil)
	if o := w.tick(w.collector(), resultPublished); o.Functions != 2 {
		t.Errorf("got %+v", o)
	}
	if w.last(a).Concurrency != 20 || w.last(b) != nil || w.last("c.openfaas-fn").Concurrency != 1 {
		t.Error("annotations were not heeded")
	}
}

func get(t *testing.T, c *Collector, into any) {
	t.Helper()
	res, err := c.Handle(handler.Request{Method: http.MethodGet})
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("got %d, %v", res.StatusCode, err)
	}
	if err := json.Unmarshal(res.Body, into); err != nil {
		t.Fatal(err)
	}
}

func TestHandle(t *testing.T) {
	w := newWorld(t)
	w.deploy(a)
	w.pass(2*time.Minute, nil)
	c := w.collector()
	res, err := c.Handle(handler.Request{Method: http.MethodPost})
	if err != nil || res.StatusCode != http.StatusOK || !strings.Contains(string(res.Body), `"result":"published"`) {
		t.Errorf("got %d %s, %v", res.StatusCode, res.Body, err)
	}
	var st status
	get(t, c, &st)
	if st.LastStep != w.now.Unix() || st.Functions != 1 || st.LastResult != resultPublished || st.StepSeconds != 60 || len(st.Gaps) != 0 {
		t.Errorf("got %+v", st)
	}
	if res, _ := c.Handle(handler.Request{Method: http.MethodDelete}); res.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("got %d", res.StatusCode)
	}
	w.clogged = true
	w.pass(time.Minute, nil)
	res, _ = c.Handle(handler.Request{Method: http.MethodPost})
	if res.StatusCode != http.StatusServiceUnavailable || strings.Contains(string(res.Body), errFake.Error()) {
		t.Errorf("got %d %s", res.StatusCode, res.Body)
	}
	rec := httptest.NewRecorder()
	c.Metrics().ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	for _, want := range []string{
		`prewarm_collector_ticks_total{result="published"} 1`, `prewarm_collector_ticks_total{result="store_unavailable"} 1`,
		"prewarm_collector_functions 1", "prewarm_collector_last_step_timestamp_seconds", `prewarm_collector_query_seconds_count{metric="gateway_service_count"}`,
	} {
		if !strings.Contains(rec.Body.String(), want) {
			t.Errorf("metrics lack %s", want)
		}
	}
	if c.Health(context.Background()) != nil || c.Close() != nil {
		t.Error("a collector without a store is healthy, and closes")
	}
}

// environment returns a complete one, changed by the pairs.
func environment(t *testing.T, pairs ...string) func(string) string {
	t.Helper()
	dir := t.TempDir()
	for name, secret := range map[string]string{keySecret: string(testKey), "prewarm-gateway-password": "hunter2"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(secret), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	env := map[string]string{"secrets_dir": dir, "nats_url": "nats://127.0.0.1:1"}
	for i := 0; i < len(pairs); i += 2 {
		env[pairs[i]] = pairs[i+1]
	}
	return func(k string) string { return env[k] }
}

func TestNewStartsWhileEverythingElseIsDown(t *testing.T) {
	c, err := New(context.Background(), environment(t, "gateway_url", "http://127.0.0.1:1", "prometheus_url", "http://127.0.0.1:1"))
	if err != nil {
		t.Fatal(err)
	}
	if o := c.Tick(context.Background()); o.Result != resultGateway {
		t.Errorf("got %+v", o)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

func TestNewNamesWhatIsWrong(t *testing.T) {
	for want, env := range map[string]func(string) string{
		"step must be a whole number of seconds, was: 1.5s": environment(t, "step", "1500ms"),
		"step must be between 1s and 1h0m0s, was: 2h0m0s":   environment(t, "step", "2h"),
		"window_steps must be between 1 and 1440, was: 0":   environment(t, "window_steps", "0"),
		"must fit into a message":                           environment(t, "window_steps", "1440", "batch", "200"),
		"secret prewarm-hmac-key must":                      environment(t, "secrets_dir", "/nonexistent"),
	} {
		if _, err := New(context.Background(), env); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func FuzzConcurrency(f *testing.F) {
	for _, s := range []string{"", "4", " 0.5 ", "0", "-1", "1e7", "NaN", "Inf", "four"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v, err := readConcurrency(map[string]string{annotationConcurrency: s}, 2)
		if !(v > 0 && v <= maxConcurrency) || (err != nil && v != 2) {
			t.Errorf("%q: got %v, %v", s, v, err)
		}
		w := event.FunctionWindow{Function: a, InFlight: -1, Concurrency: v, Window: series.Window{StepSeconds: 1, Counts: []int32{0}}}
		if err := (&event.Windows{Windows: []event.FunctionWindow{w}}).Validate(); err != nil {
			t.Error(err)
		}
	})
}

// FuzzRead feeds a tick with series as no gateway makes them.
func FuzzRead(f *testing.F) {
	f.Add("200", "gw", 1.0, 2.0, 0.0)
	f.Add("500", "", 1e300, -1e300, 1.7e308)
	f.Add("5xx", "\x00", 0.5, 3e9, 9e18)
	f.Fuzz(func(t *testing.T, code, target string, v1, v2, v3 float64) {
		w := newWorld(t)
		w.deploy(a)
		for i, v := range []float64{v1, v2, v3} {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return // the client drops them
			}
			for _, metric := range []string{metricDeployed, metricStarted, metricEnded, metricSeconds} {
				labels := map[string]string{"__name__": metric, "function_name": a, "code": code, "instance": target}
				w.store(w.now.Add(time.Duration(7*i)*time.Second).UnixMilli(), prom.Series{Labels: labels}, v)
			}
		}
		w.now = w.now.Add(time.Minute)
		w.tick(w.collector(), resultPublished)
		if f := w.last(a); len(f.Counts) != 2 || f.Known() != 2 {
			t.Errorf("got %+v", f)
		}
	})
}
