package invocation_test

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	prom "prewarm/shared/prometheus"
	"prewarm/shared/prometheus/invocation"
)

// minute is the step of the stories about calls in progress, six the time between scrapes.
const (
	minute = 60 * second
	six    = 6 * second
)

// called fills a store with five minutes of a gateway that is scraped every six seconds,
// offset (ms) after their multiples, and serves one call from a time to another (ms).
func called(from, to, offset int64) *store {
	st := &store{}
	fn := map[string]string{"instance": "a", "function_name": "f.openfaas-fn"}
	ok := map[string]string{"instance": "a", "function_name": "f.openfaas-fn", "code": "200"}
	for at := offset; at < 5*minute; at += six {
		started, ended := 0.0, 0.0
		if at >= from {
			started = 1
		}
		if at >= to {
			ended = 1
		}
		st.add(invocation.Deployed, epoch+at, 1, fn)
		st.add(invocation.Started, epoch+at, started, fn)
		st.add(invocation.Ended, epoch+at, ended, ok)
		st.add(invocation.Seconds, epoch+at, ended*float64(to-from)/second, ok)
	}
	return st
}

// running returns the calls in progress in the first four minutes, if the minutes up to
// settled are read first, and the others after them.
func running(t *testing.T, st *store, settled int) []float64 {
	t.Helper()
	var state invocation.State
	var out []float64
	for _, g := range []prom.Grid{{Start: epoch, Step: minute, Len: settled}, {Start: epoch + int64(settled)*minute, Step: minute, Len: 4 - settled}} {
		if g.Len == 0 {
			continue
		}
		c := state.Begin(g, g.End(), nil)
		if err := c.Read(t.Context(), st, g.End()+2*six); err != nil {
			t.Fatal(err)
		}
		out = append(out, c.Functions(0)["f.openfaas-fn"].Running...)
		state = c.Settle(time.Hour)
	}
	return out
}

// A call ends just before a minute does, and the next scrape comes a moment after: it shows
// that nothing runs. Scrapes that are up to half an interval late show the same.
func TestACallThatEndedBeforeABorderDoesNotRunOn(t *testing.T) {
	for _, offset := range []int64{0, 1, 20, 100, 2900} {
		got := running(t, called(30*second, 116*second, offset), 0)
		if got[1] < 0.85 || got[2] != 0 {
			t.Errorf("scrapes %d ms after each border: got %v in progress, want none in the third minute", offset, got)
		}
	}
}

// A call that began just before a border, and was seen after it, runs on both sides.
func TestACallRunsFromHalfwayBetweenTheScrapesThatShowIt(t *testing.T) {
	got := running(t, called(59*second, 90*second, 2000), 0)
	for i, want := range []float64{1. / 60, 29. / 60, 0, 0} {
		if math.Abs(got[i]-want) > 1e-9 {
			t.Errorf("got %v, want %v in minute %d", got, want, i)
		}
	}
}

// The collector reads the last steps again at each tick, from a begin that moves on. A need
// that has settled must not change with it.
func TestCallsInProgressDoNotDependOnWhereReadingBegins(t *testing.T) {
	for offset := int64(0); offset < six; offset += 500 {
		for _, call := range [][2]int64{{30, 116}, {30, 119}, {30, 121}, {55, 65}, {59, 239}, {61, 119}, {118, 122}} {
			t.Run(fmt.Sprint(offset, call), func(t *testing.T) {
				st := called(call[0]*second, call[1]*second, offset)
				whole := running(t, st, 0)
				for settled := 1; settled < 4; settled++ {
					if got := running(t, st, settled); !slices.Equal(got, whole) {
						t.Errorf("read on from minute %d: got %v, want %v", settled, got, whole)
					}
				}
			})
		}
	}
}
