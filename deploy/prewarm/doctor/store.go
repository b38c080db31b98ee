package doctor

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"prewarm/shared/config"
	prom "prewarm/shared/prometheus"
	"prewarm/shared/prometheus/invocation"
)

func nothing(*http.Request) {}

// lookback is how far back the store is asked for samples that have ended.
const lookback = time.Hour

// checkStore checks that the store answers, has the metrics of the gateway, and shows them in
// time.
func (d *doctor) checkStore(ctx context.Context) {
	if d.cfg.Store == nil {
		d.skip("store", "no address is given", "set --store; on Kubernetes: kubectl -n openfaas port-forward svc/prometheus 9090")
		return
	}
	s := prom.New(*d.cfg.Store, nil)
	if err := d.askStore(ctx, "/api/v1/query?query=1", nil); err != nil {
		d.find("store", fmt.Sprintf("%s does not answer: %v", d.cfg.Store.URL, err), "set --store to a Prometheus API, with the path before /api/v1; prometheus_url of collector and scaler needs the same store")
		return
	}
	d.ok("store", d.cfg.Store.URL+" answers")
	now := d.now("store")
	if last := d.checkMetrics(ctx, s, now); last > 0 {
		d.checkLag(ctx, s, now, last)
	}
}

// askStore asks the store beside queries.
func (d *doctor) askStore(ctx context.Context, path string, into any) error {
	c := d.cfg.Store
	client := config.HTTPClient("prometheus", c.URL, c.TLS)
	return d.ask(ctx, "store", client, c.URL+path, func(req *http.Request) {
		for name, values := range c.Headers {
			req.Header[name] = values
		}
		switch {
		case c.Token != "":
			req.Header.Set("Authorization", "Bearer "+c.Token)
		case c.User != "":
			req.SetBasicAuth(c.User, c.Password)
		}
	}, into)
}

// checkMetrics checks that the metrics of the gateway are in the store. It returns the time of
// the newest sample of any, in Unix seconds, 0 for none.
func (d *doctor) checkMetrics(ctx context.Context, s *prom.Client, now time.Time) (last float64) {
	const do = "let Prometheus scrape the gateway at port 8082, as the chart of OpenFaaS does, and keep these metrics in the relabelling; with several clusters in one store set prometheus_matchers"
	var missing []string
	counted := false
	for _, metric := range []string{invocation.Deployed, invocation.Started, invocation.Ended, invocation.Seconds} {
		at, err := newestSample(ctx, s, metric, now)
		switch {
		case err != nil:
			d.find("store", fmt.Sprintf("the store refuses a query: %v", err), "see its log; functions/README.md, Troubleshooting")
			return 0
		case at == 0:
			missing = append(missing, metric)
		case metric != invocation.Deployed:
			counted = true
		}
		last = max(last, at)
	}
	switch {
	case last == 0:
		d.find("store-metrics", "the store has no metrics of the gateway within "+lookback.String(), do)
	case len(missing) == 3 && !counted:
		d.warn("store-metrics", "the store has the functions of the gateway, but no counter of calls", "call a function; if that does not help: "+do)
	case len(missing) > 0:
		d.find("store-metrics", "the store lacks "+strings.Join(missing, ", "), do)
	default:
		d.ok("store-metrics", "the store has the metrics of the gateway")
	}
	return last
}

// newestSample returns the time of the newest sample of a metric, in Unix seconds, 0 if there is
// none within lookback. After five minutes without a sample a store shows none, so that it
// is asked for the time before as well.
//
// Source: prometheus.io/docs, page "Querying basics", Staleness and Subquery.
func newestSample(ctx context.Context, s *prom.Client, metric string, now time.Time) (at float64, err error) {
	newest := "max(timestamp(" + s.Selector(metric) + "))"
	for _, query := range []string{newest, fmt.Sprintf("max_over_time(%s[%s:15s])", newest, "1h")} {
		if at, err = value(ctx, s, query, now); err != nil || at > 0 {
			return at, err
		}
	}
	return 0, nil
}

// value returns the value of a query with at most one series, 0 for none.
func value(ctx context.Context, s *prom.Client, query string, now time.Time) (v float64, err error) {
	err = s.Instant(ctx, query, now, func(one prom.Series) error {
		v = one.Samples[0].V
		return nil
	})
	return v, err
}

// least is the least lag that is a finding: the times of answers have whole seconds.
const least = 5 * time.Second

// checkLag checks how old the newest sample is, how often the gateway is scraped, and how long
// the collector waits for a scrape to be visible.
func (d *doctor) checkLag(ctx context.Context, s *prom.Client, now time.Time, last float64) {
	const do = "check the target gateway in Prometheus (Status, Targets): it must be up, with a scrape interval of a quarter of a step"
	lag := max(0, now.Sub(time.UnixMilli(int64(last*1000)))).Round(time.Second)
	n, err := value(ctx, s, "max(count_over_time("+s.Selector(invocation.Deployed)+"[10m]))", now)
	interval := time.Duration(0)
	if err == nil && n >= 2 {
		interval = (10 * time.Minute / time.Duration(n)).Round(100 * time.Millisecond)
	}
	shown := time.Duration(0)
	if t, err := d.tick(ctx); err == nil {
		shown = time.Duration(t.Lag * float64(time.Second)).Round(time.Second)
		if t.Interval > 0 {
			interval = time.Duration(t.Interval * float64(time.Second))
		}
	}
	switch {
	case lag > max(d.step, 2*min(interval, time.Hour), least):
		d.find("store-lag", fmt.Sprintf("the newest sample of the gateway is %v old", lag), do)
	case shown > max(d.step/2, least):
		d.find("store-lag", fmt.Sprintf("the store shows a scrape after %v, more than half of a step (%v): decisions are late", shown, d.step), "lower the latency of the store (VictoriaMetrics: -search.latencyOffset), or raise max_wait of the collector")
	case interval > d.step:
		d.find("store-lag", fmt.Sprintf("the gateway is scraped every %v, less than once a step (%v): savings are not counted", interval, d.step), do)
	default:
		d.ok("store-lag", fmt.Sprintf("the newest sample is %v old; scraped every %v", lag, interval))
	}
}
