//go:build unix

package replica

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

const (
	// The pause between probes grows from firstProbeWait to maxProbeWait. probeTimeout
	// bounds one probe.
	firstProbeWait = 5 * time.Millisecond
	maxProbeWait   = 100 * time.Millisecond
	probeTimeout   = 2 * time.Second

	// startTimeout bounds the time until the health path answers.
	startTimeout = 2 * time.Minute
)

// awaitReady returns nil when the replica answers its health path and its
// simulated start delay is over. Probes come at growing distances: a process can be
// ready within milliseconds.
func (m *member) awaitReady(proc *child) error {
	deadline := time.Now().Add(startTimeout)
	for wait := firstProbeWait; !m.probe(proc); wait = min(wait*3/2, maxProbeWait) {
		if time.Now().After(deadline) {
			return fmt.Errorf("%s: no 2xx from %s within %s", proc.instance, m.spec.HealthPath, startTimeout)
		}
		if err := m.pause(proc, wait); err != nil {
			return err
		}
	}
	// The delay counts from the start of the process. A real start that takes longer is
	// not extended.
	return m.pause(proc, time.Until(proc.started.Add(m.spec.SimulatedStartDelay)))
}

// pause waits for d. It returns an error if the process ends or the member is
// retired meanwhile.
func (m *member) pause(proc *child, d time.Duration) error {
	timer := time.NewTimer(max(0, d))
	defer timer.Stop()
	select {
	case <-proc.exited:
		return fmt.Errorf("%s ended before it was ready: %v", proc.instance, proc.exitReason())
	case <-m.retired:
		return errRetired
	case <-timer.C:
		return nil
	}
}

// probe reports whether the health path answers 2xx.
func (m *member) probe(proc *child) bool {
	ctx, cancel := context.WithTimeout(context.Background(), probeTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+proc.address()+m.spec.HealthPath, nil)
	if err != nil {
		return false
	}
	// A refused connection is usual until the process listens.
	res, err := m.pool.health.Do(req)
	if err != nil {
		return false
	}
	_ = res.Body.Close()
	return res.StatusCode >= 200 && res.StatusCode < 300
}
