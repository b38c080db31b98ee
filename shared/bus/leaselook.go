package bus

import (
	"context"
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
	others   int          // the least other number of shards whose replicas hold leases, 0 for none
}

// leaseState is the lease of one shard.
type leaseState struct {
	owner    string // "" if it is not known
	revision uint64 // 0 if the key is missing
	free     bool
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
		view.add(k, l.see(k, e, view.at), l.name)
	}
	slices.Sort(view.replicas)
	return view, nil
}

// add takes in the state of a key. self is the replica that reads.
func (v *leaseView) add(k leaseKey, state leaseState, self string) {
	switch {
	case k.shards != len(v.leases):
		if k.replica == "" && !state.free && (v.others == 0 || k.shards < v.others) {
			v.others = k.shards
		}
	case k.replica == "":
		v.leases[k.shard] = state
	case !state.free && k.replica != self:
		v.replicas = append(v.replicas, k.replica)
	}
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
