package collector

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"prewarm/shared/openfaas"
)

// lister counts how often the gateway is asked, and answers when the test lets it.
type lister struct {
	openfaas.Lister
	calls   atomic.Int64
	entered chan struct{}
	leave   chan error
}

// tickInProgress returns a world after some time in which a tick has asked the gateway, which
// has not answered yet. done receives the outcome.
func tickInProgress(t *testing.T, after time.Duration) (w *world, c *Collector, slow *lister, done chan Outcome) {
	t.Helper()
	w = newWorld(t)
	w.deploy(a)
	w.pass(after, nil)
	c = w.collector()
	slow = &lister{Lister: w, entered: make(chan struct{}), leave: make(chan error)}
	c.gateway = slow
	done = make(chan Outcome)
	go func() { done <- c.Tick(t.Context()) }()
	<-slow.entered
	return w, c, slow, done
}

func (l *lister) List(ctx context.Context) ([]openfaas.Function, error) {
	l.calls.Add(1)
	l.entered <- struct{}{}
	if err := <-l.leave; err != nil {
		return nil, err
	}
	return l.Lister.List(ctx)
}

// A stranger calls shortly before the end of a step, and cron right after it, when the tick of
// the stranger still runs for the step before.
func TestATickThatBeganBeforeTheEndOfTheStepIsFollowedByOneForIt(t *testing.T) {
	w, c, slow, stranger := tickInProgress(t, 10*time.Minute+55*time.Second)
	w.pass(10*time.Second, nil)
	if o := c.Tick(t.Context()); o.Result != resultInProgress {
		t.Errorf("cron: got %+v", o)
	}
	slow.leave <- nil
	<-slow.entered // without a further call
	slow.leave <- nil
	if o := <-stranger; o.Result != resultPublished || o.Step != w.now.Unix()/60*60 || len(w.sent) != 2 {
		t.Errorf("got %+v, %d messages", o, len(w.sent))
	}
}

// Without a call in between, the end of a step is left to cron: a tick does not go on for ever.
func TestATickIsNotFollowedByAnotherThatNobodyAskedFor(t *testing.T) {
	w, _, slow, done := tickInProgress(t, 10*time.Minute+55*time.Second)
	w.pass(10*time.Second, nil)
	slow.leave <- nil
	if o := <-done; o.Result != resultPublished || len(w.sent) != 1 {
		t.Errorf("got %+v, %d messages", o, len(w.sent))
	}
}

func TestAFloodOfCallsAsksTheGatewayOnce(t *testing.T) {
	w, c, slow, first := tickInProgress(t, 10*time.Minute)
	for range 1000 {
		c.Tick(t.Context())
	}
	slow.leave <- nil
	<-first
	for range 1000 {
		c.Tick(t.Context())
	}
	if n := slow.calls.Load(); n != 1 || len(w.sent) != 1 {
		t.Errorf("asked %d times, %d messages", n, len(w.sent))
	}
}

// Package serve turns a panic into an answer, so that the process goes on: so must the ticks.
func TestATickThatPanicsDoesNotKeepLaterOnesOut(t *testing.T) {
	w := newWorld(t)
	w.deploy(a)
	w.pass(10*time.Minute, nil)
	c := w.collector()
	c.gateway = listerFunc(func(context.Context) ([]openfaas.Function, error) { panic("a fault of prewarm") })
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the tick did not panic")
			}
		}()
		c.Tick(t.Context())
	}()
	c.gateway = w
	if o := c.Tick(t.Context()); o.Result != resultPublished {
		t.Errorf("got %+v", o)
	}
}

// While the gateway is down, a tick follows a failed one after five seconds: as many in a
// minute as that, however many call. The step is published when the gateway is back.
func TestAFloodOfCallsDoesNotMultiplyFailures(t *testing.T) {
	w := newWorld(t)
	w.deploy(a)
	w.pass(10*time.Minute, nil)
	c := w.collector()
	asked := 0
	c.gateway = listerFunc(func(ctx context.Context) ([]openfaas.Function, error) {
		if asked++; asked <= 12 {
			return nil, errors.New("the gateway is down")
		}
		return w.List(ctx)
	})
	c.wait = func(ctx context.Context, d time.Duration) error {
		w.now = w.now.Add(d)
		return ctx.Err()
	}
	begin := w.now
	for range 12 {
		if o := c.Tick(t.Context()); o.Result != resultGateway {
			t.Fatalf("got %+v", o)
		}
	}
	if took := w.now.Sub(begin); took != 55*time.Second {
		t.Errorf("12 ticks took %v", took)
	}
	w.now = w.now.Add(-time.Hour) // the clock is set back
	c.failedAt = w.now.Add(time.Hour)
	before := w.now
	c.Tick(t.Context())
	if took := w.now.Sub(before); took != 5*time.Second {
		t.Errorf("with a clock that was set back, the tick waited for %v", took)
	}
}
