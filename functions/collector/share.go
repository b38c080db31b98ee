package collector

import (
	"context"
	"net/http"
	"time"
)

// restShare is the part of a step that lies between a failed tick and the next one.
const restShare = 12

// Tick runs a tick, or shares the one that runs: anyone may call, as often as they like, and
// cron waits for no answer. A call while a tick runs is answered at once. If a step has ended
// since that tick began, another tick follows it, since the call may be that of cron for the
// new step.
func (c *Collector) Tick(ctx context.Context) Outcome {
	c.asked.Store(true)
	if !c.tick.TryLock() {
		c.metrics.ticks.WithLabelValues(resultInProgress).Inc()
		return Outcome{Result: resultInProgress, Message: "tick in progress", code: http.StatusAccepted}
	}
	for {
		o, ticked := c.tickLocked(ctx)
		// After Unlock: a call that found the lock taken has set asked before, and the step
		// that it came for has ended.
		if !c.asked.Load() || !c.settled().After(ticked) || ctx.Err() != nil || !c.tick.TryLock() {
			return o
		}
	}
}

// tickLocked runs a tick for a caller that has taken c.tick, and unlocks it, also if the tick
// panics. ticked is the end of the last step when the tick began.
func (c *Collector) tickLocked(ctx context.Context) (o Outcome, ticked time.Time) {
	defer c.tick.Unlock()
	c.asked.Store(false)
	o = c.tickOnce(ctx)
	return o, c.ticked
}

// settled returns the end of the last step that is read now.
func (c *Collector) settled() time.Time { return lastStep(c.now().Add(-c.cfg.Settle), c.cfg.Step) }

// rest waits for a twelfth of a step after a failed tick. Without it, many calls would make
// as many queries while the gateway or NATS does not answer.
func (c *Collector) rest(ctx context.Context) {
	pause := c.cfg.Step / restShare
	// A clock that was set back does not make the pause longer.
	if left := min(pause, pause-c.now().Sub(c.failedAt)); !c.failedAt.IsZero() && left > 0 {
		_ = c.wait(ctx, left) // the tick itself notices the end of ctx
	}
	c.failedAt = time.Time{}
}
