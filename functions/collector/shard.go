package collector

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
	"prewarm/shared/openfaas"
	"prewarm/shared/prometheus/invocation"
)

// Leases says for which shards this replica may act. It is implemented by bus.Leases.
type Leases interface {
	Name() string
	Shards() int
	Owned() []int
	Within(ctx context.Context, shard int) (context.Context, context.CancelFunc, error)
}

// Peers reaches the other replicas. It is implemented by bus.Bus.
type Peers interface {
	Tell(subject string, body []byte) error
	Hear(subject string, places int, fn func(body []byte) []byte) (stop func(), err error)
}

// tickSubject is where a replica that was called tells the others. The body is its name. It is
// not signed: anyone may call a collector, and a tick has no input but the clock.
const tickSubject = "prewarm.tick"

// shards are the shards of which this replica publishes the windows, if there are several. It
// reads the whole answers of the store, and keeps of them what its functions need: replicas
// divide the memory and the messages, and not the reading.
type shards struct {
	leases Leases
	peers  Peers
	owned  map[int]bool // at the latest tick, guarded by Collector.tick

	mu     sync.Mutex
	passed time.Time // when a call was passed on last
	end    time.Time // of the last step that had ended then
}

// passOn tells the other replicas of a call. Anyone may call, as often as they like, so that a
// twelfth of a step passes between two messages, unless a step has ended since: the call may be
// the only one of cron.
func (c *Collector) passOn() {
	x := c.shards
	if x == nil {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	end := c.settled()
	if since := c.now().Sub(x.passed); since >= 0 && since < c.cfg.Step/restShare && end.Equal(x.end) {
		return
	}
	x.passed, x.end = c.now(), end
	if err := x.peers.Tell(tickSubject, []byte(x.leases.Name())); err != nil {
		c.log.Warn("the other replicas do not hear of this tick", "error", err)
	}
}

// hear runs a tick for each call that another replica passes on.
func (c *Collector) hear() (stop func(), err error) {
	return c.shards.peers.Hear(tickSubject, 2, func(body []byte) []byte { // one runs, one asks for the next
		if string(body) != c.shards.leases.Name() {
			c.Tick(c.life)
		}
		return nil
	})
}

// refresh notes what this replica owns, and reports whether it owns anything. A shard that is
// new to it has no windows, as after a start: all are read again. The windows of a shard that
// it has lost are dropped.
func (c *Collector) refresh() bool {
	x := c.shards
	if x == nil {
		return true
	}
	owned := map[int]bool{}
	for _, shard := range x.leases.Owned() {
		owned[shard] = true
	}
	gained := func(shard int) bool { return !x.owned[shard] }
	if slices.ContainsFunc(slices.Collect(maps.Keys(owned)), gained) {
		c.cache, c.pending = newCache(c.cfg.Step, c.cfg.WindowSteps, c.cache.reader.Store), pending{}
	}
	x.owned = owned
	maps.DeleteFunc(c.cache.windows, func(name string, _ *window) bool { return !x.owns(name) })
	return len(owned) > 0
}

// owns reports whether the windows of a function are up to this replica: all of them if there
// is one shard.
func (x *shards) owns(function string) bool { return x == nil || x.owned[x.of(function)] }

// of returns the shard of a function, 0 if there is one shard.
func (x *shards) of(function string) int {
	if x == nil {
		return 0
	}
	return event.ShardOf(function, x.leases.Shards())
}

// own removes the functions of other shards. A bare name is resolved with those first, so that
// all replicas agree on it.
func (x *shards) own(names invocation.Names) invocation.Names {
	if x != nil {
		maps.DeleteFunc(names, func(_, function string) bool { return !x.owns(function) })
	}
	return names
}

// batch returns the first functions of those that are left, at most so many and of one shard.
func (x *shards) batch(left []openfaas.Function, most int) []openfaas.Function {
	left = left[:min(len(left), most)]
	other := slices.IndexFunc(left, func(f openfaas.Function) bool { return x.of(f.Name) != x.of(left[0].Name) })
	if other >= 0 {
		return left[:other]
	}
	return left
}

// send publishes a message with the windows of one shard, unless the shard is lost: then its new
// owner publishes them.
func (c *Collector) send(ctx context.Context, m message, shard int) error {
	if c.shards == nil {
		return c.bus.Publish(ctx, m.env, m.body)
	}
	ctx, cancel, err := c.shards.leases.Within(ctx, shard)
	if errors.Is(err, bus.ErrNotOwner) {
		return nil
	}
	if err != nil {
		return err
	}
	defer cancel()
	m.env.Subject = event.Subject(event.TypeWindows, shard, c.shards.leases.Shards())
	return c.bus.Publish(ctx, m.env, m.body)
}

// batchID names a batch within its step and shard.
func (x *shards) batchID(number, shard int) string {
	if x == nil {
		return fmt.Sprint(number)
	}
	return fmt.Sprintf("%d.%d", shard, number)
}

// divide shares the functions with other replicas until the collector is closed.
func (c *Collector) divide(ctx context.Context, b *bus.Bus, n int) error {
	leases := b.Leases(bus.LeaseConfig{Part: "collector", Shards: n, Length: bus.LeaseLength(c.cfg.Step)})
	c.shards = &shards{leases: leases, peers: b}
	c.registry.MustRegister(leases.Metrics()...)
	stop, err := c.hear()
	if err != nil {
		return err
	}
	c.close = leases.Start(ctx, func() error { stop(); return b.Close() })
	return nil
}

// show adds the shards of this replica to the status.
func (x *shards) show(s status) status {
	if x != nil {
		s.Shards, s.Owned = x.leases.Shards(), x.leases.Owned()
	}
	return s
}
