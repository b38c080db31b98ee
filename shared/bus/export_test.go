package bus

import (
	"context"
	"time"
)

// SetClock replaces the clock of leases.
func (l *Leases) SetClock(now func() time.Time) { l.now = now }

// Once is one round of Run.
func (l *Leases) Once(ctx context.Context) error { return l.once(ctx) }

// Release is the end of Run.
func (l *Leases) Release(ctx context.Context) { l.release(ctx) }
