// Package alertmanager scales functions with the rate of their calls, as OpenFaaS Community
// Edition does: a rule of Prometheus fires while a function has many successful calls,
// AlertManager repeats that to the gateway, and the gateway adds replicas each time.
//
// Sources: the configuration of Prometheus and AlertManager in chart/openfaas of
// github.com/openfaas/faas-netes (prometheus-cfg.yaml, alertmanager-cfg.yaml);
// gateway/handlers/alerthandler.go of github.com/openfaas/faas;
// docs.openfaas.com, page "Auto-scaling your functions".
package alertmanager

import (
	"maps"
	"math"
	"slices"
	"time"
)

// The rule APIHighInvocationRate of the chart, and how often its Prometheus evaluates it.
const (
	Evaluation = 15 * time.Second
	Window     = 10 * time.Second // of the rate
	threshold  = 5                // calls per second with code 200
	pending    = 5 * time.Second  // above the threshold until the alert fires
)

// Rule is the alerting rule of the chart. Its zero value is ready.
type Rule struct {
	since map[string]time.Time // when each function was first seen above the threshold
}

// Evaluate returns the functions whose alert fires at now, sorted. rates are their successful
// calls per second. One evaluation alone does not fire: the next one is 15 s later.
func (r *Rule) Evaluate(now time.Time, rates map[string]float64) []string {
	since := map[string]time.Time{}
	var firing []string
	for _, function := range slices.Sorted(maps.Keys(rates)) {
		if rates[function] <= threshold {
			continue
		}
		begin, above := r.since[function]
		if !above {
			begin = now
		}
		since[function] = begin
		if above && now.Sub(begin) >= pending {
			firing = append(firing, function)
		}
	}
	r.since = since
	return firing
}

// Replicas returns the replicas that the gateway sets for an alert: a firing one adds factor
// per cent of the most, rounded up, and a resolved one goes back to the least.
//
// A factor of 0 is documented to switch scaling off. In the gateway's source a firing alert
// then also sets the least, so that replicas that prewarm has added are lost.
func Replicas(firing bool, current, least, most, factor int) int {
	step := int(math.Ceil(float64(most) * float64(factor) / 100))
	if !firing || step == 0 {
		return least
	}
	return min(current+step, most)
}
