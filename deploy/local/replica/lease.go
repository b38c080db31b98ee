//go:build unix

package replica

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Lease is the use of one replica for one request. It ends with Release or Reject,
// which may be called concurrently and more than once.
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

	member *member
	life   int
	once   sync.Once
}

// WaitError means that a request got no replica. It holds how long the request
// waited.
type WaitError struct {
	Err       error // ErrClosed or the context's
	ColdStart bool  // as in Lease
	ColdWait  time.Duration
}

// Error implements error.
func (e *WaitError) Error() string { return e.Err.Error() }

// Unwrap returns Err.
func (e *WaitError) Unwrap() error { return e.Err }

// waiter is a request that waits for a replica.
// It is guarded by Pool.mu while it is in Pool.waiters.
type waiter struct {
	granted chan *Lease // closed without a value when the pool closes
	lease   *Lease      // its waits are complete up to since
	since   time.Time
}

// Acquire returns a lease of the next replica, in round robin, that is ready and
// below its concurrency limit. It waits for one if there is none, and scales a
// function at zero up to Spec.Wake replicas. Waiting requests are served in the
// order of their arrival. The error is ErrClosed or a *WaitError.
func (p *Pool) Acquire(ctx context.Context) (*Lease, error) {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil, ErrClosed
	}
	now := p.cfg.Now()
	woken := p.desired == 0 && p.setDesired(p.spec.Wake)
	// A request joins the queue even if a replica is free, so that it does not overtake
	// those that wait. The channel has room for the lease: dispatch must not block.
	w := &waiter{granted: make(chan *Lease, 1), lease: &Lease{}, since: now}
	p.waiters = append(p.waiters, w)
	p.dispatch(now)
	if w.lease.member == nil {
		// It has to wait; the kind of the wait is known now, its length later.
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
		// dispatch may have granted a lease at the same moment.
		p.abandon(w)
		return nil, w.failed(ctx.Err())
	}
}

// failed returns the error of a waiter that gave up.
func (w *waiter) failed(err error) error {
	return &WaitError{Err: err, ColdStart: w.lease.ColdStart, ColdWait: w.lease.ColdWait}
}

// abandon removes a waiter whose context has ended. A lease that it got meanwhile is
// released.
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

// dispatch gives leases to the waiters in the order of their arrival, as long as
// there are replicas below their limit. The caller holds p.mu.
func (p *Pool) dispatch(now time.Time) {
	for len(p.waiters) > 0 {
		m := p.pick()
		if m == nil {
			return
		}
		w := p.waiters[0]
		p.waiters = p.waiters[1:]
		w.settle(false, now)
		m.inflight++
		p.inflight++
		m.account(now)
		w.lease.member, w.lease.life = m, m.life
		w.lease.Instance, w.lease.Address = m.instance, m.address
		w.granted <- w.lease
	}
}

// pick returns the next ready member below its limit in round robin, nil if there
// is none. The caller holds p.mu.
func (p *Pool) pick() *member {
	for i := range p.ready {
		at := (p.next + i) % len(p.ready)
		m := p.ready[at]
		if m.spec.MaxInflight == 0 || m.inflight < m.spec.MaxInflight {
			p.next = (at + 1) % len(p.ready)
			return m
		}
	}
	return nil
}

// settleWaits adds the time up to now to the waits of all waiters. It is called
// before the number of ready replicas becomes zero or stops to be zero: a wait is
// cold while no replica is ready, and queued otherwise. The caller holds p.mu.
func (p *Pool) settleWaits(cold bool, now time.Time) {
	for _, w := range p.waiters {
		w.settle(cold, now)
	}
}

// settle adds the time since the last call to the cold or the queued wait.
func (w *waiter) settle(cold bool, now time.Time) {
	waited := now.Sub(w.since)
	w.since = now
	// Two events at one time. A clock that is set back adds nothing either.
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

// begin notes that the request has waited in this way, however short.
func (w *waiter) begin(cold bool) {
	w.lease.ColdStart = w.lease.ColdStart || cold
	w.lease.Queued = w.lease.Queued || !cold
}

// Release ends the use of the replica.
func (l *Lease) Release() { l.once.Do(l.release) }

// Reject ends the use of a replica to which a connection failed. The replica takes
// no further requests until it answers a probe.
func (l *Lease) Reject() {
	l.once.Do(func() {
		p := l.member.pool
		p.mu.Lock()
		// A new process of the member has not failed; a leaving member is not ready anyway.
		if l.life == l.member.life && !l.member.leaving {
			p.setReady(l.member, false, p.cfg.Now())
			select {
			case l.member.suspect <- struct{}{}:
			default:
			}
		}
		p.mu.Unlock()
		l.release()
	})
}

// release gives the replica to the next waiter. A lease of an earlier process of the
// member does not change the counts of the present one.
func (l *Lease) release() {
	m := l.member
	p := m.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.cfg.Now()
	p.inflight--
	if l.life == m.life {
		m.inflight--
		m.account(now)
		m.checkDrained()
	}
	p.dispatch(now)
}
