package scaler

import (
	"context"
	"slices"

	"prewarm/shared/event"
	"prewarm/shared/openfaas"
)

// readBackTries is how often the gateway is asked for what it was told: its list
// may come from a cache.
const readBackTries = 4

// readBack fills in what the gateway reports after the calls, and learns from
// it. A gateway that does not answer now leaves -1, which says so.
func (s *Scaler) readBack(ctx context.Context, decisions []event.Decision) {
	told := slices.ContainsFunc(decisions, func(d event.Decision) bool { return d.Applied >= 0 })
	if !told {
		return
	}
	try := 0
	openfaas.Poll(ctx, s.gateway, s.cfg.ReadinessPoll, func(list []openfaas.Function, err error) bool {
		if err != nil {
			s.log.Warn("cannot read back what was applied", "error", err)
			return false
		}
		try++
		return !fill(decisions, list) && try < readBackTries
	})
	for _, d := range decisions {
		if d.Observed >= 0 {
			s.memory.of(d.Function).observe(d.Applied, d.Observed, s.now())
		}
	}
}

// fill notes the replicas that are reported where others were asked for, and
// tells whether they are the same.
func fill(decisions []event.Decision, list []openfaas.Function) (same bool) {
	deployed := byName(list)
	same = true
	for i := range decisions {
		d := &decisions[i]
		if fn, ok := deployed[d.Function]; ok && d.Applied >= 0 {
			d.Observed = fn.Replicas
			same = same && d.Observed == d.Applied
		}
	}
	return same
}
