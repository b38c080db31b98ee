package openloop

import (
	"context"
	"fmt"
	"io"
	"math"
	"net/http"
	"strings"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// Counters of the local gateway, with the label function_name.
const (
	metricCold  = "prewarm_local_cold_starts_total"
	metricReady = "prewarm_local_replica_ready_seconds_total"
	metricBusy  = "prewarm_local_replica_busy_seconds_total"
)

// maxMetricsBytes bounds what is read of a gateway's metrics.
const maxMetricsBytes = 64 << 20

// counters are the values of the three counters by metric and function_name.
type counters map[string]map[string]float64

// scrape reads the counters of the gateway, nothing if MetricsURL is "none".
func scrape(ctx context.Context, o Options) (counters, error) {
	if o.MetricsURL == unread {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, o.MetricsURL, nil)
	if err != nil {
		return nil, fmt.Errorf("metrics: %w", err)
	}
	response, err := o.Transport.RoundTrip(request)
	if err != nil {
		return nil, fmt.Errorf("metrics %s: %w", o.MetricsURL, err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("metrics %s: answered %s", o.MetricsURL, response.Status)
	}
	c, err := parseCounters(io.LimitReader(response.Body, maxMetricsBytes))
	if err != nil {
		return nil, fmt.Errorf("metrics %s: %w", o.MetricsURL, err)
	}
	return c, nil
}

// parseFamilies reads the text format of Prometheus. The parser of
// prometheus/common v0.66.1 panics on some malformed label sets; what a
// gateway answers must not end the replay, so that is an error too.
func parseFamilies(in io.Reader) (families map[string]*dto.MetricFamily, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			families, err = nil, fmt.Errorf("malformed text: %v", fault)
		}
	}()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	return parser.TextToMetricFamilies(in)
}

// parseCounters reads the counters from the text format of Prometheus.
func parseCounters(in io.Reader) (counters, error) {
	families, err := parseFamilies(in)
	if err != nil {
		return nil, err
	}
	c := counters{}
	for _, name := range []string{metricCold, metricReady, metricBusy} {
		family, found := families[name]
		if !found {
			continue
		}
		c[name] = map[string]float64{}
		for _, m := range family.GetMetric() {
			value := m.GetCounter().GetValue() + m.GetUntyped().GetValue()
			if math.IsNaN(value) || math.IsInf(value, 0) {
				return nil, fmt.Errorf("%s must be finite, was: %v", name, value)
			}
			for _, label := range m.GetLabel() {
				if label.GetName() == "function_name" {
					c[name][label.GetValue()] += value
				}
			}
		}
	}
	return c, nil
}

// of returns the counter of a deployed function. function_name is
// NAME.NAMESPACE; a deployed name without a namespace matches any one.
func (c counters) of(metric, deployed string) float64 {
	sum := 0.0
	for name, v := range c[metric] {
		if base, _, _ := strings.Cut(name, "."); name == deployed || base == deployed {
			sum += v
		}
	}
	return sum
}

// growth returns by how much a counter grew; one that fell was reset to 0 in
// between.
func growth(before, after float64) float64 {
	if after < before {
		return after
	}
	return after - before
}

// usageBetween returns the replica time of a deployed function, nil where the
// gateway does not count it.
func usageBetween(before, after counters, deployed string) *Usage {
	if after[metricReady] == nil {
		return nil
	}
	grown := func(metric string) float64 {
		return growth(before.of(metric, deployed), after.of(metric, deployed))
	}
	u := &Usage{ColdStarts: grown(metricCold), ReadySeconds: grown(metricReady), BusySeconds: grown(metricBusy)}
	u.IdleSeconds = max(0, u.ReadySeconds-u.BusySeconds)
	return u
}
