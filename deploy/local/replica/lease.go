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

// Acquire returns a lease of the next replica, in round robin, that is ready and
// below its concurrency limit. It waits for one if there is none, and scales a
// function at zero up to Spec.Wake replicas. Waiting requests are served in the
// order of their arrival. The error is ErrClosed or a *WaitError.
func (p *Pool) Acquire(ctx context.Context) (*Lease, error) {
	w, err := p.join()
	if err != nil {
		return nil, err
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

// join adds a request to the queue, and wakes a function at zero. A request joins even if a
// replica is free, so that it does not overtake those that wait.
func (p *Pool) join() (*waiter, error) {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil, ErrClosed
	}
	now := p.cfg.Now()
	woken := p.desired == 0 && p.setDesired(p.spec.Wake)
	// The channel has room for the lease: dispatch must not block.
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
	return w, nil
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
