package bus

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// leaseView is what one reading of the bucket shows.
type leaseView struct {
	at       time.Time
	leases   []leaseState // by shard
	replicas []string     // names of those that live, this one included, sorted
	others   int          // another number of shards whose replicas hold leases, 0 for none
}

// leaseState is the lease of one shard.
type leaseState struct {
	owner    string // "" if it is not known
	revision uint64 // 0 if the key is missing
	free     bool
}

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

// look reads the bucket.
func (l *Leases) look(ctx context.Context, kv jetstream.KeyValue) (leaseView, error) {
	entries := map[leaseKey]jetstream.KeyValueEntry{}
	for shard := range l.cfg.Shards {
		entries[l.key(shard)] = nil
	}
	err := eachOf(ctx, kv, l.cfg.Part+".>", func(e jetstream.KeyValueEntry) {
		if k, ok := parseLeaseKey(e.Key()); ok {
			entries[k] = e
		}
	})
	if err != nil {
		return leaseView{}, err
	}
	view := leaseView{at: l.now(), leases: make([]leaseState, l.cfg.Shards), replicas: []string{l.name}}
	l.forget(entries, view.at)
	for k, e := range entries {
		state := l.see(k, e, view.at)
		switch {
		case k.shards != l.cfg.Shards && k.replica == "" && !state.free:
			view.others = k.shards
		case k.shards != l.cfg.Shards:
		case k.replica == "":
			view.leases[k.shard] = state
		case !state.free && k.replica != l.name:
			view.replicas = append(view.replicas, k.replica)
		}
	}
	slices.Sort(view.replicas)
	return view, nil
}

// forget drops what was seen of keys that are gone. After a time without a reading, nothing
// that was seen before tells who is silent: it was this replica, or NATS.
func (l *Leases) forget(entries map[leaseKey]jetstream.KeyValueEntry, now time.Time) {
	if now.Sub(l.read) >= l.cfg.Length*2/3 {
		clear(l.seen)
	}
	l.read = now
	maps.DeleteFunc(l.seen, func(k leaseKey, _ sighting) bool { _, found := entries[k]; return !found })
}

// see notes the revision of a key and returns its state. A missing key has no entry.
func (l *Leases) see(k leaseKey, e jetstream.KeyValueEntry, now time.Time) leaseState {
	var state leaseState
	if e != nil {
		state.revision = e.Revision()
		state.owner, _ = parseOwner(e.Value()) // an unreadable value is somebody's, until it is not renewed
	}
	if last, found := l.seen[k]; !found || last.revision != state.revision {
		l.seen[k] = sighting{state.revision, now}
	}
	released := e != nil && e.Operation() != jetstream.KeyValuePut
	state.free = released || now.Sub(l.seen[k].at) >= l.cfg.Length
	if released {
		state.owner = ""
	}
	return state
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
