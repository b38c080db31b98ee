//go:build unix

package replica

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"
)

// termGrace is the time between SIGTERM and SIGKILL.
const termGrace = 5 * time.Second

// errRetired means that the pool has removed the replica.
var errRetired = errors.New("replica removed")

// member is one of the replicas that a pool wants. It has one process at a time,
// which is started again if it exits unasked.
type member struct {
	pool       *Pool
	spec       Spec
	generation int

	retired chan struct{} // closed when the pool removes the member
	drained chan struct{} // closed when it is removed and serves no request
	suspect chan struct{} // holds a value after a connection to it has failed

	// Guarded by pool.mu.
	leaving  bool
	ready    bool
	instance string
	address  string
	life     int // number of processes that have ended; distinguishes leases of an earlier one
	inflight int
	asReady  bool // counted in pool.readyTime
	asBusy   bool // counted in pool.busyTime
}

// run keeps a process running until the member is retired.
func (m *member) run() {
	var wait backoff
	for {
		uptime, err := m.live()
		if errors.Is(err, errRetired) {
			return
		}
		pause := wait.after(uptime)
		m.report(err, pause)
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-m.retired:
			timer.Stop()
			return
		}
	}
}

// report writes the end of a process to the log of the platform and to that of the
// function.
func (m *member) report(err error, pause time.Duration) {
	m.pool.cfg.Logger.Warn("replica ended", "function", m.spec.Function, "error", err, "restart_in", pause)
	m.pool.log.Add("platform", fmt.Sprintf("replica ended: %v; restart in %s", err, pause))
}

// live starts one process and returns when it has ended: how long it was ready, and
// why it ended. The error is errRetired if the pool has removed the member.
func (m *member) live() (time.Duration, error) {
	// A new name for each process, as for a pod, so that logs tell them apart.
	instance := m.spec.Function + "-" + strings.ToLower(rand.Text()[:8])
	proc, err := m.pool.cfg.Launcher.launch(m.spec, instance, m.pool.log)
	if err != nil {
		return 0, err
	}
	m.pool.running.Go(func() { m.guard(proc) })
	defer proc.kill()
	defer m.ended() // before the kill: no request may be sent to a dying process
	var readyAt time.Time
	for {
		err := m.awaitReady(proc)
		if err == nil {
			if readyAt.IsZero() {
				readyAt = time.Now()
			}
			// After a suspicion that a probe has refuted, the member takes requests again.
			m.becomeReady(proc)
			err = m.serve(proc)
		}
		if errors.Is(err, errRetired) {
			m.drain(proc)
		}
		if err != nil {
			return since(readyAt), err
		}
	}
}

// serve returns when a ready process ends, with the reason, or when the pool removes the
// member, with errRetired. It returns nil if a connection has failed: a probe must tell.
func (m *member) serve(proc *child) error {
	select {
	case <-proc.exited:
		return fmt.Errorf("%s: %v", proc.instance, proc.exitReason())
	case <-m.suspect:
		m.becomeUnready()
		return nil
	case <-m.retired:
		return errRetired
	}
}

// since returns the time that has passed since t, 0 if t is zero.
func since(t time.Time) time.Duration {
	if t.IsZero() {
		return 0
	}
	return time.Since(t)
}

// drain lets the replica finish its requests within the grace time of its spec,
// then stops it.
// A replica that hangs is stopped all the same.
func (m *member) drain(proc *child) {
	timer := time.NewTimer(m.spec.Grace)
	defer timer.Stop()
	select {
	case <-m.drained:
	case <-proc.exited:
	case <-timer.C:
	case <-m.pool.killed:
		return // live kills it
	}
	proc.stop(termGrace, m.pool.killed)
}

// becomeReady lets the member take requests.
func (m *member) becomeReady(proc *child) {
	p := m.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	if m.leaving {
		return
	}
	select {
	case <-m.suspect: // the failed connection is older than this probe
	default:
	}
	now := p.cfg.Now()
	m.instance, m.address = proc.instance, proc.address()
	p.setReady(m, true, now)
	// resize first: it retires the outdated members that this one replaces.
	p.resize(now)
	p.dispatch(now)
}

// becomeUnready takes the member out of use until it answers a probe again.
func (m *member) becomeUnready() {
	m.pool.mu.Lock()
	defer m.pool.mu.Unlock()
	m.pool.setReady(m, false, m.pool.cfg.Now())
}

// ended takes a member out of use whose process has ended or is about to. Requests
// in flight fail by themselves.
func (m *member) ended() {
	p := m.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	// Leases of this process no longer count in inflight.
	m.life++
	m.inflight = 0
	p.setReady(m, false, p.cfg.Now())
	m.checkDrained()
}

// checkDrained closes drained if the member is leaving and serves no request. The
// caller holds pool.mu.
func (m *member) checkDrained() {
	if !m.leaving || m.inflight > 0 {
		return
	}
	select {
	case <-m.drained:
	default:
		close(m.drained)
	}
}
