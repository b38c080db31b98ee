package collector

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"

	"prewarm/shared/event"
	prom "prewarm/shared/prometheus"
	"prewarm/shared/prometheus/invocation"
	"prewarm/shared/testbed"
)

// calm is a store of functions of which 1 % are called once in each minute, in turn, scraped
// every 15 s. A call takes half a second.
type calm struct {
	labels map[string][]map[string]string
	bytes  int // of samples that were read
}

func newCalm(functions []string) *calm {
	s := &calm{labels: map[string][]map[string]string{}}
	for _, metric := range []string{invocation.Deployed, invocation.Started, invocation.Ended, invocation.Seconds} {
		for _, fn := range functions {
			s.labels[metric] = append(s.labels[metric], map[string]string{
				"__name__": metric, "function_name": fn, "code": "200", "instance": "gateway.openfaas:8082", "job": "gateway",
			})
		}
	}
	return s
}

func (s *calm) Each(_ context.Context, metric string, _ []prom.Matcher, from, to time.Time, take func(prom.Series) error) error {
	const every = int64(15_000)
	for i, labels := range s.labels[metric] {
		var samples []prom.Sample
		for t := (from.UnixMilli()/every + 1) * every; t <= to.UnixMilli(); t += every {
			calls := float64((t/60_000 + int64(i)) / 100)
			switch metric {
			case invocation.Deployed:
				calls = 1
			case invocation.Seconds:
				calls /= 2
			}
			samples = append(samples, prom.Sample{T: t, V: calls})
		}
		s.bytes += 16 * len(samples)
		if err := take(prom.Series{Labels: labels, Samples: samples}); err != nil {
			return err
		}
	}
	return nil
}

// count is a bus that counts what it is sent.
type count struct{ messages, bytes int }

func (c *count) Publish(_ context.Context, _ event.Envelope, body []byte) error {
	c.messages, c.bytes = c.messages+1, c.bytes+len(body)
	return nil
}

func (*count) Modes(context.Context) (map[string]event.Mode, error) { return nil, nil }

// BenchmarkSteady measures the ticks of a collector with windows of a day of minutes, of which
// 1 % of the steps are active. It reports per function, so that costs that grow with the number
// of functions show, and the processor time, so that other programs do not.
func BenchmarkSteady(b *testing.B) {
	for _, functions := range []int{100, 1000, 10_000} {
		b.Run(fmt.Sprint(functions), func(b *testing.B) {
			w, store, bus := newWorld(b), newCalm(names(functions)), &count{}
			w.deploy(names(functions)...)
			cfg := w.config()
			cfg.WindowSteps, cfg.Timeout, cfg.Batch = 1440, 10*time.Minute, defaultBatch
			c := w.collectorOf(cfg)
			c.cache.reader.Store, c.bus = store, bus
			base := live()
			c.cache.fill(w.now, names(functions))
			tick := func() {
				w.now = w.now.Add(time.Minute)
				if o := c.Tick(context.Background()); o.Result != resultPublished || o.Functions != functions {
					b.Fatalf("got %+v", o)
				}
			}
			tick()
			memory := live() - base
			*bus, store.bytes = count{}, 0
			b.ResetTimer()
			began := testbed.CPU()
			for range b.N {
				tick()
			}
			per := func(v float64, unit string) { b.ReportMetric(v/float64(functions), unit+"/function") }
			per(float64((testbed.CPU()-began).Microseconds())/float64(b.N), "cpu-µs")
			per(float64(memory), "live-B")
			per(float64(bus.bytes)/float64(b.N), "sent-B")
			per(float64(store.bytes)/float64(b.N), "samples-B")
			b.ReportMetric(float64(bus.messages)/float64(b.N), "messages")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// BenchmarkFirst measures the first tick of a collector, which reads three hours of minutes from
// the store. It reports per function and step of the window.
func BenchmarkFirst(b *testing.B) {
	for _, functions := range []int{100, 1000, 10_000} {
		b.Run(fmt.Sprint(functions), func(b *testing.B) {
			w := newWorld(b)
			w.deploy(names(functions)...)
			cfg := w.config()
			cfg.Timeout, cfg.Batch = 10*time.Minute, defaultBatch
			b.ResetTimer()
			began := testbed.CPU()
			for range b.N {
				c := w.collectorOf(cfg)
				c.cache.reader.Store, c.bus = newCalm(names(functions)), &count{}
				if o := c.Tick(context.Background()); o.Result != resultPublished || o.Functions != functions {
					b.Fatalf("got %+v", o)
				}
			}
			spent := float64((testbed.CPU() - began).Microseconds()) / float64(b.N)
			b.ReportMetric(spent/float64(functions*cfg.WindowSteps), "cpu-µs/function-step")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// fill makes windows that end at now, as if all steps had been read.
func (c *cache) fill(now time.Time, functions []string) {
	c.end = lastStep(now, time.Duration(c.step)*time.Millisecond).UnixMilli()
	c.base = c.end - lateSteps*c.step
	for i := range c.quality {
		c.quality[i] = invocation.Known
	}
	for f, name := range functions {
		w := c.window(name)
		copy(w.quality, c.quality)
		w.busy = make([]float32, c.steps)
		for i := f % 100; i < c.steps; i += 100 {
			w.counts[i], w.busy[i] = 1, 0.5
		}
	}
}

// live returns the bytes of live objects.
func live() uint64 {
	runtime.GC()
	return heap()
}
