//go:build unix

package live

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"prewarm/deploy/faults/invariant"
	"prewarm/deploy/faults/schedule"
	"prewarm/deploy/local/gateway"
)

// patience is how long the chain may take to heal before it counts as not healed. Most of it
// is for busy machines: the bound of three steps is that of the program.
const patience = 60 * time.Second

// poll is the pause between two looks at a condition.
const poll = 20 * time.Millisecond

// errPatience means that a condition did not hold in time.
var errPatience = errors.New("did not hold in time")

// await waits until a condition holds.
func (c *Chain) await(ctx context.Context, longest time.Duration, holds func() bool) error {
	ticker := time.NewTicker(poll)
	defer ticker.Stop()
	for deadline := time.Now().Add(longest); !holds(); {
		if time.Now().After(deadline) {
			return fmt.Errorf("%w: %v", errPatience, longest)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
	return nil
}

// healed reports whether the newest step was decided with known counts for all functions
// since the faults ended.
func (c *Chain) healed(ended time.Time) func() bool {
	return func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.log.Healed(ended, time.Now())
	}
}

// Round injects the faults, waits until the chain is healed, and returns how many steps that
// took after the last of them ended, and what is violated. The error is one of ctx, or of a
// fault that could not be injected.
func (c *Chain) Round(ctx context.Context, faults schedule.Round) (heal float64, out []invariant.Violation, err error) {
	begin := time.Now()
	if err := c.breakAll(ctx, faults, begin); err != nil {
		return 0, nil, err
	}
	end := time.Now()
	err = c.await(ctx, patience, c.healed(end))
	if ctx.Err() != nil {
		return 0, nil, ctx.Err()
	}
	if err != nil {
		out = append(out, invariant.Violation{Rule: invariant.Unhealed, Text: "the newest step is not decided with known counts for all functions"})
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	c.log.Broken = append(c.log.Broken, invariant.Span{Begin: begin, End: now})
	// The step that is being decided now is checked with the next round.
	last := now.Truncate(c.opts.Step).Add(-c.opts.Step).Unix()
	if c.checked == 0 {
		c.checked = begin.Truncate(c.opts.Step).Unix()
	}
	out = append(out, c.log.Check(c.checked, last)...)
	c.checked = last + int64(c.opts.Step/time.Second)
	return c.log.Steps(end, now), out, nil
}

// moment is the begin or the end of a fault.
type moment struct {
	at    time.Time
	fault int // index in the round
	end   bool
}

// momentsOf returns the moments of a round that begins at the given time, in their order.
func momentsOf(faults schedule.Round, begin time.Time, step time.Duration) (moments []moment) {
	at := func(steps float64) time.Time { return begin.Add(time.Duration(steps * float64(step))) }
	for i, f := range faults {
		moments = append(moments, moment{at(f.Begin), i, false}, moment{at(f.End()), i, true})
	}
	slices.SortStableFunc(moments, func(a, b moment) int { return cmp.Compare(a.at.UnixNano(), b.at.UnixNano()) })
	return moments
}

// breakAll begins and ends the faults at their times. All are ended when it returns.
func (c *Chain) breakAll(ctx context.Context, faults schedule.Round, begin time.Time) error {
	ends := make([]func(), len(faults)) // of the faults that have effect now, otherwise nil
	finish := func(i int) {
		if ends[i] != nil {
			ends[i]()
			ends[i] = nil
		}
	}
	defer func() {
		for i := range ends {
			finish(i)
		}
	}()
	for _, m := range momentsOf(faults, begin, c.opts.Step) {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Until(m.at)):
		}
		if m.end {
			finish(m.fault)
			continue
		}
		var err error
		if ends[m.fault], err = c.tryInject(ctx, faults[m.fault]); err != nil {
			return err
		}
	}
	return nil
}

// tryInject begins a fault. One that needs NATS or the gateway has no effect while another
// fault of the round has taken these away.
func (c *Chain) tryInject(ctx context.Context, f schedule.Fault) (end func(), err error) {
	end, err = c.inject(ctx, f)
	if err != nil && ctx.Err() == nil && f.To == "" && f.Kind != schedule.Kill && f.Kind != schedule.Stop {
		fmt.Fprintf(c.opts.Output, "%v had no effect: %v\n", f, err)
		return end, nil
	}
	return end, err
}

// Quiet ends the calls, or lets them begin again.
func (c *Chain) Quiet(quiet bool) { c.calling.Store(!quiet) }

// Rest returns the replicas of each function when no window has a call: all that may be
// released is released.
func Rest() map[string]int {
	out := map[string]int{}
	for _, h := range habits() {
		if out[h.name] = 1; h.zero {
			out[h.name] = 0
		}
	}
	return out
}

// SettlesOn waits until the replicas stay at the wanted numbers for some steps, and returns in
// what they differ if they do not.
func (c *Chain) SettlesOn(ctx context.Context, steps int, want map[string]int) ([]invariant.Violation, error) {
	var last []invariant.Violation
	since := time.Now()
	err := c.await(ctx, time.Duration(20*steps)*c.opts.Step, func() bool {
		now, err := c.replicas(ctx)
		if last = invariant.Differ(now, want); err != nil || len(last) > 0 {
			since = time.Now()
		}
		return time.Since(since) >= time.Duration(steps)*c.opts.Step
	})
	if errors.Is(err, errPatience) {
		return last, nil
	}
	return nil, err
}

func (c *Chain) replicas(ctx context.Context) (map[string]int, error) {
	out := map[string]int{}
	for _, h := range habits() {
		f, err := c.platform.Client().GetFunction(ctx, h.name, gateway.Namespace)
		if err != nil {
			return nil, err
		}
		out[h.name] = int(f.Replicas)
	}
	return out, nil
}

func formatSeconds(s float64) string { return strconv.FormatFloat(s, 'f', 3, 64) }
