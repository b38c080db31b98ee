package collector

import (
	"context"
	"errors"
	"fmt"
	"time"

	"prewarm/shared/openfaas"
	"prewarm/shared/prometheus/invocation"
)

// read brings the cache up to end. It uses three quarters of the time of a tick, so
// that some is left to publish what is known.
//
// The last step is complete only when a scrape after its end is visible. read waits for
// that, up to max_wait after the end of the step, and for five eighths of the tick at most.
// Otherwise the step stays provisional.
func (c *Collector) read(ctx context.Context, end time.Time, functions []openfaas.Function) error {
	ctx, cancel := context.WithTimeout(ctx, c.cfg.Timeout*3/4)
	defer cancel()
	// Before anything can fail, so that the window ends with the step in any case.
	c.cache.moveTo(end.UnixMilli())
	names, deadline := c.names(functions), end.Add(c.cfg.MaxWait)
	// What is there must be read in any case, also if max_wait is longer than the tick.
	if latest := c.now().Add(c.cfg.Timeout * 5 / 8); deadline.After(latest) {
		deadline = latest
	}
	// A second time if the first reading finds a gateway that was not waited for: at the
	// first tick, or if a new one has appeared.
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
			return errors.Join(err, ctx.Err()) // the tick is out of time, or the collector is closed
		}
	}
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
	return c.shards.own(invocation.NewNames(names))
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
