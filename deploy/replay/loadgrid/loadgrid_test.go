package loadgrid

import (
	"bytes"
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"prewarm/shared/loadtest"
)

// TestAGridFindsTheReplicasOfALoad: a call takes 20 ms. With four callers the latency is
// 80 ms on one replica and 20 ms on four.
func TestAGridFindsTheReplicasOfALoad(t *testing.T) {
	story(t, func(t *testing.T, g Grid, f *fake) {
		var out bytes.Buffer
		w := loadtest.NewWriter(&out)
		if err := run(t.Context(), g, f, w.Write); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(f.asked, []int{1, 4, 2}) {
			t.Errorf("scaled to %v", f.asked)
		}
		rows, err := loadtest.Read(&out)
		if err != nil || len(rows) != 4 {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		for _, r := range rows {
			if r.Requests < 5 || r.ErrorRate() != 0 || r.ResponseBytes != 5 || r.Latency[0] < 0.02 {
				t.Errorf("got %+v", r)
			}
		}
		got := loadtest.Labels(rows, loadtest.Objective{Percentile: 50, Latency: 0.075, ErrorRate: 0.01})
		if want := []loadtest.Label{{Load: loadtest.Load{Concurrency: 1}, Replicas: 1}, {Load: loadtest.Load{Concurrency: 4}, Replicas: 4}}; !reflect.DeepEqual(got, want) {
			t.Errorf("labels %v, want %v, of %+v", got, want, rows)
		}
	})
}

// TestAFunctionThatFallsBehindShowsIt: a hundred calls a second arrive for 0.4 s
// at a function that serves fifty. The calls wait, the last one for 0.4 s.
func TestAFunctionThatFallsBehindShowsIt(t *testing.T) {
	story(t, func(t *testing.T, g Grid, f *fake) {
		g.Rates, g.Concurrency, g.Replicas = []float64{100}, []int{2}, []int{1}
		row := one(t, g, f)
		if row.Requests != 40 || row.RequestsPerSecond != 100 || row.Latency[4] < 0.25 || row.Latency[1] < 0.1 {
			t.Errorf("got %+v", row)
		}
	})
}

// TestACallThatWaitsTooLongHasNoAnswer: the same load, but calls that are not served
// within 100 ms of their arrival are given up.
func TestACallThatWaitsTooLongHasNoAnswer(t *testing.T) {
	story(t, func(t *testing.T, g Grid, f *fake) {
		g.Rates, g.Concurrency, g.Replicas, g.Timeout = []float64{100}, []int{2}, []int{1}, 100*time.Millisecond
		row := one(t, g, f)
		if row.Requests != 40 || row.Status[loadtest.NoAnswer] < 10 {
			t.Errorf("got %+v", row)
		}
	})
}

// TestEveryNumberOfReplicasGetsTheSameCalls: the times depend only on load and seed.
func TestEveryNumberOfReplicasGetsTheSameCalls(t *testing.T) {
	load := loadtest.Load{Rate: 20, Concurrency: 4}
	first := arrivals(load, 10*time.Second, 1)
	if len(first) != 200 || !slices.IsSorted(first) || first[0] < 0 || first[199] >= 10*time.Second {
		t.Fatalf("%d calls from %v to %v", len(first), first[0], first[len(first)-1])
	}
	if !slices.Equal(first, arrivals(load, 10*time.Second, 1)) {
		t.Error("the same load and seed gave other times")
	}
	for _, other := range [][]time.Duration{arrivals(load, 10*time.Second, 2), arrivals(loadtest.Load{Rate: 20, Concurrency: 5}, 10*time.Second, 1)} {
		if slices.Equal(first, other) {
			t.Error("another load or seed gave the same times")
		}
	}
}

// TestARunIsRepeatedIfTheGatewayDoesNotAnswerAfterIt: the first poll reads the replicas
// that the function has, the third comes after the first run.
func TestARunIsRepeatedIfTheGatewayDoesNotAnswerAfterIt(t *testing.T) {
	story(t, func(t *testing.T, g Grid, f *fake) {
		g.Concurrency, g.Replicas, g.Duration, f.noAnswer = []int{2}, []int{2}, 50*time.Millisecond, 3
		var rows []loadtest.Row
		if err := run(t.Context(), g, f, func(r loadtest.Row) error { rows = append(rows, r); return nil }); err != nil {
			t.Fatal(err)
		}
		if len(rows) != 1 || f.polls != 5 {
			t.Errorf("%d rows after %d polls", len(rows), f.polls)
		}
	})
}

// TestALateMachineMeasuresNothing: with a bound of a nanosecond every machine is late, in
// real time.
func TestALateMachineMeasuresNothing(t *testing.T) {
	g, f := newGrid()
	g.Concurrency, g.Replicas, g.Duration, g.MaxLag = []int{1}, []int{1}, 30*time.Millisecond, time.Nanosecond
	none := func(loadtest.Row) error { t.Error("a row was measured"); return nil }
	if err := run(t.Context(), g, f, none); err == nil || !strings.Contains(err.Error(), "must be late by at most 1ns") {
		t.Errorf("got %v", err)
	}
	if f.polls != 1+2*attempts {
		t.Errorf("%d polls of the gateway, want one at first and two for each of %d attempts", f.polls, attempts)
	}
}

// TestAnInterruptedGridScalesBack: the user interrupts the grid after the first row. The
// function gets its replicas back, and the log states it.
func TestAnInterruptedGridScalesBack(t *testing.T) {
	story(t, func(t *testing.T, g Grid, f *fake) {
		var log strings.Builder
		g.Duration, g.Log = 20*time.Millisecond, &log
		ctx, interrupt := context.WithCancel(t.Context())
		if err := run(ctx, g, f, func(loadtest.Row) error { interrupt(); return nil }); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		if !reflect.DeepEqual(f.asked, []int{1, 2}) || log.String() != "hello.openfaas-fn is scaled back to 2 replicas\n" {
			t.Errorf("scaled to %v, log %q", f.asked, log.String())
		}
	})
}

// TestAGridThatCannotScaleBackSaysSo: the error says what the user has to do. It also
// holds the error that ended the grid.
func TestAGridThatCannotScaleBackSaysSo(t *testing.T) {
	story(t, func(t *testing.T, g Grid, f *fake) {
		g.Duration, f.immobile = 20*time.Millisecond, 2
		full := errors.New("no space")
		err := run(t.Context(), g, f, func(loadtest.Row) error { return full })
		if !errors.Is(err, full) || !strings.Contains(err.Error(), "must be scaled back to 2 replicas by hand") {
			t.Errorf("got %v", err)
		}
	})
}

func TestErrorsAreCounted(t *testing.T) {
	story(t, func(t *testing.T, g Grid, f *fake) {
		g.Concurrency, g.Replicas, g.Header = []int{2}, []int{2}, map[string]string{"X-Fail": "1"}
		row := one(t, g, f)
		if row.ErrorRate() != 1 || row.Status[loadtest.Status5xx] != row.Requests {
			t.Errorf("got %+v", row)
		}
		f.refuses = true
		if row = one(t, g, f); row.Status[loadtest.NoAnswer] == 0 || row.ErrorRate() != 1 {
			t.Errorf("got %+v", row)
		}
		if (loadtest.Objective{Percentile: 99, Latency: 9, ErrorRate: 0.01}).Met(row) {
			t.Error("calls without an answer have no latency, and meet nothing")
		}
	})
}

func TestAGridThatCannotBeMeasuredSaysWhy(t *testing.T) {
	story(t, func(t *testing.T, g Grid, f *fake) {
		f.stuck, g.Ready = true, 10*time.Millisecond
		none := func(loadtest.Row) error { t.Error("a row was measured"); return nil }
		if err := run(t.Context(), g, f, none); err == nil || !strings.Contains(err.Error(), "must have 1 ready replicas, has 0") {
			t.Errorf("got %v", err)
		}
		f.stuck, g.Function = false, "other.openfaas-fn"
		f.asked = nil
		if err := run(t.Context(), g, f, none); err == nil || !strings.Contains(err.Error(), "not deployed") || f.asked != nil {
			t.Errorf("got %v, scaled to %v", err, f.asked)
		}
		g, f = newGrid()
		f.meddle, g.Ready = true, 10*time.Millisecond
		if err := run(t.Context(), g, f, none); !errors.Is(err, errScaled) {
			t.Errorf("got %v", err)
		}
		g, f = newGrid()
		full := errors.New("no space")
		if err := run(t.Context(), g, f, func(loadtest.Row) error { return full }); err != full {
			t.Errorf("got %v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := run(ctx, g, f, none); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
}
