package collector

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// TestWhateverHappensTheTotalIsTheCallsMade runs two hours in which ticks are
// missed, samples are late, the store does not answer or does not scrape, the bus
// fails, and the gateway restarts or is renamed.
func TestWhateverHappensTheTotalIsTheCallsMade(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 3))
		w := newWorld(t)
		w.deploy(a, b)
		w.pass(time.Minute, nil)
		c := w.collector()
		made := 0
		for range 120 {
			made += w.minute(rng)
			if rng.IntN(5) > 0 {
				w.run(c)
			}
		}
		w.late, w.storeDown, w.notScraped, w.busFailures = 0, false, false, 0
		w.pass(time.Minute, nil)
		w.tick(c, resultPublished)
		running := w.last(a)
		if got := total(running); got != made {
			t.Errorf("seed %d: got %d calls, made were %d", seed, got, made)
		}
		if got := total(w.last(b)); got != 0 {
			t.Errorf("seed %d: %d calls of what was not called", seed, got)
		}
		w.tick(w.collector(), resultPublished)
		if again := w.last(a); !slices.Equal(again.Counts, running.Counts) || again.Start != running.Start {
			t.Errorf("seed %d: after a restart %v, before %v", seed, again.Counts, running.Counts)
		}
	}
}

// minute lets one minute pass and returns the calls made in it.
func (w *world) minute(rng *rand.Rand) (made int) {
	w.late = time.Duration(rng.IntN(15)) * time.Second
	w.storeDown, w.notScraped, w.busFailures = rng.IntN(6) == 0, rng.IntN(10) == 0, rng.IntN(2)*rng.IntN(2)
	if !w.notScraped && rng.IntN(10) == 0 {
		// All calls so far are scraped first: a restart loses the calls since the
		// last scrape, and no collector can know them.
		w.pass(scrapeEvery, nil)
		w.restart([]string{"gw-1", "gw-2"}[rng.IntN(2)])
		w.pass(time.Minute-scrapeEvery, nil)
		return 0
	}
	rest := time.Minute
	if !w.notScraped && rng.IntN(10) == 0 {
		// No calls between the last scrape under the old name and the first under
		// the new one: no collector can know them.
		w.pass(scrapeEvery, nil)
		w.rename(w.now.String())
		w.pass(scrapeEvery, nil)
		rest -= 2 * scrapeEvery
	}
	w.pass(rest, func() {
		if n := rng.IntN(4); n > 1 {
			w.call(a, n)
			made += n
		}
	})
	return made
}
