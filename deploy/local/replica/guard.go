//go:build unix

package replica

import (
	"fmt"
	"time"

	"prewarm/deploy/local/process"
)

const (
	// memoryPoll is how often the memory of a process with a limit is measured. The kernel of a
	// cluster looks at each page; a process that takes much more for a moment passes here.
	memoryPoll = time.Second

	// livenessFailures is after how many failed probes in a row a replica is started again, the
	// default of Kubernetes. Source: https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/
	livenessFailures = 3
)

// guard ends a process that takes more memory than its limit, or whose health path does not
// answer. It returns when the process ends or the pool removes the member.
func (m *member) guard(proc *child) {
	memory, stopMemory := ticks(memoryPoll, m.spec.MemoryLimit > 0)
	defer stopMemory()
	health, stopHealth := ticks(m.spec.LivenessPeriod, m.spec.LivenessPeriod > 0)
	defer stopHealth()
	for failures := 0; ; {
		select {
		case <-proc.exited:
			return
		case <-m.retired:
			return
		case <-memory:
			used, err := process.Memory(proc.process.Pid())
			if err == nil && used > m.spec.MemoryLimit {
				proc.end(fmt.Sprintf("OOMKilled: the limit of memory is %d bytes, it took %d", m.spec.MemoryLimit, used))
			}
		case now := <-health:
			if !m.spec.probed(proc.started, now) || m.probe(proc) {
				failures = 0
			} else if failures++; failures == livenessFailures {
				proc.end(fmt.Sprintf("no 2xx from %s in %d probes, one every %v", m.spec.HealthPath, failures, m.spec.LivenessPeriod))
			}
		}
	}
}

// probed reports whether the health of a replica is probed at a time: its initial delay is over.
func (s Spec) probed(started, now time.Time) bool { return !now.Before(started.Add(s.LivenessDelay)) }

// ticks returns a channel that receives at each interval, and never if it is off.
func ticks(interval time.Duration, on bool) (<-chan time.Time, func()) {
	if !on {
		return nil, func() {}
	}
	t := time.NewTicker(interval)
	return t.C, t.Stop
}

// end kills the process and its group; cause becomes the reason of its end.
func (c *child) end(cause string) {
	c.cause.Store(&cause)
	c.kill()
}
