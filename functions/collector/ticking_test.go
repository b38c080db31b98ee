package collector

import (
	"bytes"
	"context"
	"net/http"
	"testing"
	"time"

	handler "github.com/openfaas/templates-sdk/go-http"

	"prewarm/shared/openfaas"
)

func TestASecondTickDoesNotWaitForTheFirst(t *testing.T) {
	w := newWorld(t)
	w.deploy(a)
	w.pass(time.Minute, nil)
	c := w.collector()
	var entered, leave chan struct{}
	c.gateway, entered, leave = stuck(w)
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

// stuck returns a gateway that answers as w does, but only when leave is closed. It
// closes entered when it is asked.
func stuck(w *world) (l openfaas.Lister, entered, leave chan struct{}) {
	entered, leave = make(chan struct{}), make(chan struct{})
	return listerFunc(func(ctx context.Context) ([]openfaas.Function, error) {
		close(entered)
		select {
		case <-leave:
			return w.List(ctx)
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}), entered, leave
}

// post posts a tick as a caller whose request lives as long as ctx.
func post(ctx context.Context, c *Collector) <-chan int {
	code := make(chan int, 1)
	go func() {
		req := handler.Request{Method: http.MethodPost}
		req.WithContext(ctx)
		res, _ := c.Handle(req)
		code <- res.StatusCode
	}()
	return code
}

func TestATickOutlivesItsCaller(t *testing.T) {
	w := newWorld(t)
	w.deploy(a)
	w.pass(2*time.Minute, nil)
	c := w.collector()
	var entered, leave chan struct{}
	c.gateway, entered, leave = stuck(w)
	caller, hangUp := context.WithCancel(t.Context())
	unauthenticated := post(caller, c)
	<-entered
	// Cron posts second and relies on the tick of an unauthenticated caller, which then disconnects.
	if code := <-post(t.Context(), c); code != http.StatusAccepted {
		t.Errorf("cron: got %d", code)
	}
	hangUp()
	close(leave)
	if code := <-unauthenticated; code != http.StatusOK || len(w.sent) != 1 {
		t.Errorf("got %d and %d messages", code, len(w.sent))
	}
}

func TestCloseEndsATickThatHangs(t *testing.T) {
	w := newWorld(t)
	w.deploy(a)
	w.pass(2*time.Minute, nil)
	c := w.collector()
	var entered chan struct{}
	c.gateway, entered, _ = stuck(w)
	caller := post(t.Context(), c)
	<-entered
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if code := <-caller; code != http.StatusServiceUnavailable {
		t.Errorf("got %d", code)
	}
}

type listerFunc func(context.Context) ([]openfaas.Function, error)

func (f listerFunc) List(ctx context.Context) ([]openfaas.Function, error) { return f(ctx) }

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
	w.busFailures = 1
	if o := w.tick(c, resultBus); o.code != http.StatusServiceUnavailable {
		t.Errorf("got %+v", o)
	}
	w.now = w.now.Add(10 * time.Second)
	// The list changes in between; sealed messages stay as they are.
	w.deploy("a-new-one.openfaas-fn")
	if o := w.tick(c, resultPublished); o.Functions != 120 || len(w.sent) != 3 {
		t.Errorf("got %+v in %d messages", o, len(w.sent))
	}
	// Once the next step is complete, its windows contain the older one.
	w.pass(time.Minute, nil)
	w.busFailures = 1
	w.tick(c, resultBus)
	w.pass(time.Minute, nil)
	w.tick(c, resultPublished)
	if len(w.sent) != 6 || w.sent[3].env.Step != w.now.Unix()/60*60 {
		t.Errorf("%d messages", len(w.sent))
	}
}

// max_wait is longer than a tick may take, and the scrape that completes the step comes
// late in it. What is there is read all the same.
func TestATickReadsTheStoreThoughItWaitsInVain(t *testing.T) {
	w := newWorld(t)
	w.deploy(a)
	w.pass(10*time.Minute, func() { w.call(a, 1) })
	cfg := w.config()
	cfg.MaxWait, cfg.Timeout = time.Minute, 50*time.Second
	c := w.collectorOf(cfg)
	w.tick(c, resultPublished)
	w.late = 55 * time.Second
	w.pass(time.Minute, func() { w.call(a, 1) })
	begin := w.now
	c.wait = func(ctx context.Context, d time.Duration) error {
		if w.now.Sub(begin) > cfg.Timeout*3/4 {
			return context.DeadlineExceeded
		}
		return w.wait(ctx, d)
	}
	w.tick(c, resultPublished)
	if f := w.last(a); f.Counts[len(f.Counts)-2] != 12 || f.Counts[len(f.Counts)-1] < 1 || !f.Provisional() {
		t.Errorf("got %v, lower bounds %v", f.Tail(3).Counts, f.Tail(3).AtLeast)
	}
}
