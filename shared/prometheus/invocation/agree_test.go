package invocation_test

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	prom "prewarm/shared/prometheus"
	"prewarm/shared/prometheus/invocation"
)

// served fills a store with ten minutes of a gateway that is scraped every 15 s, and serves
// the calls of one function: 30 a minute of 2 s, one at a time. A metric that is not kept is
// not in the store.
func served(keep ...string) *store {
	st := &store{}
	for at := int64(7); at < 630; at += 15 {
		t, ended := epoch+at*second, float64(at/2)
		target := map[string]string{"instance": "a"}
		fn := map[string]string{"instance": "a", "function_name": "f.openfaas-fn"}
		ok := map[string]string{"instance": "a", "function_name": "f.openfaas-fn", "code": "200"}
		for _, m := range []struct {
			metric string
			v      float64
			labels map[string]string
		}{
			{invocation.Deployed, 1, fn}, {invocation.Up, 1, target}, {invocation.Started, ended + 1, fn},
			{invocation.Ended, ended, ok}, {invocation.Seconds, 2 * ended, ok},
		} {
			if slices.Contains(keep, m.metric) {
				st.add(m.metric, t, m.v, m.labels)
			}
		}
	}
	return st
}

// measure reads the ten minutes of a store, and returns what it has of f.
func measure(t *testing.T, st invocation.Store) *invocation.Function {
	t.Helper()
	reader := invocation.Reader{Store: st, Least: time.Minute, Most: 15 * time.Minute}
	g := prom.Grid{Start: epoch, Step: 60 * second, Len: 10}
	c, err := reader.Read(t.Context(), invocation.State{}, g, g.End(), g.End()+30*second, nil)
	if err != nil {
		t.Fatal(err)
	}
	f := c.Functions(g.End() - 60*second)["f.openfaas-fn"]
	if f == nil {
		t.Fatal("f is not in the store")
	}
	return f
}

// Started, Ended and Seconds speak of the same calls. The store has lost some of them, by an
// allow-list or by relabelling.
func TestWhatIsMissingIsTakenFromTheOthersOrUnknown(t *testing.T) {
	const deployed, up, started, ended, seconds = invocation.Deployed, invocation.Up, invocation.Started, invocation.Ended, invocation.Seconds
	for _, c := range []struct {
		name     string
		keep     []string
		calls    float64 // in a minute
		quality  invocation.Quality
		inFlight int
		running  float64 // NaN if not measured
		note     string
	}{
		{"all are there", []string{deployed, up, started, ended, seconds}, 30, invocation.Known, 1, 1, ""},
		{"without up", []string{deployed, started, ended, seconds}, 30, invocation.Known, 1, 1, ""},
		{"without service_count", []string{up, started, ended, seconds}, 30, invocation.Known, 1, 1, ""},
		{"calls that started", []string{deployed, up, ended, seconds}, 30, invocation.Known, -1, math.NaN(), started + " is missing: calls count when they end"},
		{"calls that ended", []string{deployed, up, started, seconds}, 30, invocation.Known, -1, math.NaN(), ended + " is missing: calls in progress are unknown"},
		{"durations", []string{deployed, up, started, ended}, 30, invocation.Known, 1, 1, seconds + " is missing: the duration of calls is unknown"},
		{"all but calls that started", []string{deployed, up, started}, 30, invocation.AtLeast, -1, math.NaN(), ended + " and " + seconds + " are missing"},
		{"all but durations", []string{deployed, up, seconds}, 0, invocation.Unknown, -1, math.NaN(), started + " and " + ended + " are missing beside " + seconds},
		{"all counters", []string{deployed, up}, 0, invocation.Unknown, -1, math.NaN(), "no counter of calls is in the store: " + started},
	} {
		f := measure(t, served(c.keep...))
		running := f.Running[5]
		if f.Calls[5] != c.calls || f.Quality[5] != c.quality || f.InFlight != c.inFlight || !strings.Contains(f.Note, c.note) || (f.Note == "") != (c.note == "") {
			t.Errorf("%s: got %v calls of quality %d, %d in flight, %q", c.name, f.Calls[5], f.Quality[5], f.InFlight, f.Note)
		}
		if running != c.running && !(math.IsNaN(running) && math.IsNaN(c.running)) {
			t.Errorf("%s: %v run, want %v", c.name, running, c.running)
		}
	}
}

// scale multiplies the values of a metric.
func (st *store) scale(metric string, by float64) *store {
	for _, s := range st.series {
		if s.Labels["__name__"] == metric {
			for i := range s.Samples {
				s.Samples[i].V *= by
			}
		}
	}
	return st
}

func TestMetricsThatContradictEachOtherAreNotBelieved(t *testing.T) {
	all := []string{invocation.Deployed, invocation.Up, invocation.Started, invocation.Ended, invocation.Seconds}
	f := measure(t, served(all...).scale(invocation.Started, 0.1))
	if f.Calls[5] != 30 || f.InFlight != -1 || !strings.Contains(f.Note, invocation.Started+" contradicts "+invocation.Ended) {
		t.Errorf("ten calls ended for each that started: got %v calls, %d in flight, %q", f.Calls[5], f.InFlight, f.Note)
	}
	f = measure(t, served(all...).scale(invocation.Ended, 0))
	if f.Calls[5] != 30 || f.InFlight != -1 || !strings.Contains(f.Note, invocation.Ended+" contradicts "+invocation.Seconds) {
		t.Errorf("busy seconds beside no call that ended: got %v calls, %d in flight, %q", f.Calls[5], f.InFlight, f.Note)
	}
}

// Some versions of the gateway write the name of a function without its namespace into some
// of the metrics.
func TestANameWithoutNamespaceIsTheSameFunction(t *testing.T) {
	st := served(invocation.Deployed, invocation.Up, invocation.Started, invocation.Ended, invocation.Seconds)
	for _, s := range st.series {
		if m := s.Labels["__name__"]; m == invocation.Started || m == invocation.Deployed {
			s.Labels["function_name"] = "f"
		}
	}
	if f := measure(t, st); f.Calls[5] != 30 || f.InFlight != 1 || f.Note != "" {
		t.Errorf("got %v calls, %d in flight, %q", f.Calls[5], f.InFlight, f.Note)
	}
	names := invocation.NewNames([]string{"f.team", "f.openfaas-fn", "g.team"})
	for label, want := range map[string]string{"f": "f.openfaas-fn", "g": "g.team", "f.team": "f.team", "h": ""} {
		if names[label] != want {
			t.Errorf("%s: got %q, want %q", label, names[label], want)
		}
	}
}

// The store has functions of others. They take no memory.
func TestFunctionsThatAreNotMeasuredTakeNoMemory(t *testing.T) {
	st := served(invocation.Deployed, invocation.Started, invocation.Ended, invocation.Seconds)
	g := prom.Grid{Start: epoch, Step: 60 * second, Len: 5}
	c := invocation.State{}.Begin(g, g.End(), invocation.NewNames([]string{"other.openfaas-fn"}))
	if err := c.Read(t.Context(), st, g.End()); err != nil {
		t.Fatal(err)
	}
	if s := c.Settle(time.Hour); len(c.Functions(0)) != 0 || s.Counters() != 0 {
		t.Errorf("kept: %d functions, %d counters", len(c.Functions(0)), s.Counters())
	}
}

// A function that is deployed later, and that the store has known for long, does not have
// all calls of its past in its first step.
func TestAFunctionThatIsMeasuredFromNowOnBeginsWithItsFirstSample(t *testing.T) {
	st := served(invocation.Deployed, invocation.Started, invocation.Ended, invocation.Seconds)
	var state invocation.State
	for i, names := range []invocation.Names{invocation.NewNames([]string{"other.openfaas-fn"}), invocation.NewNames([]string{"f.openfaas-fn"})} {
		g := prom.Grid{Start: epoch + int64(i)*300*second, Step: 60 * second, Len: 5}
		c := state.Begin(g, g.End(), names)
		if err := c.Read(t.Context(), st, g.End()); err != nil {
			t.Fatal(err)
		}
		if f := c.Functions(0)["f.openfaas-fn"]; i == 1 && (f == nil || f.Calls[0] > 30) {
			t.Errorf("got %+v", f)
		}
		state = c.Settle(time.Hour)
	}
}

// A service address in front of two gateways: each scrape reads one or the other.
func TestSeveralGatewaysBehindOneAddressAreRecognised(t *testing.T) {
	var scrapes []scrape
	for at := int64(7); at < 630; at += 15 {
		began, calls := int64(-5000), 1000+float64(at)
		if at%45 == 7 {
			began, calls = -400, float64(at)
		}
		scrapes = append(scrapes, scrape{"a", began, at, calls})
	}
	f := measure(t, storeOf(scrapes))
	if slices.Max(f.Quality) != invocation.Unknown || !strings.Contains(f.Note, "several gateways answer at a") || f.InFlight != -1 {
		t.Errorf("got %v, %q", f.Quality, f.Note)
	}
}

func TestClustersOfOneStoreAreSeen(t *testing.T) {
	st := &store{}
	for i, cluster := range []string{"eu", "us"} {
		for at := int64(7); at < 100; at += 15 {
			labels := map[string]string{"instance": "10.0.0.1:8082", "cluster": cluster, "function_name": "f.openfaas-fn"}
			st.add(invocation.Deployed, epoch+at*second, 1, labels)
			st.add(invocation.Started, epoch+at*second, float64(1000*i)+float64(at), labels)
		}
	}
	g := prom.Grid{Start: epoch, Step: 60 * second, Len: 1}
	c := invocation.State{}.Begin(g, g.End(), nil)
	if err := c.Read(t.Context(), st, epoch+100*second); err != nil {
		t.Fatal(err)
	}
	if got := c.Clusters(); got != `cluster="eu",cluster="us"` || c.Settle(time.Hour).Targets() != 2 {
		t.Errorf("got %q", got)
	}
}
