package rival

import (
	"fmt"
	"math"
	"time"

	"prewarm/shared/autoscaler"
	"prewarm/shared/score"
	"prewarm/shared/simulate"
)

// idlerMinutes is com.openfaas.scale.zero-duration by default.
const idlerMinutes = 15

// Autoscaler is the autoscaler of OpenFaaS Standard, package autoscaler unchanged, with the
// type capacity (calls in flight) and scale to zero by the idler:
//
//	desired = ceil(calls in flight / (target * 0.90)), at least 1, or 0 after 15 minutes without a call
//
// The stable window is 5 minutes, the longest that the label down.window allows; without the
// label there is none. A function at zero gets one replica by its first call.
//
// It differs from a cluster in its metric: a trace has the calls in flight on average over a
// minute, and not the most of them, so that all cycles of a minute see the load of the minute
// before and decide alike. There is no upper bound, as for the HPA: the documented 20 is a
// quota and not a rule of scaling.
//
// Source: docs.openfaas.com, pages "Auto-scaling your functions" and "Scale to Zero".
type Autoscaler struct {
	rule      autoscaler.Rule
	name      string
	functions []scaledFunction
}

// scaledFunction is one function with its replicas.
type scaledFunction struct {
	replicas int
	window   autoscaler.Window
}

// NewAutoscaler returns the policy for w. target is the calls in flight that one replica is
// to have, 0 for the documented default of 50. A replica of the simulation serves
// h.Concurrency() calls at a time, whatever the target is.
func NewAutoscaler(w *simulate.Workload, target float64) *Autoscaler {
	p := &Autoscaler{rule: autoscaler.DefaultRule(), name: "autoscaler", functions: make([]scaledFunction, len(w.Functions))}
	p.rule.Max, p.rule.DownWindow = math.MaxInt32, 5*time.Minute
	if target != 0 {
		p.rule.Target, p.name = target, fmt.Sprintf("autoscaler-%g", target)
	}
	return p
}

// Name implements simulate.Policy.
func (p *Autoscaler) Name() string { return p.name }

// Warm implements simulate.Policy.
func (p *Autoscaler) Warm(warm []int32, h simulate.History) {
	last := h.Minute() - 1
	if last < 0 {
		return
	}
	now := time.Unix(int64(h.Minute())*stepSeconds, 0)
	for f := range warm {
		s := &p.functions[f]
		if s.replicas == 0 && h.Need(f)[last] > 0 {
			s.replicas = p.rule.Min // the gateway's scale from zero
		}
		inFlight := h.Load(f, last) * float64(h.Concurrency())
		s.replicas = s.window.Decide(now, p.rule, s.replicas, inFlight)
		if score.KeepAlive(h.Need(f), idlerMinutes) == 0 {
			s.replicas = 0 // the idler
		}
		warm[f] = int32(s.replicas)
	}
}
