package collector

import (
	"bytes"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"prewarm/shared/prometheus/invocation"
	"prewarm/shared/series"
)

// A store stops scraping for a while, under a steady load of 12 calls a minute. No step ever
// has more calls than one step can have seen, whatever the length of the gap, and whether
// the collector was there or starts afterwards.
func TestAGapIsNeverPutIntoTheFirstStepAfterIt(t *testing.T) {
	for _, gap := range []time.Duration{30 * time.Second, 3 * time.Minute, 30 * time.Minute, 2 * time.Hour} {
		w := newWorld(t)
		w.deploy(a)
		w.pass(20*time.Minute, func() { w.call(a, 1) })
		c := w.collector()
		w.tick(c, resultPublished)
		w.notScraped = true
		w.pass(gap, func() { w.call(a, 1) })
		w.notScraped = false
		w.pass(3*time.Minute-gap%time.Minute, func() { w.call(a, 1) })
		for _, c := range []*Collector{c, w.collector()} {
			w.tick(c, resultPublished)
			f := w.last(a)
			if most := slices.Max(f.Counts); most > 13 {
				t.Errorf("after a gap of %v a step has %d calls: %v", gap, most, f.Counts)
			}
			if last := f.Tail(2).Counts; !slices.Equal(last, []int32{12, 12}) {
				t.Errorf("after a gap of %v: got %v", gap, last)
			}
		}
	}
}

// Scrapes are two minutes apart. Each step has its share of the calls between two scrapes,
// marked as such, and the windows end where the scrapes reach to.
func TestScrapesThatAreFurtherApartThanAStep(t *testing.T) {
	w := newWorld(t)
	w.deploy(a)
	scrape := 0
	twoMinutes := func() {
		w.call(a, 1)
		scrape++
		w.notScraped = scrape%24 != 7
	}
	c := w.collector()
	for minute := range 40 {
		w.pass(time.Minute, twoMinutes)
		w.run(c)
		if minute < 30 {
			continue
		}
		f := w.last(a).Tail(20)
		if known := slices.DeleteFunc(slices.Clone(f.Counts), func(n int32) bool { return n == series.NoData }); slices.Max(known) > 13 || slices.Min(known[:15]) < 11 {
			t.Errorf("minute %d: got %v", minute, f.Counts)
		}
		if !series.Within(f.Spread, 5) || f.Provisional() {
			t.Errorf("minute %d: got spread %v, lower bounds %v of %v", minute, f.Spread, f.AtLeast, f.Counts)
		}
	}
}

// Seven calls were begun and never ended in the counters, since their streams were cut off.
// They are released after a time that follows from the durations of the function.
func TestCallsThatNeverEndAreNoLongerInFlight(t *testing.T) {
	w := newWorld(t)
	w.deploy(a)
	w.pass(30*time.Minute, func() { w.call(a, 1) })
	c := w.collector()
	w.tick(c, resultPublished)
	w.start(a, 7)
	w.pass(10*time.Minute, nil)
	w.tick(c, resultPublished)
	if f := w.last(a); f.InFlight != 7 || f.Note != "" {
		t.Errorf("they may still run: got %d in flight, %q", f.InFlight, f.Note)
	}
	w.pass(10*time.Minute, nil)
	w.tick(c, resultPublished)
	if f := w.last(a); f.InFlight != 0 || f.Peak != 0 || !strings.Contains(f.Note, "7 calls in flight began more than 15m0s ago") {
		t.Errorf("got %d in flight, %q", f.InFlight, f.Note)
	}
	// New calls are in flight beside them.
	w.start(a, 2)
	w.pass(time.Minute, nil)
	w.tick(c, resultPublished)
	if f := w.last(a); f.InFlight != 2 {
		t.Errorf("got %d in flight, %q", f.InFlight, f.Note)
	}
}

// One call at a time of 299 s, every five minutes: one runs in every step, also in those in
// which none begins.
func TestALongCallRunsInEveryStep(t *testing.T) {
	w := newWorld(t)
	w.deploy(a)
	ticks := 0
	w.pass(time.Hour, func() {
		if ticks%60 == 0 {
			w.start(a, 1)
		}
		if ticks++; ticks%60 == 0 {
			w.finish(a, "200", 1, 299)
		}
	})
	w.tick(w.collector(), resultPublished)
	f := w.last(a).Tail(20)
	if n := total(w.last(a)); len(f.Running) != 20 || n < 11 || n > 12 {
		t.Fatalf("got %v, running %v", f.Counts, f.Running)
	}
	for i, r := range f.Running {
		if r < 0.9 || r > 1.1 {
			t.Errorf("step %d: %v calls run", i, r)
		}
	}
}

// Short calls are counted better than they are seen by scrapes.
func TestCallsShorterThanTheIntervalOfScrapesAreNotMeasuredByThem(t *testing.T) {
	w := newWorld(t)
	w.deploy(a)
	w.pass(20*time.Minute, func() {
		w.start(a, 2) // one of them still runs at the scrape
		w.finish(a, "200", 2, 1)
		w.start(a, 1)
		w.finish(a, "200", 1, 1)
	})
	w.start(a, 3)
	w.pass(time.Minute, nil)
	w.tick(w.collector(), resultPublished)
	if f := w.last(a); f.Running != nil || f.InFlight != 3 || f.Peak != 3 {
		t.Errorf("got running %v, %d in flight, peak %d", f.Running, f.InFlight, f.Peak)
	}
}

// A central store has two clusters. The collector says so once, and names the setting.
func TestSeveralClustersAreLogged(t *testing.T) {
	w := newWorld(t)
	w.deploy(a)
	var log bytes.Buffer
	c := w.collector()
	c.log = slog.New(slog.NewTextHandler(&log, nil))
	for range 2 {
		w.pass(5*time.Minute, func() { w.call(a, 1) })
		for _, s := range w.stored {
			s.Labels["cluster"] = "eu"
		}
		w.tick(c, resultPublished)
	}
	if log.Len() > 0 && strings.Contains(log.String(), "clusters") {
		t.Errorf("there is one cluster: %s", log.String())
	}
	us := w.beside("gw-us", w.began)
	us.stored = w.stored
	us.now = us.now.Add(-5 * time.Minute)
	us.pass(5*time.Minute, nil)
	for _, s := range w.stored {
		if s.Labels["instance"] == "gw-us" {
			s.Labels["cluster"] = "us"
		}
	}
	for range 2 {
		w.pass(time.Minute, nil)
		w.tick(c, resultPublished)
	}
	if n := strings.Count(log.String(), "select one with prometheus_matchers"); n != 1 || !strings.Contains(log.String(), `us`) {
		t.Errorf("logged %d times: %s", n, log.String())
	}
}

// A metric that the store has lost does not scale a function down: the window says what is
// missing, and the calls in flight are unknown.
func TestAMissingMetricIsNamed(t *testing.T) {
	w := newWorld(t)
	w.deploy(a)
	w.dropped = invocation.Started
	w.pass(10*time.Minute, func() { w.call(a, 50) })
	w.tick(w.collector(), resultPublished)
	if f := w.last(a); f.Tail(2).Counts[0] != 600 || f.InFlight != -1 || !strings.HasPrefix(f.Note, invocation.Started+" is missing") {
		t.Errorf("got %v, %d in flight, %q", f.Counts, f.InFlight, f.Note)
	}
}
