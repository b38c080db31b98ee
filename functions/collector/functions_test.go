package collector

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"prewarm/shared/event"
	"prewarm/shared/openfaas"
	prom "prewarm/shared/prometheus"
	"prewarm/shared/prometheus/demand"
	"prewarm/shared/prometheus/invocation"
	"prewarm/shared/series"
)

func TestFunctionsAppearAndDisappear(t *testing.T) {
	w := newWorld(t)
	w.deploy(a)
	w.pass(10*time.Minute, nil)
	c := w.collector()
	w.tick(c, resultPublished)
	// b is listed before the store has scraped it: one step, without data.
	w.notScraped = true
	w.deploy(b)
	w.now = w.now.Add(time.Minute)
	w.tick(c, resultPublished)
	w.notScraped = false
	if f := w.last(b); len(f.Counts) != 1 || f.Counts[0] != series.NoData || f.InFlight != -1 {
		t.Errorf("got %+v", f)
	}
	// Its window begins with its deployment: the steps before are left out, not zero.
	w.call(b, 4)
	w.pass(2*time.Minute, nil)
	w.tick(c, resultPublished)
	if f := w.last(b); !slices.Equal(f.Counts, []int32{4, 0}) {
		t.Errorf("got %+v", f)
	}
	// a is removed: it has no window, and after the length of a window it is forgotten.
	delete(w.deployed, a)
	w.pass(time.Minute, nil)
	w.tick(c, resultPublished)
	if w.last(a) != nil || c.cache.windows[a] == nil {
		t.Error("a removed function has no window, and is kept while its data is young")
	}
	w.pass(3*time.Hour, nil)
	w.tick(c, resultPublished)
	if c.cache.windows[a] != nil || len(c.cache.windows) != 1 {
		t.Errorf("kept: %d functions", len(c.cache.windows))
	}
}

// The functions that were called last come first: a burst does not wait for the forecasts of
// functions that sleep.
func TestFunctionsThatWereCalledLastComeFirst(t *testing.T) {
	const busy, quiet, asleep = "z.openfaas-fn", "m.openfaas-fn", "a.openfaas-fn"
	w := newWorld(t)
	w.deploy(busy, quiet, asleep)
	w.pass(5*time.Minute, nil)
	w.call(quiet, 1)
	w.pass(5*time.Minute, nil)
	w.call(busy, 1)
	w.pass(time.Minute, nil)
	w.tick(w.collector(), resultPublished)
	var batch event.Windows
	if _, err := event.Open(testKeys, event.TypeWindows, w.sent[0].body, &batch); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range batch.Windows {
		names = append(names, f.Function)
	}
	if !slices.Equal(names, []string{busy, quiet, asleep}) {
		t.Errorf("got %v", names)
	}
}

func TestOldCountersAreForgotten(t *testing.T) {
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
	w.pass(200*time.Minute, nil) // too short for the cache to be dropped
	w.tick(c, resultPublished)
	w.pass(5*time.Minute, nil)
	w.tick(c, resultPublished)
	if n := c.cache.state.Counters(); n != 0 {
		t.Errorf("%d counters are kept", n)
	}
}

func TestAnnotationsOfFunctions(t *testing.T) {
	w := newWorld(t)
	w.deploy(a, b, "Bad_Name", "c.openfaas-fn")
	w.deployed[a][openfaas.AnnotationConcurrency] = "20"
	w.deployed[b][openfaas.AnnotationMode] = " Off "
	w.deployed["c.openfaas-fn"][openfaas.AnnotationConcurrency] = "many"
	w.deployed[a][openfaas.AnnotationReplicaModel] = " sleep-40ms "
	w.deployed["c.openfaas-fn"][openfaas.AnnotationReplicaModel] = strings.Repeat("x", event.MaxModelName+1)
	w.pass(2*time.Minute, nil)
	if o := w.tick(w.collector(), resultPublished); o.Functions != 2 {
		t.Errorf("got %+v", o)
	}
	if w.last(a).Concurrency != 20 || w.last(b) != nil || w.last("c.openfaas-fn").Concurrency != 1 {
		t.Error("annotations were ignored")
	}
	if w.last(a).ReplicaModel != "sleep-40ms" || w.last("c.openfaas-fn").ReplicaModel != "" {
		t.Errorf("got %q and %q", w.last(a).ReplicaModel, w.last("c.openfaas-fn").ReplicaModel)
	}
}

func FuzzConcurrency(f *testing.F) {
	for _, s := range []string{"", "4", " 0.5 ", "0", "0.009", "-1", "1e7", "NaN", "Inf", "four"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		carries, err := openfaas.Function{Annotations: map[string]string{openfaas.AnnotationConcurrency: s}}.Carries(2)
		v := carries.Concurrency
		if !(v >= event.MinConcurrency && v <= event.MaxConcurrency) || (err != nil && v != 2) {
			t.Errorf("%q: got %v, %v", s, v, err)
		}
		w := event.FunctionWindow{Function: a, InFlight: -1, Concurrency: v, Window: series.Window{StepSeconds: 1, Counts: []int32{0}}}
		if err := (&event.Windows{Windows: []event.FunctionWindow{w}}).Validate(); err != nil {
			t.Error(err)
		}
	})
}

// FuzzRead ticks on series that no gateway would export: the window is published. Each metric
// has the three values. With a shift, each begins with another one, and the gateway has a
// start time.
func FuzzRead(f *testing.F) {
	f.Add("200", "gw", 1.0, 2.0, 0.0, uint8(0))
	f.Add("500", "", 1e300, -1e300, 1.7e308, uint8(0))
	f.Add("5xx", "\x00", 0.5, 3e9, 9e18, uint8(0))
	f.Add("200", "gw", 0.0, 1e300, 1.0, uint8(1))
	f.Add("200", "gw", 1.0, 5e18, 5.0, uint8(1))
	f.Add("200", strings.Repeat("é", 150), 9.0, 2.0, 0.0, uint8(0)) // the note names the target
	f.Fuzz(func(t *testing.T, code, target string, v1, v2, v3 float64, shift uint8) {
		target = strings.ToValidUTF8(target, "\uFFFD") // as decoding JSON does
		w := newWorld(t)
		w.deploy(a)
		values := []float64{v1, v2, v3}
		for i, v := range values {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return // the client drops such samples
			}
			for j, metric := range []string{invocation.Deployed, invocation.Process, invocation.Started, invocation.Ended, invocation.Seconds, demand.MetricPending} {
				labels := map[string]string{"__name__": metric, "function_name": a, "code": code, "instance": target}
				v := values[(i+j*int(shift))%3]
				if metric == invocation.Process && shift > 0 {
					v = float64(w.now.Unix() - 3600)
				}
				w.store(w.now.Add(time.Duration(7*i)*time.Second).UnixMilli(), prom.Series{Labels: labels}, v)
			}
		}
		w.now = w.now.Add(time.Minute)
		w.tick(w.collector(), resultPublished)
		// The first scrape lies within the first step. Starts of the gateway that go back and
		// forth are those of several.
		f := w.last(a)
		if known := len(f.Counts) > 0 && f.Counts[0] != series.NoData && len(f.AtLeast) > 0; !known && shift == 0 && !strings.Contains(f.Note, "several gateways") {
			t.Errorf("got %+v", f)
		}
	})
}
