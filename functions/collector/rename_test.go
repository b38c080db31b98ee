package collector

import (
	"testing"
	"time"
)

func TestAGatewayUnderANewNameIsNotNew(t *testing.T) {
	for name, began := range map[string]time.Time{"its start is known": newWorld(t).began, "its start is not known": {}} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.began = began
			w.deploy(a)
			w.call(a, 5_000_000)
			w.pass(10*time.Minute, func() { w.call(a, 1) })
			c := w.collector()
			w.tick(c, resultPublished)
			// The scrape job is renamed: the values of the counters are not new calls.
			w.rename("gw-1.renamed")
			w.pass(time.Minute, nil)
			w.call(a, 2)
			w.deploy(b)
			w.call(b, 3) // a counter that the known gateway did not have
			w.pass(time.Minute, func() { w.call(a, 1) })
			bothWays(w, c, 12, 12, 0, 14)
			w.counts(b, 3)
		})
	}
}

func TestAGatewayUnderANewNameSoonAfterItsStartIsNotNew(t *testing.T) {
	w := newWorld(t)
	w.deploy(a)
	w.pass(10*time.Minute, nil)
	c := w.collector()
	w.tick(c, resultPublished)
	// An upgrade restarts the gateway, and a minute later the store with other
	// labels. In between the clock is corrected, and the start time with it.
	w.restart("gw-2")
	w.pass(time.Minute, func() { w.call(a, 1) })
	w.rename("gw-2.renamed")
	w.began = w.began.Add(time.Second)
	w.pass(time.Minute, nil)
	bothWays(w, c, 0, 12, 0)
}

func TestAGatewayThatGetsItsOldNameBackIsNotNew(t *testing.T) {
	for meanwhile, began := range map[int]time.Time{4: newWorld(t).began, 40: newWorld(t).began, 5: {}} {
		w := newWorld(t)
		w.began = began
		w.deploy(a, b)
		w.call(a, 5_000_000)
		w.pass(10*time.Minute, func() { w.call(a, 1) })
		c := w.collector()
		w.tick(c, resultPublished)
		w.rename("gw-1.renamed")
		w.pass(scrapeEvery, nil)
		w.pass(time.Duration(meanwhile)*time.Minute-scrapeEvery, func() { w.call(a, 1) })
		w.call(b, 1000)
		w.pass(time.Minute, nil)
		w.tick(c, resultPublished)
		// The change is taken back: the calls of the meantime are counted.
		w.rename("gw-1")
		w.pass(time.Minute, nil)
		w.pass(time.Minute, func() { w.call(a, 1) })
		bothWays(w, c, 12, 0, 0, 12)
		if f := w.last(b); total(f) != 1000 || f.Tail(2).Counts[0] != 0 {
			t.Errorf("got %v", f.Counts)
		}
		w.pass(8*time.Minute, nil) // until all of it lies in one query
		bothWays(w, c, 12, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0)
	}
}
