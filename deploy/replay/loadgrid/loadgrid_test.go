package loadgrid

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"prewarm/shared/loadtest"
	"prewarm/shared/openfaas"
)

// fake is a function that serves one call at a time on each ready replica, and
// the gateway that scales it.
type fake struct {
	mu       sync.Mutex
	replicas int
	asked    []int
	slots    chan struct{}
	stuck    bool // replicas never become ready
	meddle   bool // another controller adds a replica
	polls    int
	noAnswer int // number of the poll that the gateway does not answer
	immobile int // the number of replicas to which the gateway does not scale
}

func (f *fake) Scale(ctx context.Context, _ string, n int) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if n == f.immobile {
		return errors.New("no answer")
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	f.replicas, f.asked, f.slots = n, append(f.asked, n), make(chan struct{}, n)
	return nil
}

func (f *fake) List(context.Context) ([]openfaas.Function, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.polls++; f.polls == f.noAnswer {
		return nil, errors.New("no answer")
	}
	desired, ready := f.replicas, f.replicas
	if f.stuck {
		ready = 0
	}
	if f.meddle {
		desired++
	}
	return []openfaas.Function{{Name: "hello.openfaas-fn", Replicas: desired, Available: ready}}, nil
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	slots := f.slots
	f.mu.Unlock()
	slots <- struct{}{}
	defer func() { <-slots }()
	time.Sleep(20 * time.Millisecond)
	if r.Header.Get("X-Fail") != "" {
		w.WriteHeader(http.StatusInternalServerError)
	}
	_, _ = w.Write([]byte("hello"))
}

func newGrid(t *testing.T) (Grid, *fake) {
	f := &fake{replicas: 2}
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	return Grid{
		URL: server.URL, Function: "hello.openfaas-fn", Rates: []float64{0}, Concurrency: []int{1, 4}, Replicas: []int{1, 4},
		Duration: 400 * time.Millisecond, Ready: time.Second, Timeout: 10 * time.Second, Log: io.Discard,
	}, f
}

// TestAGridFindsTheReplicasOfALoad: a call takes 20 ms. With four callers the latency is
// 80 ms on one replica and 20 ms on four.
func TestAGridFindsTheReplicasOfALoad(t *testing.T) {
	g, f := newGrid(t)
	var out bytes.Buffer
	w := loadtest.NewWriter(&out)
	if err := Run(t.Context(), g, f, http.DefaultClient, w.Write); err != nil {
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
}

// TestAFunctionThatFallsBehindShowsIt: a hundred calls a second arrive for 0.4 s
// at a function that serves fifty. The calls wait, the last one for 0.4 s.
func TestAFunctionThatFallsBehindShowsIt(t *testing.T) {
	g, f := newGrid(t)
	g.Rates, g.Concurrency, g.Replicas = []float64{100}, []int{2}, []int{1}
	var row loadtest.Row
	if err := Run(t.Context(), g, f, http.DefaultClient, func(r loadtest.Row) error { row = r; return nil }); err != nil {
		t.Fatal(err)
	}
	if row.Requests != 40 || row.RequestsPerSecond != 100 || row.Latency[4] < 0.25 || row.Latency[1] < 0.1 {
		t.Errorf("got %+v", row)
	}
}

// TestACallThatWaitsTooLongHasNoAnswer: the same load, but calls that are not served
// within 100 ms of their arrival are given up.
func TestACallThatWaitsTooLongHasNoAnswer(t *testing.T) {
	g, f := newGrid(t)
	g.Rates, g.Concurrency, g.Replicas, g.Timeout = []float64{100}, []int{2}, []int{1}, 100*time.Millisecond
	var row loadtest.Row
	if err := Run(t.Context(), g, f, http.DefaultClient, func(r loadtest.Row) error { row = r; return nil }); err != nil {
		t.Fatal(err)
	}
	if row.Requests != 40 || row.Status[loadtest.NoAnswer] < 10 {
		t.Errorf("got %+v", row)
	}
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
	g, f := newGrid(t)
	g.Concurrency, g.Replicas, g.Duration, f.noAnswer = []int{2}, []int{2}, 50*time.Millisecond, 3
	var rows []loadtest.Row
	if err := Run(t.Context(), g, f, http.DefaultClient, func(r loadtest.Row) error { rows = append(rows, r); return nil }); err != nil {
		t.Fatal(err)
	}
	if len(rows) != 1 || f.polls != 5 {
		t.Errorf("%d rows after %d polls", len(rows), f.polls)
	}
}

// TestALateMachineMeasuresNothing: with a bound of a nanosecond every machine is late.
func TestALateMachineMeasuresNothing(t *testing.T) {
	g, f := newGrid(t)
	g.Concurrency, g.Replicas, g.Duration, g.MaxLag = []int{1}, []int{1}, 30*time.Millisecond, time.Nanosecond
	none := func(loadtest.Row) error { t.Error("a row was measured"); return nil }
	if err := Run(t.Context(), g, f, http.DefaultClient, none); err == nil || !strings.Contains(err.Error(), "must be late by at most 1ns") {
		t.Errorf("got %v", err)
	}
	if f.polls != 1+2*attempts {
		t.Errorf("%d polls of the gateway, want one at first and two for each of %d attempts", f.polls, attempts)
	}
}

// TestAnInterruptedGridScalesBack: the user interrupts the grid after the first row. The
// function gets its replicas back, and the log states it.
func TestAnInterruptedGridScalesBack(t *testing.T) {
	g, f := newGrid(t)
	var log strings.Builder
	g.Duration, g.Log = 20*time.Millisecond, &log
	ctx, interrupt := context.WithCancel(t.Context())
	if err := Run(ctx, g, f, http.DefaultClient, func(loadtest.Row) error { interrupt(); return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if !reflect.DeepEqual(f.asked, []int{1, 2}) || log.String() != "hello.openfaas-fn is scaled back to 2 replicas\n" {
		t.Errorf("scaled to %v, log %q", f.asked, log.String())
	}
}

// TestAGridThatCannotScaleBackSaysSo: the error says what the user has to do. It also
// holds the error that ended the grid.
func TestAGridThatCannotScaleBackSaysSo(t *testing.T) {
	g, f := newGrid(t)
	g.Duration, f.immobile = 20*time.Millisecond, 2
	full := errors.New("no space")
	err := Run(t.Context(), g, f, http.DefaultClient, func(loadtest.Row) error { return full })
	if !errors.Is(err, full) || !strings.Contains(err.Error(), "must be scaled back to 2 replicas by hand") {
		t.Errorf("got %v", err)
	}
}

func TestErrorsAreCounted(t *testing.T) {
	g, f := newGrid(t)
	g.Concurrency, g.Replicas, g.Header = []int{2}, []int{2}, map[string]string{"X-Fail": "1"}
	var row loadtest.Row
	keep := func(r loadtest.Row) error { row = r; return nil }
	if err := Run(t.Context(), g, f, http.DefaultClient, keep); err != nil || row.ErrorRate() != 1 || row.Status[loadtest.Status5xx] != row.Requests {
		t.Errorf("got %+v, %v", row, err)
	}
	g.URL, g.Duration = "http://127.0.0.1:1", 20*time.Millisecond
	if err := Run(t.Context(), g, f, http.DefaultClient, keep); err != nil || row.Status[loadtest.NoAnswer] == 0 || row.ErrorRate() != 1 {
		t.Errorf("got %+v, %v", row, err)
	}
	if (loadtest.Objective{Percentile: 99, Latency: 9, ErrorRate: 0.01}).Met(row) {
		t.Error("calls without an answer have no latency, and meet nothing")
	}
}

func TestAGridThatCannotBeMeasuredSaysWhy(t *testing.T) {
	g, f := newGrid(t)
	f.stuck, g.Ready = true, 10*time.Millisecond
	none := func(loadtest.Row) error { t.Error("a row was measured"); return nil }
	if err := Run(t.Context(), g, f, http.DefaultClient, none); err == nil || !strings.Contains(err.Error(), "must have 1 ready replicas, has 0") {
		t.Errorf("got %v", err)
	}
	f.stuck, g.Function = false, "other.openfaas-fn"
	f.asked = nil
	if err := Run(t.Context(), g, f, http.DefaultClient, none); err == nil || !strings.Contains(err.Error(), "not deployed") || f.asked != nil {
		t.Errorf("got %v, scaled to %v", err, f.asked)
	}
	g, f = newGrid(t)
	f.meddle, g.Ready = true, 10*time.Millisecond
	if err := Run(t.Context(), g, f, http.DefaultClient, none); !errors.Is(err, errScaled) {
		t.Errorf("got %v", err)
	}
	g, f = newGrid(t)
	full := errors.New("no space")
	if err := Run(t.Context(), g, f, http.DefaultClient, func(loadtest.Row) error { return full }); err != full {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Run(ctx, g, f, http.DefaultClient, none); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
