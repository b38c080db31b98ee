package bus

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// divide reads the bucket and does what follows from it. A replica that could not do its part
// does not appear as alive: the others count without it.
func (l *Leases) divide(ctx context.Context, kv jetstream.KeyValue) error {
	view, err := l.look(ctx, kv)
	if err != nil {
		return err
	}
	l.drop(view)
	if err := l.renew(ctx, kv, view); err != nil {
		return err
	}
	quota := l.quota(view.replicas)
	if view.others > 0 {
		quota = 0
		if l.cfg.Shards < view.others { // both hold leases: those of the smaller number go on
			quota = len(l.mine())
		}
	}
	if err := errors.Join(l.giveUp(ctx, kv, view, quota), l.take(ctx, kv, view, quota)); err != nil {
		return err
	}
	_, err = kv.Put(ctx, l.key(-1).String(), l.value())
	return err
}

// key returns the key of a shard's lease, or that of this replica for -1.
func (l *Leases) key(shard int) leaseKey {
	k := leaseKey{part: l.cfg.Part, shards: l.cfg.Shards, shard: shard}
	if shard < 0 {
		k.replica = l.name
	}
	return k
}

// value returns what this replica writes.
func (l *Leases) value() []byte {
	body, err := json.Marshal(leaseValue{Owner: l.name, Time: time.Now().UTC()})
	if err != nil {
		panic(err) // a string and a time of this century
	}
	return body
}

// drop gives up what somebody else owns, or nobody.
func (l *Leases) drop(view leaseView) {
	for shard, state := range view.leases {
		if state.owner != l.name && l.remove(shard) {
			l.bus.cfg.Log.Warn("a shard was lost", "part", l.cfg.Part, "shard", shard)
			l.cfg.Lost(shard)
		}
	}
}

// remove forgets a lease, and reports whether there was one.
func (l *Leases) remove(shard int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, had := l.held[shard]
	delete(l.held, shard)
	return had
}

// renew writes all leases that name this replica, also one whose taking was not answered.
func (l *Leases) renew(ctx context.Context, kv jetstream.KeyValue, view leaseView) error {
	for shard, state := range view.leases {
		if state.owner != l.name {
			continue
		}
		if err := l.write(ctx, kv, shard, state.revision); err != nil {
			return err
		}
	}
	return nil
}

// take claims free leases up to the quota. Each replica begins with another shard, so that
// they do not all ask for the same ones.
func (l *Leases) take(ctx context.Context, kv jetstream.KeyValue, view leaseView, quota int) error {
	first := slices.Index(view.replicas, l.name) * l.cfg.Shards / len(view.replicas)
	for i := range l.cfg.Shards {
		shard := (first + i) % l.cfg.Shards
		if len(l.mine()) >= quota {
			return nil
		}
		if state := view.leases[shard]; state.free && state.owner != l.name {
			if err := l.write(ctx, kv, shard, state.revision); err != nil {
				return err
			}
		}
	}
	return nil
}

// write stores this replica as the owner of a shard, unless somebody has written after the
// revision; then the next reading shows whom.
func (l *Leases) write(ctx context.Context, kv jetstream.KeyValue, shard int, revision uint64) error {
	sent := l.now()
	_, err := kv.Update(ctx, l.key(shard).String(), l.value(), revision)
	if conflicts(err) {
		return nil
	}
	if err != nil {
		return err
	}
	l.mu.Lock()
	h := l.held[shard]
	taken := h == nil
	if taken {
		h = &lease{}
		l.held[shard] = h
	}
	h.until = sent.Add(l.cfg.Length * 5 / 6)
	l.mu.Unlock()
	if taken {
		l.bus.cfg.Log.Info("a shard was taken", "part", l.cfg.Part, "shard", shard)
		l.cfg.Taken(shard)
	}
	return nil
}

// conflicts reports whether NATS refused a write because of its revision.
func conflicts(err error) bool {
	var refused jetstream.JetStreamError
	return errors.As(err, &refused) && refused.APIError() != nil && refused.APIError().ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence
}
