package replica

import "time"

const (
	firstBackoff = 100 * time.Millisecond
	maxBackoff   = 30 * time.Second

	// stableTime is how long a replica must have been ready for its end to
	// count as a first one again.
	stableTime = 10 * time.Second
)

// backoff spaces the restarts of a crashing replica: 100 ms, 200 ms, … 30 s.
// The zero value starts at the first.
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
