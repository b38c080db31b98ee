package collector

import (
	"context"
	"maps"
	"regexp"
	"slices"
	"sort"
	"strings"
	"time"

	prom "prewarm/shared/prometheus"
)

// with returns labels and more pairs of name and value.
func with(labels map[string]string, pairs ...string) map[string]string {
	labels = maps.Clone(labels)
	for i := 0; i < len(pairs); i += 2 {
		labels[pairs[i]] = pairs[i+1]
	}
	return labels
}

// idOf returns the labels as text, sorted.
func idOf(labels map[string]string) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		b.WriteString(name + "=" + labels[name] + ";")
	}
	return b.String()
}

func (w *world) store(at int64, s prom.Series, v float64) {
	if s.Labels["__name__"] == w.dropped {
		return
	}
	id := idOf(s.Labels)
	if w.stored[id] == nil {
		w.stored[id] = &prom.Series{Labels: s.Labels}
	}
	// In the order of time, also after the clock of the store was set back.
	samples := w.stored[id].Samples
	i := sort.Search(len(samples), func(i int) bool { return samples[i].T > at })
	w.stored[id].Samples = slices.Insert(samples, i, prom.Sample{T: at, V: v})
}

// Each is the store. Samples younger than late are not visible yet.
func (w *world) Each(ctx context.Context, metric string, matchers []prom.Matcher, from, to time.Time, take func(prom.Series) error) error {
	if w.storeDown {
		return errFake
	}
	lo, hi, visible := from.UnixMilli(), to.UnixMilli(), w.now.Add(-w.late).UnixMilli()
	samples, matches := 0, w.expr.match(matchers)
	for _, id := range slices.Sorted(maps.Keys(w.stored)) {
		s := w.stored[id]
		if s.Labels["__name__"] != metric || !matches(s.Labels) {
			continue
		}
		// A copy, as of a client that decodes an answer.
		cut := prom.Series{Labels: s.Labels, Samples: slices.Clone(between(s.Samples, lo, min(hi, visible)))}
		if len(cut.Samples) == 0 {
			continue
		}
		samples += len(cut.Samples)
		if err := take(cut); err != nil {
			return err
		}
	}
	w.largest = max(w.largest, samples)
	return ctx.Err()
}

// between returns the samples in (lo, hi]. They rise in time.
func between(all []prom.Sample, lo, hi int64) []prom.Sample {
	after := func(t int64) int { return sort.Search(len(all), func(i int) bool { return all[i].T > t }) }
	first := after(lo)
	return all[first:max(first, after(hi))]
}

// matching holds the compiled expressions of matchers: the tests ask for few of them often.
type matching map[string]*regexp.Regexp

// match returns whether labels match all matchers. It supports =~, the only operator that
// the collector uses.
func (c matching) match(matchers []prom.Matcher) func(labels map[string]string) bool {
	for _, m := range matchers {
		if m.Op != "=~" {
			panic("the store has no operator " + m.Op)
		}
		if c[m.Value] == nil {
			c[m.Value] = regexp.MustCompile("^(?:" + m.Value + ")$")
		}
	}
	return func(labels map[string]string) bool {
		return !slices.ContainsFunc(matchers, func(m prom.Matcher) bool { return !c[m.Value].MatchString(labels[m.Label]) })
	}
}
