//go:build unix

package replica

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"
)

// Config is what a pool needs from its surroundings.
type Config struct {
	Launcher *Launcher

	// Now is the clock of accounting and logs, default time.Now.
	Now func() time.Time

	// Logger gets one line per replica that ended unasked, default slog.Default.
	Logger *slog.Logger

	// LogLines bounds the lines kept of the function's output, default 2000.
	LogLines int

	// Changed is called without locks held after the desired count changed.
	Changed func()
}

// Pool holds the replicas of one function.
type Pool struct {
	cfg    Config
	log    *Log
	health *http.Client

	killed  chan struct{}  // closed when the patience of Close ended
	running sync.WaitGroup // one per slot that was ever added

	mu         sync.Mutex
	spec       Spec
	generation int     // counts updates of the spec
	desired    int     // replicas asked for
	slots      []*slot // those not being removed, oldest first
	ready      []*slot // those that take requests
	next       int     // where round robin goes on in ready
	waiters    []*waiter
	inflight   int
	lastActive time.Time // last end of a request, scale-up, or replica becoming ready
	readyTime  meter
	busyTime   meter
	closed     bool
}

// Stats is the state of a pool at one moment.
type Stats struct {
	Desired  int // replicas asked for
	Ready    int // replicas that take requests
	Inflight int // requests being served
	Waiting  int // requests waiting for a replica

	// ReadySeconds and BusySeconds are replica-seconds since the pool was made.
	// A replica is busy while it serves at least one request. A replica that is
	// being removed counts as ready until it finished its requests, so
	// BusySeconds never exceeds ReadySeconds.
	ReadySeconds float64
	BusySeconds  float64
}

// NewPool returns a pool that wants no replica yet.
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
		// A connection per probe: an idle one would hold up a replica's shutdown.
		health:     &http.Client{Timeout: probeTimeout, Transport: &http.Transport{DisableKeepAlives: true}},
		killed:     make(chan struct{}),
		spec:       spec.withDefaults(),
		lastActive: cfg.Now(),
	}
}

// Log returns the output of the function's replicas.
func (p *Pool) Log() *Log { return p.log }

// Stats returns the present state.
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

// SetDesired asks for n replicas and returns at once with the count that holds
// now. With n = 0 while requests wait for a replica, the pool keeps Spec.Wake
// replicas, because those requests would wake it at once anyhow.
func (p *Pool) SetDesired(n int) int {
	if n < 0 {
		panic("replica: negative replica count")
	}
	p.mu.Lock()
	if n == 0 && len(p.waiters) > 0 {
		n = p.spec.Wake
	}
	changed := p.setDesired(n)
	p.mu.Unlock()
	if changed {
		p.cfg.Changed()
	}
	return n
}

// setDesired holds p.mu and reports whether the count changed. Raising it
// counts as activity, as does a replica that becomes ready, so that one brought
// up ahead of a call is not taken for idle at once.
func (p *Pool) setDesired(n int) bool {
	if p.closed || n == p.desired {
		return false
	}
	now := p.cfg.Now()
	if n > p.desired {
		p.lastActive = now
	}
	p.desired = n
	p.resize(now)
	return true
}

// StopIfIdle scales to zero when nothing is in flight or waiting and nothing
// happened for the given time. It reports whether it did.
func (p *Pool) StopIfIdle(idle time.Duration) bool {
	p.mu.Lock()
	quiet := p.inflight == 0 && len(p.waiters) == 0 && p.cfg.Now().Sub(p.lastActive) >= idle
	changed := quiet && p.setDesired(0)
	p.mu.Unlock()
	if changed {
		p.cfg.Changed()
	}
	return changed
}

// Update replaces the spec. The replicas of the old one serve on until as many
// of the new one are ready.
func (p *Pool) Update(spec Spec) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	p.spec = spec.withDefaults()
	p.generation++
	p.resize(p.cfg.Now())
}

// Close removes all replicas. They finish their requests until their grace or
// the context ends; when Close returns, no process is left.
func (p *Pool) Close(ctx context.Context) error {
	p.mu.Lock()
	if !p.closed {
		now := p.cfg.Now()
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

func (p *Pool) awaitEnd(ctx context.Context) error {
	ended := make(chan struct{})
	go func() { p.running.Wait(); close(ended) }()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
	}
	p.mu.Lock()
	select {
	case <-p.killed:
	default:
		close(p.killed)
	}
	p.mu.Unlock()
	<-ended
	return ctx.Err()
}
