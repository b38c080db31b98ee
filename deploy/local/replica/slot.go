//go:build unix

package replica

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

const (
	firstProbeWait = 5 * time.Millisecond
	maxProbeWait   = 100 * time.Millisecond
	probeTimeout   = 2 * time.Second

	// startPatience bounds the time until the health path answers.
	startPatience = 2 * time.Minute

	// termPatience bounds the time between SIGTERM and SIGKILL.
	termPatience = 5 * time.Second
)

// errRetired ends the life of a replica that is being removed.
var errRetired = errors.New("replica removed")

// slot is one place of the pool's desired count: a process, started again when
// it ends unasked.
type slot struct {
	pool       *Pool
	spec       Spec
	generation int

	retired chan struct{} // closed when the slot is being removed
	drained chan struct{} // closed when it is and no request is left
	suspect chan struct{} // a value when a connection to it failed

	// Guarded by pool.mu.
	leaving  bool
	ready    bool
	instance string
	address  string
	life     int // counts the processes that this slot had
	inflight int
	asReady  bool // counted in pool.readyTime
	asBusy   bool // counted in pool.busyTime
}

// run keeps one replica alive until the slot is retired.
func (s *slot) run() {
	var wait backoff
	for {
		uptime, err := s.live()
		if errors.Is(err, errRetired) {
			return
		}
		pause := wait.after(uptime)
		s.report(err, pause)
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-s.retired:
			timer.Stop()
			return
		}
	}
}

// report tells the operator and the reader of the function's log.
func (s *slot) report(err error, pause time.Duration) {
	s.pool.cfg.Logger.Warn("replica ended", "function", s.spec.Function, "error", err, "restart_in", pause)
	s.pool.log.Add("platform", fmt.Sprintf("replica ended: %v; restart in %s", err, pause))
}

// live is the life of one process. It returns how long it was ready and why it
// ended, errRetired if it was asked to.
func (s *slot) live() (time.Duration, error) {
	instance := s.spec.Function + "-" + strings.ToLower(rand.Text()[:8])
	proc, err := s.pool.cfg.Launcher.launch(s.spec, instance, s.pool.log)
	if err != nil {
		return 0, err
	}
	defer proc.kill()
	defer s.ended()
	var readyAt time.Time
	for {
		if err := s.awaitReady(proc); err != nil {
			if errors.Is(err, errRetired) {
				s.drain(proc)
			}
			return since(readyAt), err
		}
		if readyAt.IsZero() {
			readyAt = time.Now()
		}
		s.becomeReady(proc)
		select {
		case <-proc.exited:
			return since(readyAt), fmt.Errorf("%s: %v", proc.instance, proc.exitReason())
		case <-s.suspect:
			s.becomeUnready()
		case <-s.retired:
			s.drain(proc)
			return since(readyAt), errRetired
		}
	}
}

// since returns the time passed since t, 0 if t was never set.
func since(t time.Time) time.Duration {
	if t.IsZero() {
		return 0
	}
	return time.Since(t)
}

// exitReason says how a process ended, with its last words. It names a clean
// exit too: a replica never ends unasked.
func (p *child) exitReason() string {
	reason := "exit status 0"
	if p.err != nil {
		reason = p.err.Error()
	}
	if words := p.words.Load(); words != nil {
		reason += fmt.Sprintf("; its last words: %.300s", *words)
	}
	return reason
}

// awaitReady returns nil when the replica answers its health path and its
// simulated start delay is over.
func (s *slot) awaitReady(proc *child) error {
	deadline := time.Now().Add(startPatience)
	for wait := firstProbeWait; !s.probe(proc); wait = min(wait*3/2, maxProbeWait) {
		if time.Now().After(deadline) {
			return fmt.Errorf("%s: no 2xx from %s within %s", proc.instance, s.spec.HealthPath, startPatience)
		}
		if err := s.pause(proc, wait); err != nil {
			return err
		}
	}
	return s.pause(proc, time.Until(proc.started.Add(s.spec.SimulatedStartDelay)))
}

// pause waits unless the process ends or the slot is retired.
func (s *slot) pause(proc *child, d time.Duration) error {
	timer := time.NewTimer(max(0, d))
	defer timer.Stop()
	select {
	case <-proc.exited:
		return fmt.Errorf("%s ended before it was ready: %v", proc.instance, proc.exitReason())
	case <-s.retired:
		return errRetired
	case <-timer.C:
		return nil
	}
}

func (s *slot) probe(proc *child) bool {
	ctx, cancel := context.WithTimeout(context.Background(), probeTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+proc.address()+s.spec.HealthPath, nil)
	if err != nil {
		return false
	}
	res, err := s.pool.health.Do(req)
	if err != nil {
		return false
	}
	_ = res.Body.Close()
	return res.StatusCode >= 200 && res.StatusCode < 300
}

// drain lets the replica finish its requests within the grace time, then stops it.
func (s *slot) drain(proc *child) {
	timer := time.NewTimer(s.spec.Grace)
	defer timer.Stop()
	select {
	case <-s.drained:
	case <-proc.exited:
	case <-timer.C:
	case <-s.pool.killed:
		return // live kills it
	}
	proc.stop(termPatience, s.pool.killed)
}

func (s *slot) becomeReady(proc *child) {
	p := s.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	if s.leaving {
		return
	}
	select {
	case <-s.suspect: // it was doubted before this probe
	default:
	}
	now := p.cfg.Now()
	s.instance, s.address = proc.instance, proc.address()
	p.lastActive = now
	p.setReady(s, true, now)
	p.resize(now)
	p.dispatch(now)
}

func (s *slot) becomeUnready() {
	s.pool.mu.Lock()
	defer s.pool.mu.Unlock()
	s.pool.setReady(s, false, s.pool.cfg.Now())
}

// ended forgets the requests of a process that is gone: they fail by themselves.
func (s *slot) ended() {
	p := s.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	s.life++
	s.inflight = 0
	p.setReady(s, false, p.cfg.Now())
	s.checkDrained()
}

// checkDrained holds pool.mu.
func (s *slot) checkDrained() {
	if !s.leaving || s.inflight > 0 {
		return
	}
	select {
	case <-s.drained:
	default:
		close(s.drained)
	}
}

// account brings the pool's meters in line with the slot. It holds pool.mu.
func (s *slot) account(now time.Time) {
	busy := s.inflight > 0
	count(&s.pool.busyTime, &s.asBusy, busy, now)
	count(&s.pool.readyTime, &s.asReady, s.ready || busy, now)
}

func count(m *meter, counted *bool, want bool, now time.Time) {
	switch {
	case want && !*counted:
		m.add(now, 1)
	case !want && *counted:
		m.add(now, -1)
	}
	*counted = want
}
