package workload

import (
	"context"
	"time"

	"prewarm/deploy/local/platform"
	"prewarm/deploy/replay/openloop"
	"prewarm/shared/trace"
)

// callTimeout bounds a call of the replay.
const callTimeout = 30 * time.Second

// Replay sends the calls of minutes [from, from+minutes) of the trace to the
// functions that Deploy has returned, and reports what it measured. tick is
// called after each minute of the trace.
func (o Options) Replay(ctx context.Context, p *platform.Platform, t *trace.Trace, names []string, from, minutes int, tick func()) (*openloop.Report, error) {
	return openloop.Run(ctx, openloop.Options{
		Gateway: p.GatewayURL(), Trace: t, Deployed: names, Speed: o.Speed(), Timeout: callTimeout,
		Plan:   openloop.PlanOptions{Seed: o.Seed, From: from, Minutes: minutes, Timers: true},
		Minute: tick, Transport: o.Transport,
	})
}
