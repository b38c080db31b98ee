package keda

import "github.com/prometheus/client_golang/prometheus"

// decisions exports the decisions of the cache at each scrape, under the names that the
// scaler uses. The Prometheus of OpenFaaS' chart cannot take them from the scaler: on the
// community edition it does not scrape functions, and on the standard edition it
// overwrites the label function_name of what it scrapes from them.
//
// Source: openfaas/faas-netes, chart/openfaas/templates/prometheus-cfg.yaml and
// prometheus-pro-cfg.yaml, job openfaas-function-pods.
type decisions struct {
	cache                     *Cache
	wanted, actuator, decided *prometheus.Desc
}

func newDecisions(c *Cache) *decisions {
	describe := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(name, help, append([]string{"function_name"}, labels...), nil)
	}
	return &decisions{
		cache:    c,
		wanted:   describe("prewarm_wanted_replicas", "Replicas that the policy wants for a function."),
		actuator: describe("prewarm_function_actuator", "Always 1: what sets the replicas of a function, and its mode.", "actuator", "mode"),
		decided:  describe("prewarm_decision_timestamp_seconds", "When the replicas that the policy wants for a function were last decided."),
	}
}

// Describe implements prometheus.Collector.
func (d *decisions) Describe(to chan<- *prometheus.Desc) {
	to <- d.wanted
	to <- d.actuator
	to <- d.decided
}

// Collect implements prometheus.Collector. A function whose decision has expired has no
// series, whatever its mode: no data is not zero.
func (d *decisions) Collect(to chan<- prometheus.Metric) {
	for _, one := range d.cache.Current() {
		gauge := func(desc *prometheus.Desc, value float64, labels ...string) {
			to <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, append([]string{one.Function}, labels...)...)
		}
		gauge(d.wanted, float64(one.Wanted))
		gauge(d.actuator, 1, one.Actuator, one.Mode)
		gauge(d.decided, float64(one.Time.UnixMilli())/1000)
	}
}
