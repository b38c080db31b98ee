package openloop

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"strings"

	"prewarm/deploy/replay/scrape"
)

// Counters of the local gateway, with the label function_name. Other gateways do not
// have them.
const (
	metricCold  = "prewarm_local_cold_starts_total"
	metricReady = "prewarm_local_replica_ready_seconds_total"
	metricBusy  = "prewarm_local_replica_busy_seconds_total"
)

// counters are the values of the three counters by metric and function_name.
type counters map[string]map[string]float64

// readCounters reads the counters of the gateway, none if MetricsURL is "none".
func readCounters(ctx context.Context, o Options) (counters, error) {
	if o.MetricsURL == unread {
		return nil, nil
	}
	families, err := scrape.Read(ctx, &http.Client{Transport: o.Transport}, o.MetricsURL)
	if err != nil {
		return nil, err
	}
	return countersOf(families)
}

// countersOf takes the counters from a scrape. A counter that the gateway does
// not have is missing.
func countersOf(families scrape.Families) (counters, error) {
	c := counters{}
	for _, name := range []string{metricCold, metricReady, metricBusy} {
		family, found := families[name]
		if !found {
			continue
		}
		c[name] = map[string]float64{}
		for _, m := range family.GetMetric() {
			// A counter without a TYPE line is read as untyped; one of the two is 0.
			value := m.GetCounter().GetValue() + m.GetUntyped().GetValue()
			if math.IsNaN(value) || math.IsInf(value, 0) {
				return nil, fmt.Errorf("%s must be finite, was: %v", name, value)
			}
			if function := scrape.Function(m); function != "" {
				c[name][function] += value
			}
		}
	}
	return c, nil
}

// of returns the counter of a deployed function. function_name is NAME.NAMESPACE. A
// deployed name without a namespace matches every namespace.
func (c counters) of(metric, deployed string) float64 {
	sum := 0.0
	for name, v := range c[metric] {
		if base, _, _ := strings.Cut(name, "."); name == deployed || base == deployed {
			sum += v
		}
	}
	return sum
}

// growth returns by how much a counter has grown. A counter that has fallen was reset to
// 0 in between.
func growth(before, after float64) float64 {
	if after < before {
		return after
	}
	return after - before
}

// usageBetween returns the usage of a deployed function between two scrapes, nil if the
// gateway does not have the counters.
func usageBetween(before, after counters, deployed string) *Usage {
	if after[metricReady] == nil {
		return nil
	}
	grown := func(metric string) float64 {
		return growth(before.of(metric, deployed), after.of(metric, deployed))
	}
	u := &Usage{ColdStarts: grown(metricCold), ReadySeconds: grown(metricReady), BusySeconds: grown(metricBusy)}
	// Rounding, or a restart of the gateway in between, can make the difference negative.
	u.IdleSeconds = max(0, u.ReadySeconds-u.BusySeconds)
	return u
}
