package scaler

import (
	"context"
	"time"

	"prewarm/shared/bus"
	"prewarm/shared/event"
)

// passedPlaces is how many batches of a shard an owner takes from other replicas at a time. One
// is applied, the others wait for it.
const passedPlaces = 4

// take begins to act for a shard.
func (x *shards) take(shard int) {
	w := x.whole
	ctx, cancel := context.WithCancel(context.Background())
	held := tenure{x.leases, shard, ctx}
	own := &ownedShard{Scaler: &Scaler{ // the state is its own, and what is known of the stream
		cfg: w.cfg, now: w.now, log: w.log, metrics: w.metrics, starts: w.starts, ready: w.ready, views: w.views, calls: w.calls, tracer: w.tracer,
		replay: replay{reads: newShared()}, publishing: newShared(),
		state: newState(), bus: shardBus{w.bus, held}, gateway: shardGateway{w.gateway, held},
		enter: func() (func(), error) { return x.leases.Enter(shard) },
		owns:  func(function string) bool { return event.ShardOf(function, x.leases.Shards()) == shard },
	}}
	own.stop = cancel
	own.startWatch(ctx)
	x.mu.Lock()
	x.owned[shard] = own
	x.mu.Unlock()
	stop, err := x.peers.Hear(x.subject(shard), passedPlaces, func(body []byte) []byte { return x.hear(shard, body) })
	if err != nil {
		w.log.Error("batches that other replicas pass on are not heard", "shard", shard, "error", err)
		return
	}
	own.stop = func() {
		stop()
		cancel()
	}
}

// lose ends to act for a shard. Its series are those of another replica from here on: a batch in
// work writes none any more.
func (x *shards) lose(shard int) {
	x.mu.Lock()
	own := x.owned[shard]
	delete(x.owned, shard)
	x.mu.Unlock()
	if own == nil {
		return
	}
	own.stop()
	own.state.mu.Lock()
	defer own.state.mu.Unlock()
	own.state.lost = true
	for name := range own.state.functions {
		own.metrics.forget(name)
		own.starts.forget(name)
	}
}

// receive applies the part of a batch that another replica passes on. It trusts the signature
// of the batch alone.
func (x *shards) receive(shard int, body []byte) error {
	ctx, cancel := withTimeout(context.Background(), 2*x.whole.cfg.Timeout)
	defer cancel()
	var batch event.Forecasts
	env, err := event.Open(x.whole.cfg.Keys, event.TypeForecasts, body, &batch)
	if err != nil {
		return err
	}
	part := batch.Split(x.leases.Shards())[shard]
	if part == nil {
		return errReplayed // nothing in it is of this shard
	}
	return x.applyHere(ctx, shard, env, part)
}

// tenure is the time in which this replica owns a shard without a break. A batch that is still in
// work when the shard was lost and taken again acts for nobody.
type tenure struct {
	leases Leases
	shard  int
	life   context.Context // ends when the shard is lost
}

// within is Leases.Within for the tenure.
func (t tenure) within(ctx context.Context) (context.Context, context.CancelFunc, error) {
	if t.life.Err() != nil {
		return nil, nil, bus.ErrNotOwner
	}
	return t.leases.Within(ctx, t.shard)
}

// shardBus is the bus of one shard. It stores nothing without the lease.
type shardBus struct {
	Bus
	tenure
}

// Publish implements Bus.
func (b shardBus) Publish(ctx context.Context, env event.Envelope, body []byte) error {
	ctx, cancel, err := b.within(ctx)
	if err != nil {
		return err
	}
	defer cancel()
	env.Subject = event.Subject(env.Type, b.shard, b.leases.Shards())
	return b.Bus.Publish(ctx, env, body)
}

// ReplayAfter implements Bus.
func (b shardBus) ReplayAfter(ctx context.Context, subject string, after uint64, since time.Duration, fn func([]byte)) (uint64, error) {
	return b.Bus.ReplayAfter(ctx, event.Subject(subject, b.shard, b.leases.Shards()), after, since, fn)
}

// shardGateway is the gateway of one shard. It scales nothing without the lease.
type shardGateway struct {
	Gateway
	tenure
}

// Scale implements Gateway.
func (g shardGateway) Scale(ctx context.Context, function string, replicas int) error {
	ctx, cancel, err := g.within(ctx)
	if err != nil {
		return err
	}
	defer cancel()
	return g.Gateway.Scale(ctx, function, replicas)
}
