package dashboard

import (
	"slices"
	"sync"
	"time"
)

// Bounds of the passwords that are tried.
const (
	maxFailures   = 10 // within failureWindow
	failureWindow = time.Minute
	maxChecks     = 3 // at a time
)

// What of these bounds is kept for browsers that are known.
const (
	knownFailures = 3
	knownChecks   = 1
)

// throttle makes it slow to guess passwords. A try counts from before it is
// checked, so that many at the same time are no way around. All tries count
// together; strangers cannot use up the last ones, which are for known browsers.
// The zero value is ready for use.
type throttle struct {
	mu       sync.Mutex
	checking int
	failures []time.Time
}

// enter takes a place for one try and reports whether there was one.
func (t *throttle) enter(now time.Time, known bool) bool {
	checks, failures := maxChecks, maxFailures
	if !known {
		checks, failures = checks-knownChecks, failures-knownFailures
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.failures = slices.DeleteFunc(t.failures, func(at time.Time) bool { return now.Sub(at) > failureWindow })
	if t.checking >= checks || t.checking+len(t.failures) >= failures {
		return false
	}
	t.checking++
	return true
}

// leave gives the place back: that of a wrong password only after failureWindow.
func (t *throttle) leave(now time.Time, wrong bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.checking--
	if wrong {
		t.failures = append(t.failures, now)
	}
}
