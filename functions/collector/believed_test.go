package collector

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"testing"
	"time"
)

func (s *story) collector(t *testing.T, slice time.Duration) *Collector {
	cfg := Config{Step: time.Minute, WindowSteps: storySteps, MaxWait: 30 * time.Second, Batch: 50, Timeout: time.Minute, Concurrency: 1, Keys: testKeys}
	clock := Clock{Now: func() time.Time { return time.UnixMilli(s.now + s.skew) }, Wait: s.wait}
	c := NewFrom(t.Context(), cfg, s, s, discard{}, clock, slog.New(slog.DiscardHandler))
	if slice > 0 {
		c.cache.reader.Least, c.cache.reader.Most = slice, slice
	}
	return c
}

// Whatever happens, a number is believed only if it was measured:
//
//   - The calls of any steps that are known or spread are the true ones, up to those between
//     the two scrapes around either end.
//   - Lower bounds are not above the truth, with the same tolerance.
//   - No step in which an existing gateway was not scraped is known.
//   - Of two scrapes that are further apart than a step, no step has more than its share.
//
// All of it holds for each window that is published, so that the last step is never known
// too low because samples were not visible yet; and for slices of any size.
func TestANumberIsBelievedOnlyIfItWasMeasured(t *testing.T) {
	t.Parallel()
	for seed := range uint64(200) {
		s := newStory(seed)
		b := s.bounds()
		rng := rand.New(rand.NewPCG(seed, 8))
		report := func(who string, c *Collector) bool {
			f := c.cache.measured(a)
			err := s.check(f, &b)
			if err != nil {
				t.Errorf("%v\n  %s at %s: %v\n  window from step %d: %v\n  spread %v, at least %v, %q\n  truth from step 0: %v", s, who, at(s.now), err, (f.Start*1000-storyBegin)/minute, f.Counts, f.Spread, f.AtLeast, f.Note, s.truth())
			}
			return err == nil
		}
		c := s.collector(t, 0)
		for k := int64(5); k < storySteps; k++ {
			if s.now = max(s.now, storyBegin+k*minute+rng.Int64N(10_000)); rng.IntN(3) == 0 {
				continue
			}
			if o := c.Tick(t.Context()); o.code != 200 {
				t.Fatalf("%v\n  got %+v", s, o)
			}
			if !report("the window", c) {
				break
			}
		}
		for _, slice := range []time.Duration{0, 7 * time.Minute, time.Minute, 97 * time.Second} {
			// A slice that has the scrape of one store of a pair alone cannot tell a new name
			// of the gateway from the other store.
			if s.pair && slice > 0 && slice < 3*time.Duration(s.interval)*time.Millisecond {
				continue
			}
			again := s.collector(t, slice)
			again.Tick(t.Context())
			if !report(fmt.Sprintf("a new collector that reads slices of %v", slice), again) {
				break
			}
		}
	}
}
