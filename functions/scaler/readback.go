package scaler

import (
	"context"
	"slices"

	"prewarm/shared/event"
	"prewarm/shared/openfaas"
)

// maxReadBacks is how often the gateway is asked for the applied numbers: its list may
// come from a cache that lags behind.
const maxReadBacks = 4

// readBack fills in the observed replicas of the decisions that were applied. Observed
// stays -1 if the gateway does not answer.
func (s *Scaler) readBack(ctx context.Context, decisions []event.Decision) {
	if !slices.ContainsFunc(decisions, func(d event.Decision) bool { return d.Applied >= 0 }) {
		return
	}
	try := 0
	openfaas.Poll(ctx, s.gateway, s.cfg.ReadinessPoll, func(list []openfaas.Function, err error) bool {
		// false ends the polling. The decisions stay as they are, and the next batch
		// compares the numbers again.
		if err != nil {
			s.log.Warn("applied replicas cannot be read back", "error", err)
			return false
		}
		s.ready.observe(list, s.now())
		try++
		return !fillObserved(decisions, list) && try < maxReadBacks
	})
	for _, d := range decisions {
		// From the last poll only: a difference in an earlier one may be the lag of the list.
		if d.Observed >= 0 {
			state := s.state.function(d.Function)
			state.observed = d.Observed
			state.previous, state.asked = replicasAfter(&d)
		}
	}
}

// fillObserved sets the observed replicas of the applied decisions, and reports
// whether all of them are as applied.
func fillObserved(decisions []event.Decision, list []openfaas.Function) (same bool) {
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
