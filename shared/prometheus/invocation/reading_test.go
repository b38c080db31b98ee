package invocation_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	prom "prewarm/shared/prometheus"
	"prewarm/shared/prometheus/invocation"
)

const (
	epoch  = 1_800_000_000_000 // Unix ms, begin of every test
	second = 1000
	step   = 15 * second
	none   = -1 // in place of the value of a counter that does not exist
)

// scrape is one scrape of a gateway with one function. Times are seconds since the
// epoch.
type scrape struct {
	target    string
	began, at int64
	calls     float64
}

// unknown is in place of the start of a gateway that does not export it.
const unknown = -1e6

// store is a fake store, which records the metrics of its queries.
type store struct {
	series []prom.Series
	asked  []string
	err    error
}

func storeOf(scrapes []scrape) *store {
	st := &store{}
	for _, s := range scrapes {
		t := epoch + s.at*second
		fn := map[string]string{"function_name": "f", "instance": s.target}
		st.add(invocation.Deployed, t, 1, fn)
		if s.began != unknown {
			st.add(invocation.Process, t, epoch/second+float64(s.began), map[string]string{"instance": s.target})
		}
		if s.calls != none {
			st.add(invocation.Started, t, s.calls, fn)
		}
	}
	return st
}

func (st *store) add(metric string, t int64, v float64, labels map[string]string) {
	full := map[string]string{"__name__": metric, "job": "gateway"}
	for name, value := range labels {
		full[name] = value
	}
	same := func(s prom.Series) bool { return fmt.Sprint(s.Labels) == fmt.Sprint(full) }
	i := slices.IndexFunc(st.series, same)
	if i < 0 {
		i = len(st.series)
		st.series = append(st.series, prom.Series{Labels: full})
	}
	st.series[i].Samples = append(st.series[i].Samples, prom.Sample{T: t, V: v})
}

func (st *store) Raw(_ context.Context, metric string, matchers []prom.Matcher, from, to time.Time) (out []prom.Series, err error) {
	st.asked = append(st.asked, metric)
	for _, s := range st.series {
		if s.Labels["__name__"] != metric || slices.ContainsFunc(matchers, func(m prom.Matcher) bool {
			return !regexp.MustCompile("^(?:" + m.Value + ")$").MatchString(s.Labels[m.Label])
		}) {
			continue
		}
		cut := prom.Series{Labels: s.Labels}
		for _, x := range s.Samples {
			if x.T > from.UnixMilli() && x.T <= to.UnixMilli() {
				cut.Samples = append(cut.Samples, x)
			}
		}
		if len(cut.Samples) > 0 {
			out = append(out, cut)
		}
	}
	return out, st.err
}

// calls counts the calls in steps from the epoch on, read in chunks of chunk steps.
func calls(t *testing.T, st *store, steps, chunk int) []float64 {
	t.Helper()
	var state invocation.State
	dst := make([]float64, steps)
	for at := 0; at < steps; at += chunk {
		n := min(chunk, steps-at)
		r := state.Begin(prom.Grid{Start: epoch + int64(at)*step, Step: step, Len: n})
		err := r.Read(t.Context(), st, func(invocation.Series) {}, invocation.Counter{
			Metric: invocation.Started, Take: func(s invocation.Series) { r.Count(dst[at:at+n], s) },
		})
		if err != nil {
			t.Fatal(err)
		}
		state = r.End(time.Hour)
	}
	return dst
}

func TestCallsFromCounters(t *testing.T) {
	const old = -5000
	for _, story := range []struct {
		name    string
		scrapes []scrape
		want    []float64 // calls per step
	}{
		{"counting begins with the first sample of all",
			[]scrape{{"a", old, 15, 1000}, {"a", old, 30, 1002}}, []float64{0, 2}},
		{"also if the gateway started just now, since nothing was scraped before",
			[]scrape{{"a", 10, 15, 1000}, {"a", 10, 30, 1002}}, []float64{0, 2}},
		{"a counter that its gateway did not have before counts from zero",
			[]scrape{{"a", old, 15, none}, {"a", old, 30, 3}}, []float64{0, 3}},
		{"a restart makes it fall",
			[]scrape{{"a", old, 15, 1000}, {"a", 20, 30, 3}, {"a", 20, 45, 5}}, []float64{0, 3, 2}},
		{"a restart makes it disappear for a while, though it does not fall",
			[]scrape{{"a", old, 15, 5}, {"a", 20, 30, none}, {"a", 20, 45, 6}}, []float64{0, 0, 6}},
		{"a running gateway under a new name does not count its old calls again",
			[]scrape{{"a", old, 15, 1000}, {"b", old, 30, 1001}, {"b", old, 45, 1003}}, []float64{0, 0, 2}},
		{"nor does one that does not export its start",
			[]scrape{{"a", unknown, 15, 1000}, {"b", unknown, 30, 1001}, {"b", unknown, 45, 1003}}, []float64{0, 0, 2}},
		{"nor does one soon after its start, by a clock that was corrected",
			[]scrape{{"a", 1, 15, 3}, {"b", 2, 30, 4}, {"b", 2, 45, 6}}, []float64{0, 0, 2}},
		{"nor does one soon after its start, which the old name did not export",
			[]scrape{{"a", unknown, 15, 3}, {"b", 10, 30, 4}, {"b", 10, 45, 6}}, []float64{0, 0, 2}},
		{"a gateway that started after the last scrape of the others is new",
			[]scrape{{"a", old, 15, 1000}, {"b", 20, 300, 7}}, append(make([]float64, 19), 7)},
		{"so is one that started just now beside another",
			[]scrape{{"a", old, 15, 1000}, {"b", 10, 30, 7}, {"a", old, 45, 1002}}, []float64{0, 7, 2}},
		{"one that started long before its first scrape, beside another, is not",
			[]scrape{{"a", old, 15, 1000}, {"b", -200, 30, 7}, {"b", -200, 45, 8}}, []float64{0, 0, 1}},
		{"two that started together and are scraped in turn are two",
			[]scrape{{"a", old, 15, 10}, {"b", old, 30, 20}, {"a", old, 45, 12}, {"b", old, 60, 25}}, []float64{0, 0, 2, 5}},
		{"an old name that returns does not count the calls of the other name again",
			[]scrape{{"a", old, 15, 100}, {"b", old, 30, 100}, {"b", old, 135, 140}, {"a", old, 150, 141}, {"a", old, 165, 143}},
			[]float64{0, 0, 0, 0, 0, 0, 0, 0, 40, 0, 2}},
		{"a gateway that was not scraped for a while, beside another, goes on",
			[]scrape{{"a", old, 15, 100}, {"b", -9000, 30, 50}, {"b", -9000, 135, 50}, {"a", old, 150, 141}},
			[]float64{0, 0, 0, 0, 0, 0, 0, 0, 0, 41}},
	} {
		t.Run(story.name, func(t *testing.T) {
			for _, chunk := range []int{1, 2, len(story.want)} {
				if got := calls(t, storeOf(story.scrapes), len(story.want), chunk); !slices.Equal(got, story.want) {
					t.Errorf("in chunks of %d: got %v, want %v", chunk, got, story.want)
				}
			}
		})
	}
}

// jobs returns a store with one scrape job per start time, each 7 s after the other:
// jobs of one gateway, or of gateways that have the same address in different networks.
// Each scrape has two calls more than the one before.
func jobs(began ...int64) *store {
	st := &store{}
	for at := int64(8); at < 120; at += 15 {
		for i, began := range began {
			t, calls := epoch+(at+7*int64(i))*second, 100+2*float64(at/15)
			labels := map[string]string{"job": fmt.Sprintf("job-%d", i), "instance": "10.0.0.7:8082"}
			if began != unknown {
				st.add(invocation.Process, t, epoch/second+float64(began), labels)
			}
			labels["function_name"] = "f"
			st.add(invocation.Deployed, t, 1, labels)
			st.add(invocation.Started, t, calls, labels)
		}
	}
	return st
}

// The annotations of the Helm chart and a monitor of the operator make two jobs of one
// gateway. Two processes are two gateways, and so are targets without a start time.
func TestAGatewayOfTwoJobsCountsOnce(t *testing.T) {
	for _, c := range []struct {
		name  string
		store *store
		calls float64
	}{
		{"one job", jobs(-5000), 2}, {"two jobs of one process", jobs(-5000, -5000), 2},
		{"two processes at one address", jobs(-5000, -7000), 4}, {"no start times", jobs(unknown, unknown), 4},
	} {
		for _, chunk := range []int{1, 2, 8} {
			if got := calls(t, c.store, 8, chunk)[1:]; !slices.Equal(got, slices.Repeat([]float64{c.calls}, 7)) {
				t.Errorf("%s, in chunks of %d: got %v", c.name, chunk, got)
			}
		}
	}
}

// Each chunk has one scrape of either job. In the first chunk the second job could be a
// new name of the gateway; from the second chunk on it is known to be a duplicate.
func TestADuplicateTargetStaysKnown(t *testing.T) {
	st := jobs(-5000, -5000)
	var state invocation.State
	for i := range int64(8) {
		r := state.Begin(prom.Grid{Start: epoch + i*step, Step: step, Len: 1})
		taken := 0
		if err := r.Read(t.Context(), st, func(invocation.Series) { taken++ }); err != nil {
			t.Fatal(err)
		}
		if i > 0 && taken != 1 {
			t.Errorf("chunk %d: %d targets were taken", i, taken)
		}
		state = r.End(time.Hour)
	}
}

// One job is removed after both have scraped for a while. The other goes on with its own
// counter, and nothing is counted twice.
func TestTheOtherJobGoesOnAlone(t *testing.T) {
	for _, gone := range []string{"job-0", "job-1"} {
		st := jobs(-5000, -5000)
		for i := range st.series {
			if s := &st.series[i]; s.Labels["job"] == gone {
				s.Samples = s.Samples[:4]
			}
		}
		for _, chunk := range []int{1, 2} {
			got := calls(t, st, 8, chunk)
			if want := []float64{2, 2, 2}; slices.Max(got) > 2 || !slices.Equal(got[1:4], want) || !slices.Equal(got[6:], want[:2]) {
				t.Errorf("without %s, in chunks of %d: got %v", gone, chunk, got)
			}
		}
	}
}

func TestEachSeriesIsPassedToItsCallback(t *testing.T) {
	st := storeOf([]scrape{{"a", -10, 15, 5}, {"a", -10, 45, 6}})
	st.add(invocation.Seconds, epoch+15*second, 2, map[string]string{"function_name": "f", "code": "502", "instance": "a"})
	r := invocation.State{}.Begin(prom.Grid{Start: epoch, Step: step, Len: 3})
	known := make([]bool, 3)
	var target string
	err := r.Read(t.Context(), st,
		func(s invocation.Series) { r.Mark(known, s); target = s.Target },
		invocation.Counter{Metric: invocation.Seconds, Take: func(s invocation.Series) {
			if s.Function != "f" || s.Code != "502" || s.Target != target || len(s.Samples) != 1 {
				t.Errorf("got %+v", s)
			}
		}})
	if err != nil {
		t.Fatal(err)
	}
	if want := []bool{true, false, true}; !slices.Equal(known, want) {
		t.Errorf("known: got %v, want %v", known, want)
	}
	if want := []int64{epoch + 15*second, epoch + 45*second}; !slices.Equal(r.Scrapes[target], want) {
		t.Errorf("scrapes: got %v", r.Scrapes)
	}
	if want := []string{invocation.Deployed, invocation.Process, invocation.Seconds}; !slices.Equal(st.asked, want) {
		t.Errorf("asked for %v, want %v", st.asked, want)
	}
}

func TestOldTargetsAndCountersAreForgotten(t *testing.T) {
	st := storeOf([]scrape{{"a", -10, 15, 5}, {"b", 20, 30, 5}})
	var state invocation.State
	for i, want := range [][2]int{{1, 1}, {2, 2}, {2, 2}, {1, 1}, {0, 0}} {
		r := state.Begin(prom.Grid{Start: epoch + int64(i)*step, Step: step, Len: 1})
		count := invocation.Counter{Metric: invocation.Started, Take: func(s invocation.Series) { r.Count(make([]float64, 1), s) }}
		if err := r.Read(t.Context(), st, func(invocation.Series) {}, count); err != nil {
			t.Fatal(err)
		}
		before := [2]int{state.Targets(), state.Counters()}
		next := r.End(2 * step * time.Millisecond)
		if got := [2]int{next.Targets(), next.Counters()}; got != want {
			t.Errorf("after step %d: %v targets and counters, want %v", i, got, want)
		}
		if after := [2]int{state.Targets(), state.Counters()}; after != before {
			t.Errorf("reading on changed a state from %v to %v", before, after)
		}
		state = next
	}
}

func TestAStoreThatFailsEndsTheReading(t *testing.T) {
	st := storeOf([]scrape{{"a", -10, 15, 5}})
	st.err = errors.New("connection refused")
	r := invocation.State{}.Begin(prom.Grid{Start: epoch, Step: step, Len: 1})
	err := r.Read(t.Context(), st, func(invocation.Series) { t.Error("a series of a failed answer was passed on") })
	if !errors.Is(err, st.err) || len(st.asked) != 1 {
		t.Errorf("got %v after %s", err, strings.Join(st.asked, ", "))
	}
}

// FuzzRead reads three gateways that appear, disappear, restart and are renamed in any
// order: no increment is negative, and the size of the chunks does not matter.
func FuzzRead(f *testing.F) {
	f.Add([]byte{0, 1, 2, 17, 33, 49, 64, 128, 255})
	f.Add([]byte("a gateway that is back, and back again"))
	f.Fuzz(func(t *testing.T, story []byte) {
		var scrapes []scrape
		at := int64(0)
		for _, b := range story[:min(len(story), 60)] {
			at += 5 + 40*int64(b>>6)
			began := []int64{unknown, -5000, at - 100, at - 1}[b>>4&3]
			scrapes = append(scrapes, scrape{[]string{"a", "b", "c", "a"}[b>>2&3], began, at, float64(int64(b&3)*at) + none})
		}
		steps := int(at*second/step) + 1
		whole := calls(t, storeOf(scrapes), steps, steps)
		if i := slices.IndexFunc(whole, func(v float64) bool { return v < 0 }); i >= 0 {
			t.Errorf("%v calls in step %d", whole[i], i)
		}
		for _, chunk := range []int{1, 7} {
			if got := calls(t, storeOf(scrapes), steps, chunk); !slices.Equal(got, whole) {
				t.Errorf("in chunks of %d: got %v, want %v", chunk, got, whole)
			}
		}
	})
}
