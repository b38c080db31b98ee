package bus

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// LeaseConfig says which shards are shared out.
type LeaseConfig struct {
	Part   string        // collector or scaler
	Shards int           // 2 or more
	Length time.Duration // of a lease, see LeaseLength
	// Taken and Lost are called when this replica becomes the owner of a shard, and when it is
	// it no longer, one call at a time. They may be nil.
	Taken, Lost func(shard int)
}

// Leases shares the shards of a part out among its replicas: each shard has one owner at a
// time, and each replica about as many shards as the others. It is safe for concurrent use.
//
//   - An owner renews its leases every third of their length, with the revision that it has
//     read: NATS refuses the write if anybody else has written meanwhile.
//   - A lease that was not renewed for its length is free. A replica measures that from when
//     it has first read the revision, by its own monotonic clock: clocks are never compared.
//   - An owner acts for 5/6 of the length from when it has sent its last renewal. The rest
//     covers what is on its way, and clocks that run at different speeds.
//   - A released lease is free at once. One that is missing altogether is not: the bucket may
//     have lost what an owner relies on.
//   - The replicas of one number of shards do nothing while those of another one hold leases.
type Leases struct {
	bus  *Bus
	cfg  LeaseConfig
	name string           // of this replica
	now  func() time.Time // with a monotonic reading

	mu   sync.Mutex
	held map[int]*lease // by shard

	round sync.Mutex // held during a round, guards the fields below
	seen  map[leaseKey]sighting
	read  time.Time // when the bucket was read last
}

// lease is one that this replica holds. Leases.mu guards it.
type lease struct {
	until   time.Time // when this replica must stop acting
	users   int       // calls of Enter without their leave
	leaving bool      // it is released as soon as nobody uses it
}

// sighting is when a revision of a key was first read.
type sighting struct {
	revision uint64
	at       time.Time
}

// Leases returns the leases of a part. Nothing is owned before Run.
func (b *Bus) Leases(cfg LeaseConfig) *Leases {
	name := make([]byte, 8)
	_, _ = rand.Read(name) // never fails, see its documentation
	ignore := func(int) {}
	if cfg.Taken == nil {
		cfg.Taken = ignore
	}
	if cfg.Lost == nil {
		cfg.Lost = ignore
	}
	return &Leases{bus: b, cfg: cfg, name: hex.EncodeToString(name), now: time.Now, held: map[int]*lease{}, seen: map[leaseKey]sighting{}}
}

// Shards returns the number of shards.
func (l *Leases) Shards() int { return l.cfg.Shards }

// Name returns the random name of this replica.
func (l *Leases) Name() string { return l.name }

// Owned returns the shards for which this replica may act now, in order.
func (l *Leases) Owned() []int {
	l.mu.Lock()
	defer l.mu.Unlock()
	owned := []int{}
	for shard, h := range l.held {
		if l.now().Before(h.until) {
			owned = append(owned, shard)
		}
	}
	slices.Sort(owned)
	return owned
}

// Enter begins work for a shard. A release waits until leave is called; a shard that was lost is
// not waited for, since it may have another owner. The error wraps ErrNotOwner.
func (l *Leases) Enter(shard int) (leave func(), err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.held[shard]
	if h == nil || h.leaving || !l.now().Before(h.until) {
		return nil, fmt.Errorf("%w: %d", ErrNotOwner, shard)
	}
	h.users++
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		h.users--
	}, nil
}

// Within returns a context for one call to the outside that ends before anybody else can own
// the shard. The error wraps ErrNotOwner.
func (l *Leases) Within(ctx context.Context, shard int) (context.Context, context.CancelFunc, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.held[shard]
	if h == nil || !l.now().Before(h.until) {
		return nil, nil, fmt.Errorf("%w: %d", ErrNotOwner, shard)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, h.until.Sub(l.now()), ErrNotOwner)
	return ctx, cancel, nil
}

// Metrics returns the metrics prewarm_shards and prewarm_shards_owned of the part.
func (l *Leases) Metrics() []prometheus.Collector {
	gauge := func(name, help string, value func() float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help, ConstLabels: prometheus.Labels{"part": l.cfg.Part}}, value)
	}
	return []prometheus.Collector{
		gauge("prewarm_shards", "Shards into which the functions are split.", func() float64 { return float64(l.cfg.Shards) }),
		gauge("prewarm_shards_owned", "Shards for which this replica acts.", func() float64 { return float64(len(l.Owned())) }),
	}
}

// quota returns how many of the shards a replica shall own, by the sorted names of all.
func (l *Leases) quota(replicas []string) int {
	n, rank := len(replicas), slices.Index(replicas, l.name)
	share := l.cfg.Shards / n
	if rank < l.cfg.Shards%n {
		share++
	}
	return share
}

// mine returns the shards that this replica holds and that are not about to be released,
// in order.
func (l *Leases) mine() []int {
	l.mu.Lock()
	defer l.mu.Unlock()
	var shards []int
	for shard, h := range l.held {
		if !h.leaving {
			shards = append(shards, shard)
		}
	}
	slices.SortFunc(shards, cmp.Compare)
	return shards
}
