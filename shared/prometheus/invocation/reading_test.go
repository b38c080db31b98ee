package invocation_test

import (
	"math"
	"slices"
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

// unknown is in place of the start of a gateway that does not export it.
const unknown = -1e6

// calls counts the calls in steps from the epoch on, read in chunks of chunk steps.
func calls(t *testing.T, st *store, steps, chunk int) []float64 {
	t.Helper()
	var state invocation.State
	dst := make([]float64, steps)
	reader := invocation.Reader{Store: st, Least: step * time.Millisecond, Most: time.Hour}
	now := epoch + int64(steps)*step
	for at := 0; at < steps; at += chunk {
		n := min(chunk, steps-at)
		g := prom.Grid{Start: epoch + int64(at)*step, Step: step, Len: n}
		c, err := reader.Read(t.Context(), state, g, g.End(), now, nil)
		if err != nil {
			t.Fatal(err)
		}
		if f := c.Functions(0)["f.openfaas-fn"]; f != nil {
			copy(dst[at:], f.Calls)
		}
		state = c.Settle(time.Hour)
	}
	return dst
}

func total(v []float64) (sum float64) {
	for _, x := range v {
		sum += x
	}
	return sum
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
		{"a process that goes on has no restart, though two stores of a pair take turns",
			[]scrape{{"a", old, 15, 1000}, {"a", old, 30, 999}, {"a", old, 45, 1001}}, []float64{0, 0, 1}},
		{"nor has one that does not export its start, if its counter falls by little",
			[]scrape{{"a", unknown, 15, 1000}, {"a", unknown, 30, 999}, {"a", unknown, 45, 1001}}, []float64{0, 0, 1}},
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
			[]scrape{{"a", old, 15, 1000}, {"b", 270, 300, 7}}, append(make([]float64, 18), 4, 3)},
		{"so is one that started just now beside another",
			[]scrape{{"a", old, 15, 1000}, {"b", 17, 30, 7}, {"a", old, 45, 1002}}, []float64{0, 8, 1}},
		{"one that started long before its first scrape, beside another, is not",
			[]scrape{{"a", old, 15, 1000}, {"b", -200, 30, 7}, {"b", -200, 45, 8}}, []float64{0, 0, 1}},
		{"two that started together and are scraped in turn are two",
			[]scrape{{"a", old, 15, 10}, {"b", old, 30, 20}, {"a", old, 45, 12}, {"b", old, 60, 25}}, []float64{0, 1, 4, 2}},
		{"an old name that returns does not count the calls of the other name again",
			[]scrape{{"a", old, 15, 100}, {"b", old, 30, 100}, {"b", old, 135, 140}, {"a", old, 150, 141}, {"a", old, 165, 143}},
			[]float64{0, 0, 6, 5, 6, 6, 6, 5, 6, 0, 2}},
		{"a gateway that was not scraped for a while, beside another, goes on",
			[]scrape{{"a", old, 15, 100}, {"b", -9000, 30, 50}, {"b", -9000, 135, 50}, {"a", old, 150, 141}},
			[]float64{0, 5, 4, 5, 4, 5, 4, 5, 4, 5}},
	} {
		t.Run(story.name, func(t *testing.T) {
			for _, chunk := range []int{1, 2, len(story.want)} {
				// Parts of one increment that lie in several chunks are rounded apart.
				got, differ := calls(t, storeOf(story.scrapes), len(story.want), chunk), 0.0
				for i := range got {
					differ = max(differ, math.Abs(got[i]-story.want[i]))
				}
				if total(got) != total(story.want) || differ > 1 || chunk == len(story.want) && differ > 0 {
					t.Errorf("in chunks of %d: got %v, want %v", chunk, got, story.want)
				}
			}
		})
	}
}

func TestOldTargetsAndCountersAreForgotten(t *testing.T) {
	st := storeOf([]scrape{{"a", -10, 15, 5}, {"b", 20, 30, 5}})
	var state invocation.State
	for i, want := range [][2]int{{1, 1}, {2, 2}, {2, 2}, {1, 1}, {0, 0}} {
		g := prom.Grid{Start: epoch + int64(i)*step, Step: step, Len: 1}
		c := state.Begin(g, g.End(), nil)
		if err := c.Read(t.Context(), st, g.End()); err != nil {
			t.Fatal(err)
		}
		before := [2]int{state.Targets(), state.Counters()}
		next := c.Settle(2 * step * time.Millisecond)
		if got := [2]int{next.Targets(), next.Counters()}; got != want {
			t.Errorf("after step %d: %v targets and counters, want %v", i, got, want)
		}
		if after := [2]int{state.Targets(), state.Counters()}; after != before {
			t.Errorf("reading on changed a state from %v to %v", before, after)
		}
		state = next
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
	})
}
