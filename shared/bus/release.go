package bus

import (
	"context"
	"errors"
	"slices"

	"github.com/nats-io/nats.go/jetstream"
)

// giveUp releases the shards above the quota, once nobody works for them: other replicas own
// fewer.
func (l *Leases) giveUp(ctx context.Context, kv jetstream.KeyValue, view leaseView, quota int) error {
	mine := l.mine()
	l.mu.Lock()
	for len(mine) > quota {
		last := len(mine) - 1
		l.held[mine[last]].leaving = true
		mine = mine[:last]
	}
	l.mu.Unlock()
	return l.releaseIdle(ctx, kv)
}

// releaseIdle releases the leases that are leaving and that nobody uses.
func (l *Leases) releaseIdle(ctx context.Context, kv jetstream.KeyValue) error {
	var errs []error
	for _, shard := range l.idle() {
		l.remove(shard) // before the others see it
		l.cfg.Lost(shard)
		l.bus.cfg.Log.Info("a shard is given up", "part", l.cfg.Part, "shard", shard)
		errs = append(errs, l.erase(ctx, kv, shard))
	}
	return errors.Join(errs...)
}

// idle returns the shards whose leases are leaving and that nobody uses.
func (l *Leases) idle() []int {
	l.mu.Lock()
	defer l.mu.Unlock()
	var shards []int
	for shard, h := range l.held {
		if h.leaving && h.users == 0 {
			shards = append(shards, shard)
		}
	}
	slices.Sort(shards)
	return shards
}

// erase deletes the lease of a shard if it still names this replica.
func (l *Leases) erase(ctx context.Context, kv jetstream.KeyValue, shard int) error {
	key := l.key(shard).String()
	e, err := kv.Get(ctx, key)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if owner, _ := parseOwner(e.Value()); owner != l.name {
		return nil
	}
	err = kv.Delete(ctx, key, jetstream.LastRevision(e.Revision()))
	if conflicts(err) {
		return nil
	}
	return err
}

// release gives all leases back at the end, when nobody works any more, and takes this replica
// out of the count.
func (l *Leases) release(ctx context.Context) {
	l.round.Lock()
	defer l.round.Unlock()
	l.mu.Lock()
	for _, h := range l.held {
		h.leaving = true
	}
	l.mu.Unlock()
	kv, err := l.bus.js.KeyValue(ctx, LeasesBucket)
	if err == nil {
		err = errors.Join(l.releaseIdle(ctx, kv), kv.Delete(ctx, l.key(-1).String()))
	}
	if err != nil {
		l.bus.cfg.Log.Warn("leases were not released, and are free after their length", "part", l.cfg.Part, "error", err)
	}
}
