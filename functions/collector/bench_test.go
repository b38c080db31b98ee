package collector

import (
	"context"
	"fmt"
	"testing"
	"time"

	"prewarm/shared/event"
	prom "prewarm/shared/prometheus"
	"prewarm/shared/prometheus/invocation"
)

// archive is a store of functions that are called before each scrape, with two
// codes. It prepares its samples before the measurement, and returns copies, as a
// client that decodes an answer does.
type archive struct {
	begin   time.Time
	samples []prom.Sample
	labels  map[string][]map[string]string
}

func newArchive(functions []string, begin time.Time, hours int) *archive {
	a := &archive{begin: begin, labels: map[string][]map[string]string{}}
	for i := range hours * int(time.Hour/scrapeEvery) {
		a.samples = append(a.samples, prom.Sample{T: begin.Add(time.Duration(i+1) * scrapeEvery).UnixMilli(), V: float64(i)})
	}
	for _, metric := range []string{invocation.Deployed, invocation.Started, invocation.Ended, invocation.Seconds} {
		codes := []string{""}
		if metric == invocation.Ended || metric == invocation.Seconds {
			codes = []string{"200", "500"}
		}
		for _, fn := range functions {
			for _, code := range codes {
				a.labels[metric] = append(a.labels[metric], map[string]string{
					"__name__": metric, "function_name": fn, "code": code, "instance": "gateway.openfaas:8082", "job": "gateway",
				})
			}
		}
	}
	return a
}

func (a *archive) Each(_ context.Context, metric string, _ []prom.Matcher, from, to time.Time, take func(prom.Series) error) error {
	lo, hi := int(from.Sub(a.begin)/scrapeEvery), int(to.Sub(a.begin)/scrapeEvery)
	for _, labels := range a.labels[metric] {
		if err := take(prom.Series{Labels: labels, Samples: append([]prom.Sample(nil), a.samples[lo:hi]...)}); err != nil {
			return err
		}
	}
	return nil
}

type discard struct{}

func (discard) Publish(context.Context, event.Envelope, []byte) error { return nil }

// BenchmarkTick measures a tick of 1,000 functions that are scraped every 5 s. It
// leaves out the decoding of the answers, which BenchmarkEach of shared/prometheus measures.
func BenchmarkTick(b *testing.B) {
	w := newWorld(b)
	w.deploy(names(1000)...)
	store := newArchive(names(1000), w.now.Add(-4*time.Hour), 8)
	for _, refill := range []bool{false, true} {
		b.Run(fmt.Sprintf("refill=%v", refill), func(b *testing.B) {
			b.ReportAllocs()
			b.StopTimer()
			c := tickAt(b, w, store, nil)
			for range b.N {
				if refill {
					c.cache, c.pending = newCache(c.cfg.Step, c.cfg.WindowSteps, store), pending{}
				} else {
					w.now = w.now.Add(time.Minute)
					if w.now.After(store.begin.Add(7 * time.Hour)) {
						w.now = store.begin.Add(4 * time.Hour)
						c = tickAt(b, w, store, nil)
						w.now = w.now.Add(time.Minute)
					}
				}
				b.StartTimer()
				tickAt(b, w, store, c)
				b.StopTimer()
			}
		})
	}
}

// tickAt runs a tick of c, or of a new collector.
func tickAt(b *testing.B, w *world, s invocation.Store, c *Collector) *Collector {
	if c == nil {
		c = w.collector()
		c.cache.reader.Store, c.bus = s, discard{}
	}
	if o := c.Tick(context.Background()); o.Result != resultPublished || o.Functions != 1000 {
		b.Fatalf("got %+v", o)
	}
	return c
}
