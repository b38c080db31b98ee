package collector

import (
	"slices"
	"time"

	"prewarm/shared/prometheus/invocation"
)

// paceTicks is the number of ticks whose ages tell the lag of the store.
const paceTicks = 8

// The time between two looks for the scrape that completes a step: a share of the interval
// between two scrapes, within bounds. All that follows waits for it.
const (
	pollShare = 40
	minPoll   = 50 * time.Millisecond
	maxPoll   = time.Second
)

// pace is how fast the store shows what it scrapes: the usual time between two scrapes,
// and the lag from the time of a sample until it is visible.
type pace struct {
	interval time.Duration   // 0 if unknown
	ages     []time.Duration // age of the latest visible scrape at the last ticks
	latest   int64           // time of that scrape at the last tick, Unix ms
}

// measure takes the interval and the latest scrape of a chunk that was read up to now.
func (p *pace) measure(chunk *invocation.Chunk) {
	if interval := chunk.Interval(); interval > 0 {
		p.interval = interval
	}
	// A store without any new scrape has stopped. Its last sample tells no lag.
	if latest := chunk.Latest(); latest > p.latest {
		p.latest = latest
		age := time.Duration(chunk.At()-latest) * time.Millisecond
		p.ages = append(p.ages[max(0, len(p.ages)-paceTicks+1):], max(0, age))
	}
}

// lag returns how long after its time a sample becomes visible. The age of the latest
// scrape is the lag and up to one interval; its least value at several ticks comes near
// to the lag, and is never below it.
func (p *pace) lag() time.Duration {
	if len(p.ages) == 0 {
		return 0
	}
	return slices.Min(p.ages)
}

// delay returns how long after its end a step is covered at most: until the next scrape is
// visible.
func (p *pace) delay() time.Duration { return p.interval + p.lag() }

// maxBehind bounds behind: the scaler refuses forecasts that are older than three steps.
const maxBehind = 2

// behind returns by how many steps the windows end before the last step that has ended, so
// that their last step is covered when a tick has waited for wait. It is 0 until the store
// has been read three times.
func (p *pace) behind(wait, step time.Duration) int {
	if late := p.delay() - wait; late > 0 && len(p.ages) >= 3 {
		return min(maxBehind, int((late+step-1)/step))
	}
	return 0
}

// nextLook returns how long to wait until the first scrape at end or later is likely to be
// visible, and a fraction of the interval if it is overdue.
func (p *pace) nextLook(end, now time.Time) time.Duration {
	poll := min(max(p.interval/pollShare, minPoll), maxPoll)
	if p.interval == 0 || p.latest == 0 {
		return poll
	}
	next := time.UnixMilli(p.latest)
	if next.Before(end) {
		scrapes := (end.Sub(next) + p.interval - 1) / p.interval
		next = next.Add(scrapes * p.interval)
	}
	return max(poll, next.Sub(now))
}
