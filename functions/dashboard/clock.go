package dashboard

import (
	"fmt"
	"sync"
	"time"
)

// aheadError means that a message is about a time that the clock of the dashboard has not
// reached.
type aheadError struct{ by time.Duration }

// Error implements error.
func (e aheadError) Error() string {
	return fmt.Sprintf("must be about the past, was: %v ahead of the clock of the dashboard", e.by)
}

// aheadMessages counts the messages that were ahead of the clock. The zero value is ready to
// use by several goroutines.
type aheadMessages struct {
	mu    sync.Mutex
	count int
	at    time.Time // of the last one, by the clock of the dashboard
	by    time.Duration
}

// add counts a message that was ahead by a duration.
func (a *aheadMessages) add(now time.Time, by time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.count, a.at, a.by = a.count+1, now, by
}

// within returns by how much the last message was ahead, 0 if it came before the last period.
// A message that came later than now says nothing: the clock has been set back since.
func (a *aheadMessages) within(now time.Time, period time.Duration) time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	if age := now.Sub(a.at); age < 0 || age > period {
		return 0
	}
	return a.by
}

// aheadPeriod is how long a notice tells of a message that was ahead.
const aheadPeriod = time.Hour

// notices returns a notice if a message was ahead within aheadPeriod, nil otherwise.
func (a *aheadMessages) notices(now time.Time) []notice {
	by := a.within(now, aheadPeriod)
	if by == 0 {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return []notice{newNotice("error", "%d messages were refused, because their step lies in the future: the last one %s ago was %s ahead. Check the clocks of all nodes, including that of the dashboard.",
		a.count, now.Sub(a.at).Round(time.Second), by.Round(time.Second))}
}

// forgetAhead drops from view and ledger what lies ahead of the clock. The dashboard has taken
// it while its clock ran ahead too.
func (d *Dashboard) forgetAhead() {
	latest := d.latestStep()
	d.ledger.Forget(latest)
	if d.view.Forget(latest) {
		d.log.Warn("the clock was set back: what lies ahead of it was dropped", "latest", time.Unix(latest, 0).UTC())
	}
}
