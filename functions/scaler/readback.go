package scaler

import (
	"context"
	"slices"
	"time"

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
	for try := 0; told && try < readBackTries; try++ {
		if try > 0 {
			pause(ctx, s.cfg.ReadinessPoll)
		}
		deployed, err := s.list(ctx)
		if err != nil {
			s.log.Warn("cannot read back what was applied", "error", err)
			break
		}
		if fill(decisions, deployed) {
			break
		}
	}
	for _, d := range decisions {
		if d.Observed >= 0 {
			s.memory.of(d.Function).observe(d.Applied, d.Observed, s.now())
		}
	}
}

// fill notes the replicas that are reported where others were asked for, and
// tells whether they are the same.
func fill(decisions []event.Decision, deployed map[string]openfaas.Function) (same bool) {
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

// pause waits, or returns early when ctx ends.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
