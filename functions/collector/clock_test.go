package collector

import (
	"testing"
	"time"
)

func TestAStepOfAClockThatRanAheadIsForgottenOnceTheClockIsSetBack(t *testing.T) {
	w := newWorld(t)
	w.deploy(a)
	w.pass(10*time.Minute, func() { w.call(a, 1) })
	c := w.collector()
	w.tick(c, resultPublished)
	for _, ahead := range []time.Duration{2 * time.Minute, time.Hour, 24 * time.Hour} {
		w.now = w.now.Add(ahead)
		w.tick(c, resultPublished)
		w.now = w.now.Add(-ahead)
		for range 3 {
			w.pass(time.Minute, func() { w.call(a, 1) })
			w.tick(c, resultPublished)
			w.counts(a, 12, 12, 12, 12)
			if f := w.last(a); f.End() != w.now.Unix() || f.InFlight != 0 {
				t.Errorf("%v ahead: got %+v", ahead, f)
			}
		}
	}
}

// The clock of the store was an hour ahead as well, and the samples of that time stay there.
// The tick waits no longer than usual for the scrape that completes a step.
func TestScrapesOfAClockThatRanAheadDelayNoTick(t *testing.T) {
	w := newWorld(t)
	w.deploy(a)
	w.pass(10*time.Minute, func() { w.call(a, 1) })
	c := w.collector()
	w.tick(c, resultPublished)
	w.now = w.now.Add(time.Hour)
	w.pass(time.Minute, nil)
	w.tick(c, resultPublished)
	w.now = w.now.Add(-time.Hour)
	for range 4 {
		w.pass(time.Minute, nil)
		begin := w.now
		if c.Tick(t.Context()); w.now.Sub(begin) > 2*scrapeEvery {
			t.Errorf("the tick waited for %v", w.now.Sub(begin))
		}
		w.now = begin
	}
}

// The clock was an hour behind for three steps, and is right again: what it has left out is
// read.
func TestAClockThatWasBehindLosesNothing(t *testing.T) {
	w := newWorld(t)
	w.deploy(a)
	w.pass(70*time.Minute, func() { w.call(a, 1) })
	c := w.collector()
	for range 3 {
		w.pass(time.Minute, func() { w.call(a, 1) })
		now := w.now
		w.now = w.now.Add(-time.Hour)
		if o := c.Tick(t.Context()); o.Result != resultPublished || o.Step != w.now.Unix()/60*60 {
			t.Errorf("got %+v", o)
		}
		w.now = now
	}
	w.pass(time.Minute, func() { w.call(a, 1) })
	w.tick(c, resultPublished)
	w.counts(a, 12, 12, 12, 12, 12)
}
