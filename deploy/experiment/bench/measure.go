//go:build unix

package bench

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"
)

const (
	// warmSteps pass after the first step that is decided for every function with known calls,
	// before the measurement: functions that nobody calls are scaled in meanwhile.
	warmSteps = 2
	// graceSteps bound how long the last measured step may be late.
	graceSteps = 2
	// firstPatience bounds the wait for the first step, which reads the whole history.
	firstPatience = 10 * time.Minute
)

// measure waits until the chain has found its pace and measures it. tick is called after each
// measured step.
func (c *chain) measure(ctx context.Context, tick func()) (*Result, error) {
	b := newBook(c.keys, c.size.Step, c.gateway.Names())
	r := &Result{Functions: c.size.Functions, StepSeconds: c.size.Step.Seconds()}
	// A chain that never decides all functions is measured all the same: the result shows it.
	if c.await(ctx, b, firstPatience, func() bool {
		return slices.ContainsFunc(slices.Collect(maps.Keys(b.steps)), b.known)
	}) {
		r.FirstSeconds = time.Since(c.began).Seconds()
	}
	// Readings are taken half a step off the ends of steps, so that they hold whole ticks.
	firstEnd := time.Now().Add(c.size.Step / 2).Truncate(c.size.Step).Add((warmSteps + 1) * c.size.Step)
	if err := c.passUntil(ctx, b, firstEnd.Add(-c.size.Step/2)); err != nil {
		return nil, err
	}
	before, err := c.read()
	if err != nil {
		return nil, err
	}
	ends, err := c.passSteps(ctx, b, firstEnd, tick)
	if err != nil {
		return nil, err
	}
	after, err := c.read()
	if err != nil {
		return nil, err
	}
	c.await(ctx, b, graceSteps*c.size.Step, func() bool { return !slices.ContainsFunc(ends, func(end int64) bool { return !b.whole(end) }) })
	r.count(b, ends)
	r.Between = b.between(before.at, after.at)
	r.spend(before, after)
	r.Memory, err = c.memory()
	return r, err
}

// passSteps waits until half a step after the last measured step, and returns the ends of
// the measured steps in Unix seconds. It calls tick half a step after each.
func (c *chain) passSteps(ctx context.Context, b *book, firstEnd time.Time, tick func()) (ends []int64, err error) {
	for k := range c.size.Steps {
		end := firstEnd.Add(time.Duration(k) * c.size.Step)
		if err := c.passUntil(ctx, b, end.Add(c.size.Step/2)); err != nil {
			return nil, err
		}
		ends = append(ends, end.Unix())
		tick()
	}
	return ends, nil
}

// update takes in what has arrived.
func (c *chain) update(b *book) {
	decisions, arrivals := c.observer.taken()
	b.update(decisions, arrivals, c.gateway.TakeScales())
}

// await updates the book until a condition holds, and reports whether it does in time.
func (c *chain) await(ctx context.Context, b *book, patience time.Duration, holds func() bool) bool {
	for deadline := time.Now().Add(patience); ; {
		c.update(b)
		if holds() {
			return true
		}
		if time.Now().After(deadline) || pause(ctx, c.size.Step/10) != nil {
			return false
		}
	}
}

// passUntil waits for a time, and updates the book then.
func (c *chain) passUntil(ctx context.Context, b *book, at time.Time) error {
	err := pause(ctx, time.Until(at))
	c.update(b)
	return err
}

// pause waits. The error is that of ctx.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// spend fills what the measured steps have cost, per step.
func (r *Result) spend(before, after reading) {
	steps := float64(r.Steps)
	r.CPU, r.Bytes, r.Messages = map[string]float64{}, map[string]float64{}, map[string]float64{}
	r.Requests, r.Callers = map[string]float64{}, map[string]float64{}
	for part, used := range growth(before.cpu, after.cpu) {
		r.CPU[part] = time.Duration(used).Seconds() / steps
	}
	for subject, n := range growth(before.bytes, after.bytes) {
		r.Bytes["NATS, "+strings.TrimPrefix(subject, "prewarm.")] = n / steps
	}
	for subject, n := range growth(before.messages, after.messages) {
		r.Messages[strings.TrimPrefix(subject, "prewarm.")] = n / steps
	}
	for asked, n := range growth(before.gateway.Requests, after.gateway.Requests) {
		if caller, kind, _ := strings.Cut(asked, " "); caller != anybody {
			r.Requests[kind] += n / steps
			r.Callers[asked] = n / steps
		}
	}
	for asked, n := range growth(before.gateway.Bytes, after.gateway.Bytes) {
		if caller, kind, _ := strings.Cut(asked, " "); caller != anybody {
			r.Bytes["gateway, "+kind] += n / steps
		}
	}
	r.Bytes["store"] = float64(after.store-before.store) / steps
	r.Queries = float64(after.queries-before.queries) / steps
}

// anybody is a caller of the gateway that is no part of the suite: the store and this bench.
const anybody = "other"
