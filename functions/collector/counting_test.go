package collector

import (
	"math"
	"testing"
	"time"
)

const a, b = "a.openfaas-fn", "b.openfaas-fn"

func TestTheFirstTickRefillsTheWindow(t *testing.T) {
	w := newWorld(t)
	w.deploy(a, b)
	// Four hours pass, with one call of a in each scrape of 5 s: 12 in a minute.
	w.pass(4*time.Hour, func() { w.call(a, 1) })
	o := w.tick(w.collector(), resultPublished)
	f := w.last(a)
	if o.Functions != 2 || len(f.Counts) != 180 || total(f) != 180*12 || f.End() != w.now.Unix() {
		t.Errorf("got %+v, %d steps, %d calls", o, len(f.Counts), total(f))
	}
	if got := f.MeanDuration(); math.Abs(got-0.5) > 1e-6 {
		t.Errorf("a call takes 0.5 s, got %v", got)
	}
	// b was deployed and never called: its steps are known to have no calls.
	if f := w.last(b); f.Known() != 180 || total(f) != 0 || f.InFlight != 0 {
		t.Errorf("got %+v", f)
	}
	// One query covers 15 minutes at most: 2 functions, 12 scrapes a minute.
	if w.largest > 2*12*15 {
		t.Errorf("an answer had %d samples", w.largest)
	}
}

func TestAMissedTickIsFilled(t *testing.T) {
	w := newWorld(t)
	w.deploy(a)
	w.pass(10*time.Minute, nil)
	c := w.collector()
	w.tick(c, resultPublished)
	for n := range 25 {
		w.pass(time.Minute, nil)
		w.call(a, n+1) // read by the first scrape of the next step
	}
	w.pass(time.Minute, nil)
	w.tick(c, resultPublished)
	w.counts(a, 19, 20, 21, 22, 23, 24, 25)
	if got := total(w.last(a)); got != 25*26/2 {
		t.Errorf("got %d calls", got)
	}
	// More than a window later, reading starts again a margin before the window.
	w.pass(10*time.Hour, func() { w.call(a, 1) })
	w.tick(c, resultPublished)
	if f := w.last(a); len(f.Counts) != 180 || total(f) != 180*12 {
		t.Errorf("got %d steps, %d calls", len(f.Counts), total(f))
	}
}

func TestAGatewayRestartLosesNoCounts(t *testing.T) {
	for name, target := range map[string]string{"same address": "gw-1", "a new pod": "gw-2"} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.deploy(a)
			w.pass(5*time.Minute, nil)
			c := w.collector()
			w.call(a, 3)
			w.pass(time.Minute, nil)
			w.tick(c, resultPublished)
			w.counts(a, 0, 3)
			// The same number of calls as before: the counter does not fall, but it was missing for a while.
			w.restart(target)
			w.pass(time.Minute, nil)
			w.call(a, 3)
			w.pass(time.Minute, nil)
			w.tick(c, resultPublished)
			w.counts(a, 3, 0, 3)
			// A restart within a step, and fewer calls: the counter falls.
			w.restart(target)
			w.call(a, 2)
			w.pass(time.Minute, nil)
			w.tick(c, resultPublished)
			w.counts(a, 3, 0, 3, 2)
			// A new collector finds the same in the store.
			w.tick(w.collector(), resultPublished)
			w.counts(a, 0, 0, 3, 0, 3, 2)
		})
	}
}

func TestCallsBeforeTheFirstScrapeOfANewGatewayCount(t *testing.T) {
	w := newWorld(t)
	w.deploy(a)
	w.pass(5*time.Minute, nil)
	c := w.collector()
	w.tick(c, resultPublished)
	w.restart("gw-2")
	w.call(a, 5)
	w.pass(time.Minute, nil)
	w.tick(c, resultPublished)
	w.counts(a, 0, 5)
}

func TestAGatewayWhoseFirstScrapeIsLaterIsNotNew(t *testing.T) {
	w := newWorld(t)
	w.deploy(a)
	w.pass(10*time.Second, nil)
	// The store has just started. The second of two gateways has been running for long.
	began := w.began
	w.restart("gw-2")
	w.began = began
	w.call(a, 1_000_000)
	w.pass(time.Minute-10*time.Second, nil)
	w.call(a, 2)
	w.pass(time.Minute, nil)
	w.tick(w.collector(), resultPublished)
	w.counts(a, 0, 2)
}

func TestCountersFromBeforeTheFirstScrapeAreNoCalls(t *testing.T) {
	w := newWorld(t)
	w.deploy(a)
	w.call(a, 1_000_000)
	w.pass(time.Minute, nil)
	c := w.collector()
	w.tick(c, resultPublished)
	w.counts(a, 0)
	w.call(a, 7)
	w.pass(time.Minute, nil)
	w.tick(c, resultPublished)
	w.counts(a, 0, 7)
}

func TestErrorsAndCallsInFlight(t *testing.T) {
	w := newWorld(t)
	w.deploy(a)
	w.pass(2*time.Minute, nil)
	c := w.collector()
	w.start(a, 10)
	w.finish(a, "200", 4, 1)
	w.finish(a, "502", 2, 3)
	w.finish(a, "404", 1, 0)
	w.pass(time.Minute, nil)
	w.tick(c, resultPublished)
	f := w.last(a)
	if i := len(f.Counts) - 1; f.Counts[i] != 10 || f.Errors[i] != 2 || f.BusySeconds[i] != 10 || f.InFlight != 3 {
		t.Errorf("got %+v", f)
	}
	// The gateway restarts: its calls in flight are gone with it.
	w.restart("gw-2")
	w.pass(time.Minute, nil)
	w.tick(c, resultPublished)
	if f := w.last(a); f.InFlight != 0 {
		t.Errorf("got %+v", f)
	}
}

func TestTheCurrentStepIsNeverIncluded(t *testing.T) {
	w := newWorld(t)
	w.deploy(a)
	w.pass(2*time.Minute+50*time.Second, nil)
	cfg := w.config()
	w.tick(w.collectorOf(cfg), resultPublished)
	if got := w.last(a).End(); got != w.now.Unix()-50 {
		t.Errorf("got %d at %d", got, w.now.Unix())
	}
	cfg.Settle = 51 * time.Second
	w.tick(w.collectorOf(cfg), resultPublished)
	if got := w.last(a).End(); got != w.now.Unix()-110 {
		t.Errorf("with settle: got %d at %d", got, w.now.Unix())
	}
}

func TestStepsOfSecondsAndHours(t *testing.T) {
	for step, want := range map[time.Duration]int{5 * time.Second: 1, time.Hour: 720} {
		w := newWorld(t)
		w.deploy(a)
		w.pass(5*time.Hour, func() { w.call(a, 1) })
		cfg := w.config()
		cfg.Step, cfg.WindowSteps = step, 4
		c := w.collectorOf(cfg)
		for range 3 {
			w.tick(c, resultPublished)
			f := w.last(a)
			if len(f.Counts) != 4 || f.Known() != 4 || total(f) != 4*want {
				t.Errorf("step %v: got %+v", step, f)
			}
			w.pass(step, func() { w.call(a, 1) })
		}
	}
}
