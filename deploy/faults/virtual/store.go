package virtual

import (
	"context"
	"regexp"
	"slices"
	"sort"
	"time"

	"prewarm/deploy/faults/schedule"
	prom "prewarm/shared/prometheus"
	"prewarm/shared/prometheus/invocation"
)

// keep is how long the store keeps samples: longer than a window.
const keep = (windowSteps + 60) * step

// store is a model of a Prometheus-compatible store.
type store struct {
	series map[string][]*prom.Series // by metric
	known  map[string]*prom.Series   // by metric, function and code
	expr   map[string]*regexp.Regexp
}

func newStore() *store {
	return &store{series: map[string][]*prom.Series{}, known: map[string]*prom.Series{}, expr: map[string]*regexp.Regexp{}}
}

// scrape stores what the gateway shows, unless one of the two is down.
func (w *World) scrape() {
	at := w.now.UnixMilli()
	switch {
	case w.down(schedule.Store):
		return
	case w.down(schedule.Gateway):
		w.store.add(invocation.Up, "", "", at, 0)
		return
	}
	w.store.add(invocation.Up, "", "", at, 1)
	w.store.add(invocation.Process, "", "", at, float64(w.gateway.began.Unix()))
	for _, f := range w.gateway.functions {
		w.store.add(invocation.Deployed, f.name, "", at, float64(len(f.born)))
		if f.started > 0 {
			w.store.add(invocation.Started, f.name, "", at, f.started)
		}
		if f.ended > 0 {
			w.store.add(invocation.Ended, f.name, "200", at, f.ended)
			w.store.add(invocation.Seconds, f.name, "200", at, f.seconds)
		}
	}
}

// add appends a sample and drops those that are too old.
func (s *store) add(metric, function, code string, at int64, v float64) {
	id := metric + " " + function + " " + code
	series := s.known[id]
	if series == nil {
		labels := map[string]string{"__name__": metric, "instance": "gateway:8080", "job": "gateway"}
		if function != "" {
			labels["function_name"] = function
		}
		if code != "" {
			labels["code"] = code
		}
		series = &prom.Series{Labels: labels}
		s.known[id], s.series[metric] = series, append(s.series[metric], series)
	}
	series.Samples = append(series.Samples, prom.Sample{T: at, V: v})
	if old := after(series.Samples, at-keep.Milliseconds()); old > 1000 {
		series.Samples = slices.Clone(series.Samples[old:])
	}
}

// after returns the index of the first sample after t.
func after(all []prom.Sample, t int64) int {
	return sort.Search(len(all), func(i int) bool { return all[i].T > t })
}

// each passes the samples in (from, to] of the matching series to take.
func (s *store) each(metric string, matchers []prom.Matcher, from, to int64, take func(prom.Series) error) error {
	for _, one := range s.series[metric] {
		first, last := after(one.Samples, from), after(one.Samples, to)
		if first >= last || !s.match(one.Labels, matchers) {
			continue
		}
		if err := take(prom.Series{Labels: one.Labels, Samples: slices.Clone(one.Samples[first:last])}); err != nil {
			return err
		}
	}
	return nil
}

// match supports =~, the only operator that the collector uses.
func (s *store) match(labels map[string]string, matchers []prom.Matcher) bool {
	for _, m := range matchers {
		if m.Op != "=~" {
			panic("virtual: the store has no operator " + m.Op)
		}
		if s.expr[m.Value] == nil {
			s.expr[m.Value] = regexp.MustCompile("^(?:" + m.Value + ")$")
		}
		if !s.expr[m.Value].MatchString(labels[m.Label]) {
			return false
		}
	}
	return true
}

// Each is the store as the collector reads it. A slow store shows samples late.
func (c client) Each(_ context.Context, metric string, matchers []prom.Matcher, from, to time.Time, take func(prom.Series) error) error {
	if err, _ := c.answer(schedule.Store); err != nil {
		return err
	}
	visible := c.w.now.Add(-c.w.delay(c.part, schedule.Store)).UnixMilli()
	return c.w.store.each(metric, matchers, from.UnixMilli(), min(to.UnixMilli(), visible), take)
}
