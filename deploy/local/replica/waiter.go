//go:build unix

package replica

import "time"

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

// failed returns the error of a waiter that gave up.
func (w *waiter) failed(err error) error {
	return &WaitError{Err: err, ColdStart: w.lease.ColdStart, ColdWait: w.lease.ColdWait}
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
