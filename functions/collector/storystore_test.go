package collector

import (
	"context"
	"math/rand/v2"
	"slices"
	"sort"
	"time"

	"prewarm/shared/openfaas"
	prom "prewarm/shared/prometheus"
	"prewarm/shared/prometheus/invocation"
)

// scrape stores what the scrapes of a process show, once or as the two stores of a pair.
func (s *story) scrape(rng *rand.Rand, p *process) {
	copies := []string{""}
	if s.pair {
		copies = []string{"a", "b"}
	}
	for i, replica := range copies {
		p.points[i] = []int64{s.shownSince(p, i)}
		first := storyBegin + p.phase + int64(i)*rng.Int64N(s.interval)
		for t := first; t < storyEnd+5*minute; t += s.interval {
			x := t + rng.Int64N(100)
			in := func(o [2]int64) bool { return o[0] < x && x <= o[1] }
			ran := p.began < x && x <= p.dies
			switch {
			case slices.ContainsFunc(s.outages, in):
			case ran && !in(p.unreachable):
				p.points[i], p.scraped[i] = append(p.points[i], x), append(p.scraped[i], x)
				s.show(rng, p, x, replica)
			case ran || p.dies < x && s.follower(p, x):
				s.store(rng, p.labels(x, replica), invocation.Up, x, 0)
			}
		}
		p.points[i] = append(p.points[i], p.dies)
	}
}

// shownSince returns since when a store can count the calls of p: since its begin. If that is
// not exported, all that is known is that the process before it was scraped.
func (s *story) shownSince(p *process, replica int) int64 {
	since := p.began
	for _, q := range s.running {
		if n := len(q.scraped[replica]); !s.starts && q != p && q.name == p.name && q.dies < p.began && n > 0 {
			since = q.scraped[replica][n-1]
		}
	}
	return since
}

// follower reports whether the target of p is still one at t, since the next process will
// have its name.
func (s *story) follower(p *process, t int64) bool {
	return slices.ContainsFunc(s.running, func(q *process) bool { return q != p && q.name == p.name && q.began > p.began && t < q.began })
}

func (p *process) labels(t int64, replica string) map[string]string {
	labels := map[string]string{"instance": p.name, "job": "gateway"}
	if p.renamedAt > 0 && t > p.renamedAt {
		labels["instance"] = p.renamed
	}
	if replica != "" {
		labels["prometheus_replica"] = replica
	}
	return labels
}

// show stores one successful scrape.
func (s *story) show(rng *rand.Rand, p *process, t int64, replica string) {
	target := p.labels(t, replica)
	fn := with(target, "function_name", a)
	s.store(rng, target, invocation.Up, t, 1)
	s.store(rng, fn, invocation.Deployed, t, 1)
	if s.starts {
		s.store(rng, target, invocation.Process, t, float64(p.began)/1000)
	}
	if n := p.base + until(p.calls, t); n > 0 && !s.ended {
		s.store(rng, fn, invocation.Started, t, float64(n))
	}
	if n := p.base + until(p.ends, t); n > 0 {
		ok := with(fn, "code", "200")
		s.store(rng, ok, invocation.Ended, t, float64(n))
		s.store(rng, ok, invocation.Seconds, t, float64(n)*0.7)
	}
}

// until returns how many of the times are no later than t.
func until(times []int64, t int64) int {
	return sort.Search(len(times), func(i int) bool { return times[i] > t })
}

func (s *story) store(rng *rand.Rand, labels map[string]string, metric string, t int64, v float64) {
	if metric == invocation.Up && !s.ups {
		return
	}
	id := metric + idOf(labels)
	h := s.known[id]
	if h == nil {
		h = &hidden{Series: prom.Series{Labels: with(labels, "__name__", metric)}}
		s.known[id], s.series[metric] = h, append(s.series[metric], h)
	}
	h.Samples = append(h.Samples, prom.Sample{T: t, V: v})
	// Nobody can miss the first sample of a series before it is visible, so that it is
	// never later than the others. Until the start of a process is visible, its calls are
	// divided among the steps since the last scrape of the one before.
	late := rng.Int64N(s.ragged + 1)
	if len(h.visible) == 0 || metric == invocation.Process {
		late = 0
	}
	h.visible = append(h.visible, t+s.lag+late)
}

// Each is the store.
func (s *story) Each(ctx context.Context, metric string, matchers []prom.Matcher, from, to time.Time, take func(prom.Series) error) error {
	matches := s.expr.match(matchers)
	for _, h := range s.series[metric] {
		if !matches(h.Labels) {
			continue
		}
		seen := prom.Series{Labels: h.Labels}
		cut := between(h.Samples, from.UnixMilli(), to.UnixMilli())
		first := sort.Search(len(h.Samples), func(i int) bool { return h.Samples[i].T > from.UnixMilli() })
		for i, x := range cut {
			if h.visible[first+i] <= s.now {
				seen.Samples = append(seen.Samples, x)
			}
		}
		if len(seen.Samples) == 0 {
			continue
		}
		if err := take(seen); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// List is the gateway.
func (s *story) List(context.Context) ([]openfaas.Function, error) {
	return []openfaas.Function{{Name: a}}, nil
}

func (s *story) wait(ctx context.Context, d time.Duration) error {
	s.now += max(1, d.Milliseconds())
	return ctx.Err()
}
