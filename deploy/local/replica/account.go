//go:build unix

package replica

import "time"

// account brings the pool's meters in line with the member. A leaving member counts
// as ready while it is busy, so that busy time never exceeds ready time. The caller
// holds pool.mu.
func (m *member) account(now time.Time) {
	busy := m.inflight > 0
	count(&m.pool.busyTime, &m.asBusy, busy, now)
	count(&m.pool.readyTime, &m.asReady, m.ready || busy, now)
}

// count adds to a meter, or takes from it, what has changed since the last call.
func count(m *meter, counted *bool, want bool, now time.Time) {
	switch {
	case want && !*counted:
		m.add(now, 1)
	case !want && *counted:
		m.add(now, -1)
	}
	*counted = want
}
