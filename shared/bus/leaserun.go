package bus

import (
	"context"
	"fmt"
	mathrand "math/rand/v2"
	"time"
)

// releaseTimeout bounds the release of the leases at the end. Leases that are not released in
// time are free after their length.
const releaseTimeout = 2 * time.Second

// Run takes and renews leases until ctx ends, and releases them then. NATS may be away at any
// time: leases that could not be renewed end.
func (l *Leases) Run(ctx context.Context) {
	failing := false
	for ctx.Err() == nil {
		err := l.once(ctx)
		if err != nil && !failing && ctx.Err() == nil {
			l.bus.cfg.Log.Warn("the leases of shards cannot be renewed, trying on", "part", l.cfg.Part, "error", err)
		}
		failing = err != nil
		// Replicas that start together must not stay in step for ever.
		wait := l.cfg.Length/3 - time.Duration(mathrand.Int64N(int64(l.cfg.Length/30)))
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), releaseTimeout)
	defer cancel()
	l.release(ctx)
}

// Start calls Run in the background. Its result ends that, waits until the leases are released
// and then calls last.
func (l *Leases) Start(ctx context.Context, last func() error) (stop func() error) {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		l.Run(ctx)
	}()
	return func() error {
		cancel()
		<-ended
		return last()
	}
}

// once is one round: read, renew, give up or take. It ends within a third of the length.
func (l *Leases) once(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, l.cfg.Length/3)
	defer cancel()
	l.round.Lock()
	defer l.round.Unlock()
	kv, err := ensureBucket(ctx, l.bus.js, leasesConfig(l.bus.cfg.Replicas))
	if err == nil {
		err = l.divide(ctx, kv)
	}
	if err != nil {
		return fmt.Errorf("%w: leases of %s: %w", ErrUnavailable, l.cfg.Part, l.bus.explain(ctx, err))
	}
	return nil
}
