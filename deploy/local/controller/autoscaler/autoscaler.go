// Package autoscaler runs the algorithm of shared/autoscaler on the local platform, as the
// autoscaler of OpenFaaS Standard does on a cluster.
//
// Sources: docs.openfaas.com, page "Auto-scaling your functions";
// https://www.openfaas.com/blog/custom-metrics-scaling/ for custom rules.
package autoscaler

import (
	"time"

	"prewarm/deploy/local/controller"
	"prewarm/shared/autoscaler"
)

// Every is the time between two cycles. It is assumed: the documentation says
// "periodically".
const Every = 10 * time.Second

// Scaler decides about functions. It remembers their recommendations for the time of their
// label down.window. Its zero value is ready; it is not safe for concurrent use.
type Scaler struct {
	windows map[string]*autoscaler.Window // by function
}

// Decide returns the replicas of a function after the cycle at now. load is that of all its
// replicas together, in the unit of its type; 0 if there is none.
func (s *Scaler) Decide(now time.Time, f controller.Function, scaling controller.Scaling, load float64) int {
	if s.windows == nil {
		s.windows = map[string]*autoscaler.Window{}
	}
	window := s.windows[f.Name]
	if window == nil {
		window = &autoscaler.Window{}
		s.windows[f.Name] = window
	}
	return window.Decide(now, scaling.Rule, f.Replicas, load)
}
