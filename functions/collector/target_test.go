package collector

import (
	"slices"
	"testing"
	"time"

	"prewarm/shared/event"
	"prewarm/shared/series"
)

// beside returns a second gateway with the same functions and the same store.
func (w *world) beside(target string, began time.Time) *world {
	other := newWorld(w.t)
	other.now, other.target, other.began = w.now, target, began
	other.deployed, other.stored = w.deployed, w.stored
	return other
}

// both lets d go by for two gateways.
func both(w, other *world, d time.Duration) {
	other.pass(d, nil)
	w.pass(d, nil)
}

// bothWays fails unless the last steps of a are want, both for c, which goes on, and
// for a new collector, which reads them from the store.
func bothWays(w *world, c *Collector, want ...int32) {
	w.t.Helper()
	for _, c := range []*Collector{c, w.collector()} {
		w.tick(c, resultPublished)
		w.counts(a, want...)
	}
}

func TestTwoGatewaysThatStartedTogetherBothCount(t *testing.T) {
	w := newWorld(t)
	w.deploy(a)
	second := w.beside("gw-2", w.began)
	second.now = second.now.Add(2 * time.Second) // they are scraped in turn
	both(w, second, 10*time.Minute)
	c := w.collector()
	w.tick(c, resultPublished)
	w.call(a, 3)
	second.call(a, 4)
	both(w, second, 2*time.Minute)
	bothWays(w, c, 0, 7, 0)
}

// One of two gateways cannot be scraped for five minutes. Meanwhile nothing is known of any
// step, though the other gateway is read: zero would be wrong. Afterwards its calls are
// divided among the steps since its last scrape.
func TestAGatewayThatCannotBeScrapedMakesStepsUnknown(t *testing.T) {
	w := newWorld(t)
	w.deploy(a)
	second := w.beside("gw-2", w.began.Add(-time.Hour))
	both(w, second, 10*time.Minute)
	c := w.collector()
	w.tick(c, resultPublished)
	second.unreachable = true
	second.call(a, 6)
	for range 5 {
		both(w, second, time.Minute)
		w.tick(c, resultPublished)
		if f := w.last(a); f.Counts[len(f.Counts)-1] != series.NoData || f.InFlight != -1 {
			t.Errorf("got %v, %d in flight", f.Counts, f.InFlight)
		}
	}
	second.unreachable = false
	both(w, second, time.Minute)
	for _, c := range []*Collector{c, w.collector()} {
		w.tick(c, resultPublished)
		if f := w.last(a); total(f) != 6 || slices.Max(f.Counts) > 2 || len(f.Tail(6).Spread) == 0 {
			t.Errorf("got %v, spread %v", f.Counts, f.Spread)
		}
	}
}

func TestAGatewayThatStartedWhileNothingWasScrapedIsNew(t *testing.T) {
	w := newWorld(t)
	w.deploy(a)
	w.pass(10*time.Minute, nil)
	c := w.collector()
	w.tick(c, resultPublished)
	w.notScraped = true
	w.pass(5*time.Minute, nil)
	w.restart("gw-2")
	w.pass(20*time.Minute, func() { w.call(a, 1) })
	w.notScraped = false
	w.pass(time.Minute, nil)
	bothWays(w, c, 12, 12, 12, 1)
	f := w.last(a)
	if since := f.Tail(21); total(f) != 240 || total(&event.FunctionWindow{Window: since}) != 240 || slices.Max(f.Counts) > 12 {
		t.Errorf("240 calls since its start 21 steps ago, got %v", f.Counts)
	}
}

func TestANewGatewayBesideAnOldOneIsNew(t *testing.T) {
	w := newWorld(t)
	w.deploy(a)
	w.pass(10*time.Minute, nil)
	c := w.collector()
	w.tick(c, resultPublished)
	// A rolling update: the new gateway is scraped from a minute after its start, the
	// old one until then.
	next := w.beside("gw-2", w.now)
	next.notScraped = true
	next.call(a, 7)
	both(w, next, time.Minute)
	next.notScraped, w.notScraped = false, true
	both(w, next, time.Minute)
	bothWays(w, c, 0, 7, 0) // between its start and its first scrape, most of it in the first step
}

func TestAnOldGatewayThatIsScrapedForTheFirstTimeIsNotNew(t *testing.T) {
	w := newWorld(t)
	w.deploy(a)
	w.pass(time.Hour, nil)
	c := w.collector()
	w.tick(c, resultPublished)
	second := w.beside("gw-2", w.now.Add(-10*time.Minute))
	second.call(a, 1_000_000)
	both(w, second, time.Minute)
	second.call(a, 4)
	both(w, second, time.Minute)
	bothWays(w, c, 0, 0, 4)
}

func TestAGatewayThatWasNotScrapedForAWindowIsNotNew(t *testing.T) {
	w := newWorld(t)
	w.deploy(a)
	w.call(a, 1)
	w.pass(10*time.Minute, nil)
	cfg := w.config()
	cfg.WindowSteps = 30
	c := w.collectorOf(cfg)
	w.notScraped = true
	for range 100 {
		w.pass(time.Minute, func() { w.call(a, 1000) })
		w.tick(c, resultPublished)
	}
	w.notScraped = false
	w.pass(time.Minute, nil)
	w.call(a, 5)
	w.pass(time.Minute, nil)
	w.tick(c, resultPublished)
	w.counts(a, 0, 5)
}

func TestOldTargetsAreForgotten(t *testing.T) {
	w := newWorld(t)
	w.deploy(a)
	cfg := w.config()
	cfg.WindowSteps = 10
	c := w.collectorOf(cfg)
	for _, target := range names(5) {
		w.restart(target)
		w.pass(11*time.Minute, nil)
		w.tick(c, resultPublished)
	}
	if n := c.cache.state.Targets(); n > 2 {
		t.Errorf("%d targets are kept", n)
	}
}
