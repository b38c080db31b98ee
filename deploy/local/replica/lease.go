//go:build unix

package replica

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Lease is the use of one replica for one request.
type Lease struct {
	Instance string // name of the replica
	Address  string // host:port of the replica

	// ColdStart is true if the request had to wait because no replica was
	// ready, for ColdWait.
	ColdStart bool
	ColdWait  time.Duration

	// Queued is true if the request had to wait because all ready replicas were
	// at their concurrency limit, for QueueWait.
	Queued    bool
	QueueWait time.Duration

	slot *slot
	life int
	once sync.Once
}

// WaitError is why a request got no replica, and how it waited until it gave up.
type WaitError struct {
	Err       error // ErrClosed or the context's
	ColdStart bool  // as in Lease
	ColdWait  time.Duration
}

func (e *WaitError) Error() string { return e.Err.Error() }

// Unwrap returns Err.
func (e *WaitError) Unwrap() error { return e.Err }

// waiter is a request that waits for a replica.
type waiter struct {
	granted chan *Lease // closed without a value when the pool closes
	lease   *Lease      // with its waits so far
	since   time.Time   // up to which they are settled
}

// Acquire lends the next ready replica in round robin that is below its
// concurrency limit, waiting for one if need be. A function scaled to zero is
// woken. The error is ErrClosed or a *WaitError.
func (p *Pool) Acquire(ctx context.Context) (*Lease, error) {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil, ErrClosed
	}
	now := p.cfg.Now()
	woken := p.desired == 0 && p.setDesired(p.spec.Wake)
	w := &waiter{granted: make(chan *Lease, 1), lease: &Lease{}, since: now}
	p.waiters = append(p.waiters, w)
	p.dispatch(now)
	if w.lease.slot == nil {
		w.begin(len(p.ready) == 0)
	}
	p.mu.Unlock()
	if woken {
		p.cfg.Changed()
	}
	select {
	case lease, ok := <-w.granted:
		if !ok {
			return nil, w.failed(ErrClosed)
		}
		return lease, nil
	case <-ctx.Done():
		p.abandon(w)
		return nil, w.failed(ctx.Err())
	}
}

func (w *waiter) failed(err error) error {
	return &WaitError{Err: err, ColdStart: w.lease.ColdStart, ColdWait: w.lease.ColdWait}
}

// abandon takes a waiter out, or gives back what it got meanwhile.
func (p *Pool) abandon(w *waiter) {
	p.mu.Lock()
	if i := slices.Index(p.waiters, w); i >= 0 {
		w.settle(len(p.ready) == 0, p.cfg.Now())
		p.waiters = slices.Delete(p.waiters, i, i+1)
	}
	p.mu.Unlock()
	select {
	case lease, ok := <-w.granted:
		if ok {
			lease.Release()
		}
	default:
	}
}

// dispatch lends replicas to the waiters in the order of their arrival. It
// holds p.mu.
func (p *Pool) dispatch(now time.Time) {
	for len(p.waiters) > 0 {
		s := p.pick()
		if s == nil {
			return
		}
		w := p.waiters[0]
		p.waiters = p.waiters[1:]
		w.settle(false, now)
		s.inflight++
		p.inflight++
		s.account(now)
		w.lease.slot, w.lease.life = s, s.life
		w.lease.Instance, w.lease.Address = s.instance, s.address
		w.granted <- w.lease
	}
}

// pick returns the next ready slot below its limit, nil if there is none.
func (p *Pool) pick() *slot {
	for i := range p.ready {
		at := (p.next + i) % len(p.ready)
		s := p.ready[at]
		if s.spec.MaxInflight == 0 || s.inflight < s.spec.MaxInflight {
			p.next = (at + 1) % len(p.ready)
			return s
		}
	}
	return nil
}

// settleWaits books the waits up to now, before the state changes in which
// they began: cold while no replica is ready, queued otherwise.
func (p *Pool) settleWaits(cold bool, now time.Time) {
	for _, w := range p.waiters {
		w.settle(cold, now)
	}
}

func (w *waiter) settle(cold bool, now time.Time) {
	waited := now.Sub(w.since)
	w.since = now
	if waited <= 0 {
		return
	}
	w.begin(cold)
	if cold {
		w.lease.ColdWait += waited
	} else {
		w.lease.QueueWait += waited
	}
}

// begin notes the kind of a wait.
func (w *waiter) begin(cold bool) {
	w.lease.ColdStart = w.lease.ColdStart || cold
	w.lease.Queued = w.lease.Queued || !cold
}

// Release gives the replica back. Only the first call counts.
func (l *Lease) Release() { l.once.Do(l.release) }

// Reject gives the replica back and has it probed again before it takes
// further requests: a connection to it failed.
func (l *Lease) Reject() {
	l.once.Do(func() {
		p := l.slot.pool
		p.mu.Lock()
		if l.life == l.slot.life && !l.slot.leaving {
			p.setReady(l.slot, false, p.cfg.Now())
			select {
			case l.slot.suspect <- struct{}{}:
			default:
			}
		}
		p.mu.Unlock()
		l.release()
	})
}

func (l *Lease) release() {
	s := l.slot
	p := s.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.cfg.Now()
	p.inflight--
	p.lastActive = now
	if l.life == s.life {
		s.inflight--
		s.account(now)
		s.checkDrained()
	}
	p.dispatch(now)
}
