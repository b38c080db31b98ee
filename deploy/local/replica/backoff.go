package replica

import "time"

const (
	firstBackoff = 100 * time.Millisecond
	maxBackoff   = 30 * time.Second

	// stableTime is how long a replica must have been ready before its end counts
	// as a first crash again.
	stableTime = 10 * time.Second
)

// backoff spaces the restarts of a crashing replica, so that a broken program does
// not keep the machine busy: 100 ms, 200 ms, … 30 s. The zero value starts at
// 100 ms.
type backoff struct{ next time.Duration }

// after returns the pause before the next start, for a replica that was ready
// for the given time.
func (b *backoff) after(uptime time.Duration) time.Duration {
	if b.next == 0 || uptime >= stableTime {
		b.next = firstBackoff
	}
	pause := b.next
	b.next = min(2*b.next, maxBackoff)
	return pause
}
