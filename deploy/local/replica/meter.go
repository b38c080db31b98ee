package replica

import "time"

// meter integrates a count over time:
//
//	total(t) = ∫ count dt
//
// in seconds. It is exact: the count is constant between its changes.
type meter struct {
	count   int
	since   time.Time
	seconds float64
}

// add changes the count by delta at time now.
func (m *meter) add(now time.Time, delta int) {
	m.seconds = m.total(now)
	m.since = now
	m.count += delta
}

// total returns the integral up to now, in replica-seconds.
func (m *meter) total(now time.Time) float64 {
	if m.count == 0 {
		return m.seconds
	}
	return m.seconds + float64(m.count)*max(0, now.Sub(m.since).Seconds())
}
