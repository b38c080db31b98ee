package simulate

import (
	"fmt"

	"prewarm/shared/score"
)

// None keeps nothing warm: every needed replica starts cold.
type None struct{}

// Name implements Policy.
func (None) Name() string { return "none" }

// Warm implements Policy.
func (None) Warm([]int32, History) {}

// KeepAlive keeps the largest need of the last Minutes minutes warm:
//
//	warm[m] = max(need[m-k], ..., need[m-1])
type KeepAlive struct {
	Minutes int    // k, at least 1
	Label   string // name in tables, "keepalive-k" by default
}

// NewIdler returns the idler of OpenFaaS, which removes the replicas of a function
// after 15 minutes without a call, its default. In steps of a minute that is
// keep-alive of 15 minutes.
func NewIdler() KeepAlive { return KeepAlive{Minutes: 15, Label: "idler"} }

// Name implements Policy.
func (p KeepAlive) Name() string {
	if p.Label != "" {
		return p.Label
	}
	return fmt.Sprintf("keepalive-%d", p.Minutes)
}

// Warm implements Policy.
func (p KeepAlive) Warm(warm []int32, h History) {
	for f := range warm {
		warm[f] = score.KeepAlive(h.Need(f), p.Minutes)
	}
}

// Oracle keeps exactly the need of each minute warm. It is the one policy that sees
// the future: a bound for the others, which cannot be run.
type Oracle struct{ workload *Workload }

// NewOracle returns the oracle of w.
func NewOracle(w *Workload) Oracle { return Oracle{w} }

// Name implements Policy.
func (Oracle) Name() string { return "oracle" }

// Warm implements Policy.
func (p Oracle) Warm(warm []int32, h History) {
	for f := range warm {
		warm[f] = p.workload.need[f][h.Minute()]
	}
}
