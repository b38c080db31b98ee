package loadgrid

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
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
	noAnswer int  // number of the poll that the gateway does not answer
	immobile int  // the number of replicas to which the gateway does not scale
	refuses  bool // no call is answered
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

// RoundTrip serves a call for 20 ms, as soon as a replica is free.
func (f *fake) RoundTrip(r *http.Request) (*http.Response, error) {
	f.mu.Lock()
	slots := f.slots
	f.mu.Unlock()
	select {
	case slots <- struct{}{}:
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	defer func() { <-slots }()
	time.Sleep(20 * time.Millisecond)
	if f.refuses {
		return nil, errors.New("connection refused")
	}
	if r.Header.Get("X-Fail") != "" {
		return answer(http.StatusInternalServerError), nil
	}
	if err := r.Context().Err(); err != nil {
		return nil, err // given up meanwhile
	}
	return answer(http.StatusOK), nil
}

func answer(status int) *http.Response {
	return &http.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader("hello"))}
}

func newGrid() (Grid, *fake) {
	return Grid{
		URL: "http://gateway.test", Function: "hello.openfaas-fn", Rates: []float64{0}, Concurrency: []int{1, 4}, Replicas: []int{1, 4},
		Duration: 400 * time.Millisecond, Ready: time.Second, Timeout: 10 * time.Second, Log: io.Discard,
	}, &fake{replicas: 2}
}

// story runs a test on a clock that advances when all wait, so that no machine is late.
func story(t *testing.T, tell func(t *testing.T, g Grid, f *fake)) {
	synctest.Test(t, func(t *testing.T) {
		g, f := newGrid()
		tell(t, g, f)
	})
}

// run measures a grid on the fake function.
func run(ctx context.Context, g Grid, f *fake, done func(loadtest.Row) error) error {
	return Run(ctx, g, f, &http.Client{Transport: f}, done)
}

// one measures a grid of one row.
func one(t *testing.T, g Grid, f *fake) (row loadtest.Row) {
	t.Helper()
	if err := run(t.Context(), g, f, func(r loadtest.Row) error { row = r; return nil }); err != nil {
		t.Fatal(err)
	}
	return row
}
