package invocation_test

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"time"

	prom "prewarm/shared/prometheus"
	"prewarm/shared/prometheus/invocation"
)

// scrape is one scrape of a gateway with one function. Times are seconds since the
// epoch.
type scrape struct {
	target    string
	began, at int64
	calls     float64
}

// store is a fake store, which records the metrics of its queries.
type store struct {
	series []prom.Series
	asked  []string
	err    error
}

func storeOf(scrapes []scrape) *store {
	st := &store{}
	for _, s := range scrapes {
		t := epoch + s.at*second
		fn := map[string]string{"function_name": "f", "instance": s.target}
		st.add(invocation.Deployed, t, 1, fn)
		if s.began != unknown {
			st.add(invocation.Process, t, epoch/second+float64(s.began), map[string]string{"instance": s.target})
		}
		if s.calls != none {
			st.add(invocation.Started, t, s.calls, fn)
		}
	}
	return st
}

func (st *store) add(metric string, t int64, v float64, labels map[string]string) {
	full := map[string]string{"__name__": metric, "job": "gateway"}
	for name, value := range labels {
		full[name] = value
	}
	same := func(s prom.Series) bool { return fmt.Sprint(s.Labels) == fmt.Sprint(full) }
	i := slices.IndexFunc(st.series, same)
	if i < 0 {
		i = len(st.series)
		st.series = append(st.series, prom.Series{Labels: full})
	}
	st.series[i].Samples = append(st.series[i].Samples, prom.Sample{T: t, V: v})
}

func (st *store) Each(_ context.Context, metric string, matchers []prom.Matcher, from, to time.Time, take func(prom.Series) error) error {
	st.asked = append(st.asked, metric)
	for _, s := range st.series {
		if s.Labels["__name__"] != metric || slices.ContainsFunc(matchers, func(m prom.Matcher) bool {
			return !regexp.MustCompile("^(?:" + m.Value + ")$").MatchString(s.Labels[m.Label])
		}) {
			continue
		}
		cut := prom.Series{Labels: s.Labels}
		for _, x := range s.Samples {
			if x.T > from.UnixMilli() && x.T <= to.UnixMilli() {
				cut.Samples = append(cut.Samples, x)
			}
		}
		if len(cut.Samples) > 0 {
			if err := take(cut); err != nil {
				return err
			}
		}
	}
	return st.err
}
