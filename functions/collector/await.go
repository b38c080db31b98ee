package collector

import (
	"context"
	"errors"
	"fmt"
	"time"

	"prewarm/shared/openfaas"
	"prewarm/shared/prometheus/invocation"
)

// Bounds of the time between two looks for the scrape that completes a step.
const (
	minPoll = 50 * time.Millisecond
	maxPoll = time.Second
)

// read brings the cache up to end. It uses three quarters of the time of a tick, so
// that some is left to publish what is known.
//
// The last step is complete only when a scrape after its end is visible. read waits for
// that, up to max_wait after the end of the step. Otherwise the step stays provisional.
func (c *Collector) read(ctx context.Context, end time.Time, functions []openfaas.Function) error {
	ctx, cancel := context.WithTimeout(ctx, c.cfg.Timeout*3/4)
	defer cancel()
	// Before anything can fail, so that the window ends with the step in any case.
	c.cache.moveTo(end.UnixMilli())
	names, deadline := c.names(functions), end.Add(c.cfg.MaxWait)
	// Twice, because it is not known at the first tick which gateways to wait for, and
	// because another one may appear.
	for range 2 {
		err := c.awaitScrape(ctx, end, deadline)
		if err == nil {
			err = c.cache.catchUp(ctx, names, end.UnixMilli(), c.now().UnixMilli())
		}
		if err != nil {
			return fmt.Errorf("%w: %w", errStore, err)
		}
		if c.cache.caughtUp || !c.now().Before(deadline) {
			break
		}
	}
	return nil
}

// awaitScrape returns when the store shows a scrape of every live gateway at end or later,
// or at the deadline. It returns at once as long as no gateway is known.
func (c *Collector) awaitScrape(ctx context.Context, end, deadline time.Time) error {
	if c.cache.live.None() {
		return nil
	}
	for {
		visible, err := c.cache.live.Visible(ctx, c.cache.reader.Store, end.UnixMilli(), c.now().UnixMilli())
		left := deadline.Sub(c.now())
		if visible || err != nil || left <= 0 {
			return err
		}
		if err := c.wait(ctx, min(left, c.cache.pace.nextLook(end, c.now()))); err != nil {
			// Out of time, or closed: what is visible is read by the caller, if it can.
			return errors.Join(err, ctx.Err())
		}
	}
}

// nextLook returns how long to wait until the first scrape at end or later is likely to be
// visible, and a fraction of the interval if it is overdue.
func (p *pace) nextLook(end, now time.Time) time.Duration {
	poll := min(max(p.interval/10, minPoll), maxPoll)
	if p.interval == 0 || p.latest == 0 {
		return poll
	}
	next := time.UnixMilli(p.latest)
	if next.Before(end) {
		scrapes := (end.Sub(next) + p.interval - 1) / p.interval
		next = next.Add(scrapes * p.interval)
	}
	return max(poll, next.Sub(now))
}

// names returns the names of the functions to measure: those that are deployed, and those
// that were lately.
func (c *Collector) names(functions []openfaas.Function) invocation.Names {
	names := make([]string, 0, len(functions)+len(c.cache.windows))
	for _, f := range functions {
		names = append(names, f.Name)
	}
	for name := range c.cache.windows {
		names = append(names, name)
	}
	return invocation.NewNames(names)
}

// sleep waits for d, or until ctx ends.
func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
