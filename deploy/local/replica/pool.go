//go:build unix

package replica

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"
)

// Pool holds the replicas of one function. Its methods may be called concurrently.
//
// Each replica is a member with a goroutine of its own, which starts, probes and
// stops the process. All state that members and requests share is guarded by mu.
type Pool struct {
	cfg    Config
	log    *Log
	health *http.Client

	killed  chan struct{}  // closed when the context of Close has ended: kill all
	running sync.WaitGroup // one for each goroutine of a member

	mu         sync.Mutex
	spec       Spec
	generation int       // counts updates of the spec
	desired    int       // replicas asked for
	members    []*member // without those being removed, oldest first
	ready      []*member // those that take requests
	next       int       // index into ready at which round robin goes on
	waiters    []*waiter
	inflight   int
	readyTime  meter
	busyTime   meter
	closed     bool
}

// NewPool returns a pool with a desired count of zero. It panics without a launcher.
func NewPool(spec Spec, cfg Config) *Pool {
	if cfg.Launcher == nil {
		panic("replica: no launcher")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	if cfg.LogLines == 0 {
		cfg.LogLines = defaultLogLines
	}
	if cfg.Changed == nil {
		cfg.Changed = func() {}
	}
	return &Pool{
		cfg: cfg,
		log: NewLog(cfg.LogLines, cfg.Now),
		// A new connection for each probe: an idle one would delay the shutdown of a replica.
		health: &http.Client{Timeout: probeTimeout, Transport: &http.Transport{DisableKeepAlives: true}},
		killed: make(chan struct{}),
		spec:   spec.withDefaults(),
	}
}

// Log returns the output of the function's replicas.
func (p *Pool) Log() *Log { return p.log }

// Stats returns the state at this moment.
func (p *Pool) Stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.cfg.Now()
	return Stats{
		Desired:      p.desired,
		Ready:        len(p.ready),
		Inflight:     p.inflight,
		Waiting:      len(p.waiters),
		ReadySeconds: p.readyTime.total(now),
		BusySeconds:  p.busyTime.total(now),
	}
}

// Addresses returns the host:port of each replica that takes requests.
func (p *Pool) Addresses() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	addresses := make([]string, 0, len(p.ready))
	for _, s := range p.ready {
		addresses = append(addresses, s.address)
	}
	return addresses
}

// SetDesired asks for n replicas and returns at once, with the count that is desired
// now. If n is 0 while requests wait for a replica, that is Spec.Wake, because those
// requests would scale the function up again at once. SetDesired panics if n is
// negative.
func (p *Pool) SetDesired(n int) int {
	if n < 0 {
		panic("replica: negative replica count")
	}
	p.mu.Lock()
	if n == 0 && len(p.waiters) > 0 {
		n = p.spec.Wake
	}
	changed := p.setDesired(n)
	// Changed is called without the lock, because it may read the pool's state.
	p.mu.Unlock()
	if changed {
		p.cfg.Changed()
	}
	return n
}

// setDesired reports whether the count has changed. The caller holds p.mu.
func (p *Pool) setDesired(n int) bool {
	// A closed pool stays at zero, so that no process starts after Close.
	if p.closed || n == p.desired {
		return false
	}
	p.desired = n
	p.resize(p.cfg.Now())
	return true
}

// Update replaces the spec. A replica of the old spec keeps serving until one of the
// new spec is ready in its place.
func (p *Pool) Update(spec Spec) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	p.spec = spec.withDefaults()
	p.generation++ // resize replaces the members of older generations
	p.resize(p.cfg.Now())
}

// Close removes all replicas. They may finish their requests until their grace time
// or the context ends. When Close returns, no process is left.
func (p *Pool) Close(ctx context.Context) error {
	p.mu.Lock()
	if !p.closed {
		now := p.cfg.Now()
		// The waits end here. Their errors report how long they were.
		p.settleWaits(len(p.ready) == 0, now)
		p.desired = 0
		p.resize(now)
		p.closed = true
		for _, w := range p.waiters {
			close(w.granted)
		}
		p.waiters = nil
	}
	p.mu.Unlock()
	defer p.log.Close()
	return p.awaitEnd(ctx)
}

// awaitEnd waits for the goroutines of all members, and has the processes killed if
// the context ends before.
func (p *Pool) awaitEnd(ctx context.Context) error {
	ended := make(chan struct{})
	go func() { p.running.Wait(); close(ended) }()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
	}
	p.mu.Lock()
	// Close may be called more than once, but a channel can be closed only once.
	select {
	case <-p.killed:
	default:
		close(p.killed)
	}
	p.mu.Unlock()
	<-ended
	return ctx.Err()
}
