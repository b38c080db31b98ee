// Package controller holds what the controllers of OpenFaaS share on the local platform: the
// labels that configure them, the clock of the trace, their loop, and what they read of the
// gateway and the store.
//
// A controller is a program beside the gateway that sets the replicas of functions. Each is a
// package below: idler, autoscaler and alertmanager. Its decision is a function of what was
// measured and of the time, so that it can be tested in virtual time. Its Sync does the I/O.
// Package recording sets no replicas: it evaluates rules that the autoscaler follows, in the
// same loop. All decisions are in the time of the trace: intervals, windows and rates are as long as
// on a cluster, however fast the trace is replayed.
package controller

import (
	"context"
	"log/slog"
	"time"
)

// Controller is what Run keeps going.
type Controller interface {
	// Name is for the log.
	Name() string

	// Period is the time of the trace between two calls of Sync.
	Period() time.Duration

	// Sync looks at every function once. now is a time of the trace. An error of one
	// function does not keep it from the others.
	Sync(ctx context.Context, now time.Time) error
}

// Run calls Sync in each period until ctx ends, and returns the error of ctx. Of errors in a
// row only the first is logged: gateway and store may be away for many periods. A Sync that takes longer than the period delays the next one.
func Run(ctx context.Context, c Controller, clock Clock, log *slog.Logger) error {
	ticker := time.NewTicker(max(time.Millisecond, clock.OnClock(c.Period())))
	defer ticker.Stop()
	failed := false
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
		err := c.Sync(ctx, clock.At(time.Now()))
		if err != nil && !failed && ctx.Err() == nil {
			log.Warn("a controller failed", "controller", c.Name(), "error", err)
		}
		failed = err != nil
	}
}

// Clock converts the time on the clock to the time of the trace:
//
//	At(now) = Begin + Speed * (now - Begin)
//
// If a minute of the trace passes in a second, Speed is 60, and 15 s pass in 250 ms.
type Clock struct {
	Begin time.Time
	Speed float64
}

// At returns the time of the trace.
func (c Clock) At(now time.Time) time.Time {
	return c.Begin.Add(time.Duration(c.Speed * float64(now.Sub(c.Begin))))
}

// OnClock returns how long a duration of the trace takes on the clock.
func (c Clock) OnClock(d time.Duration) time.Duration {
	return time.Duration(float64(d) / c.Speed)
}
