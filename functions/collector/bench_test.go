package collector

import (
	"context"
	"fmt"
	"runtime"
	heapmetrics "runtime/metrics"
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
	begin    time.Time
	interval time.Duration
	samples  []prom.Sample
	labels   map[string][]map[string]string
}

func newArchive(functions, codes []string, begin time.Time, hours int, interval time.Duration) *archive {
	a := &archive{begin: begin, interval: interval, labels: map[string][]map[string]string{}}
	for i := range hours * int(time.Hour/interval) {
		a.samples = append(a.samples, prom.Sample{T: begin.Add(time.Duration(i+1) * interval).UnixMilli(), V: float64(i)})
	}
	for _, metric := range []string{invocation.Deployed, invocation.Started, invocation.Ended, invocation.Seconds} {
		own := []string{""}
		if metric == invocation.Ended || metric == invocation.Seconds {
			own = codes
		}
		for _, fn := range functions {
			for _, code := range own {
				a.labels[metric] = append(a.labels[metric], map[string]string{
					"__name__": metric, "function_name": fn, "code": code, "instance": "gateway.openfaas:8082", "job": "gateway",
				})
			}
		}
	}
	return a
}

func (a *archive) Each(_ context.Context, metric string, _ []prom.Matcher, from, to time.Time, take func(prom.Series) error) error {
	lo, hi := int(from.Sub(a.begin)/a.interval), min(int(to.Sub(a.begin)/a.interval), len(a.samples))
	for _, labels := range a.labels[metric] {
		if err := take(prom.Series{Labels: labels, Samples: append([]prom.Sample(nil), a.samples[lo:hi]...)}); err != nil {
			return err
		}
	}
	return nil
}

type discard struct{}

func (discard) Publish(context.Context, event.Envelope, []byte) error { return nil }

func (discard) Modes(context.Context) (map[string]event.Mode, error) { return nil, nil }

// BenchmarkTick measures a tick of 1,000 functions that are scraped every 5 s. It
// leaves out the decoding of the answers, which BenchmarkEach of shared/prometheus measures.
func BenchmarkTick(b *testing.B) {
	w := newWorld(b)
	w.deploy(names(1000)...)
	store := newArchive(names(1000), []string{"200", "500"}, w.now.Add(-4*time.Hour), 8, scrapeEvery)
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

// BenchmarkMemory measures the memory of a collector of 10,000 functions with four status
// codes, scraped every 15 s: the most heap while it fills windows of a day, and while it
// goes on. stack.yml bounds the memory of the function.
func BenchmarkMemory(b *testing.B) {
	w := newWorld(b)
	w.deploy(names(10_000)...)
	store := newArchive(names(10_000), []string{"200", "404", "500", "503"}, w.now.Add(-25*time.Hour), 27, 15*time.Second)
	runtime.GC()
	base := heap()
	for range b.N {
		cfg := w.config()
		cfg.WindowSteps, cfg.Timeout, cfg.Batch = 1440, 10*time.Minute, 20
		c := w.collectorOf(cfg)
		c.cache.reader.Store, c.bus = store, discard{}
		for _, phase := range []string{"fill", "tick"} {
			w.now = w.now.Add(time.Minute)
			stop := watchHeap()
			if o := c.Tick(context.Background()); o.Result != resultPublished {
				b.Fatalf("got %+v", o)
			}
			b.ReportMetric(float64(stop()-base)/(1<<20), phase+"-MiB")
		}
	}
}

// heap returns the bytes of live and dead objects that the heap holds.
func heap() uint64 {
	sample := []heapmetrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	heapmetrics.Read(sample)
	return sample[0].Value.Uint64()
}

// watchHeap returns a function that returns the largest heap since.
func watchHeap() (stop func() uint64) {
	done, most := make(chan struct{}), make(chan uint64)
	go func() {
		largest := uint64(0)
		for {
			select {
			case <-done:
				most <- largest
				return
			case <-time.After(20 * time.Millisecond):
				largest = max(largest, heap())
			}
		}
	}()
	return func() uint64 {
		close(done)
		return <-most
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
