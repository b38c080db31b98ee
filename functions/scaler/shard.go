package scaler

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"prewarm/shared/bus"
	"prewarm/shared/event"
)

// Leases says for which shards this replica may act. It is implemented by bus.Leases.
type Leases interface {
	Shards() int
	Owned() []int
	Enter(shard int) (leave func(), err error)
	Within(ctx context.Context, shard int) (context.Context, context.CancelFunc, error)
}

// Peers reaches the other replicas. It is implemented by bus.Bus.
type Peers interface {
	Ask(ctx context.Context, subject string, body []byte) ([]byte, error)
	Hear(subject string, places int, fn func(body []byte) []byte) (stop func(), err error)
}

// shards applies batches if the functions are split into shards. Each owned shard is a scaler
// with a state of its own, which shares everything else with the others; its bus and its
// gateway check the lease before each call. A batch of another shard is passed to its owner.
//
// A new owner knows nothing of its shard: its first batch reads the decisions of the last hour,
// as after a restart.
type shards struct {
	whole  *Scaler
	leases Leases
	peers  Peers
	wait   time.Duration // for the answer of an owner

	mu    sync.Mutex
	owned map[int]*ownedShard
}

// ownedShard is a shard that this replica owns.
type ownedShard struct {
	*Scaler
	stop func() // ends the answers to other replicas
}

// errOwner means that the owner of a shard has failed, or that there is none.
var errOwner = errors.New("scaler: the owner of the shard does not answer")

// apply applies a batch, whose body is signed: what this replica owns here, the rest by the
// owners. It succeeds if each part was applied or is known, and one was applied.
func (x *shards) apply(ctx context.Context, env event.Envelope, batch *event.Forecasts, body []byte) error {
	parts := batch.Split(x.leases.Shards())
	var failed, known error
	applied := false
	for _, shard := range slices.Sorted(maps.Keys(parts)) {
		err := x.applyHere(ctx, shard, env, parts[shard])
		if errors.Is(err, bus.ErrNotOwner) {
			err = x.pass(ctx, shard, body)
		}
		switch {
		case err == nil:
			applied = true
		case errors.Is(err, errReplayed), errors.Is(err, event.ErrStale):
			known = err
		default:
			failed = errors.Join(failed, err)
		}
	}
	if failed != nil || applied {
		return failed
	}
	return known
}

// applyHere applies the forecasts of one shard. The error wraps bus.ErrNotOwner if nothing was
// done because this replica does not own it.
func (x *shards) applyHere(ctx context.Context, shard int, env event.Envelope, part *event.Forecasts) error {
	x.mu.Lock()
	own := x.owned[shard]
	x.mu.Unlock()
	leave, err := x.leases.Enter(shard)
	if err != nil {
		return err
	}
	defer leave()
	if own == nil { // taken just now
		return fmt.Errorf("%w: %d", errOwner, shard)
	}
	err = own.apply(ctx, env, part)
	if errors.Is(err, bus.ErrNotOwner) { // lost meanwhile: the new owner gets the next attempt
		return fmt.Errorf("%w: %s", errOwner, err.Error())
	}
	return err
}

// applyAll applies a batch: all of it here if there is one shard.
func (s *Scaler) applyAll(ctx context.Context, env event.Envelope, batch *event.Forecasts, body []byte) error {
	if s.shards == nil {
		return s.apply(ctx, env, batch)
	}
	return s.shards.apply(ctx, env, batch, body)
}

// newShards returns the shards of a scaler, of which none is owned.
func newShards(whole *Scaler, leases Leases, peers Peers, wait time.Duration) *shards {
	return &shards{whole: whole, leases: leases, peers: peers, wait: wait, owned: map[int]*ownedShard{}}
}

// divide shares the functions with other replicas until ctx ends or the scaler is closed. An
// owner has a lease's length to answer: it may have ended, and who asks again finds the next.
func (s *Scaler) divide(ctx context.Context, b *bus.Bus, n int) {
	length := bus.LeaseLength(s.cfg.Step)
	x := newShards(s, nil, b, length)
	leases := b.Leases(bus.LeaseConfig{Part: "scaler", Shards: n, Length: length, Taken: x.take, Lost: x.lose})
	x.leases, s.shards = leases, x
	s.registry.MustRegister(leases.Metrics()...)
	s.close = leases.Start(ctx, b.Close)
}

// status shows the shards of this replica.
func (x *shards) status() any {
	return struct {
		Shards int   `json:"shards"`
		Owned  []int `json:"owned"`
	}{x.leases.Shards(), x.leases.Owned()}
}
