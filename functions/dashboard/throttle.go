package dashboard

import (
	"slices"
	"sync"
	"time"
)

// Bounds of the attempts to sign in with a password, over all clients together.
const (
	maxFailures   = 10 // wrong passwords within failureWindow
	failureWindow = time.Minute
	maxChecks     = 3 // attempts in progress
)

// The shares of these bounds that only known browsers can use.
const (
	knownFailures = 3
	knownChecks   = 1
)

// throttle limits how fast passwords can be guessed. An attempt counts while it
// is in progress, so that many at the same time cannot get past the bounds. The
// zero value is ready to use by several goroutines.
type throttle struct {
	mu       sync.Mutex
	checking int         // attempts in progress
	failures []time.Time // of the wrong passwords within failureWindow
}

// acquire takes a slot for one attempt and reports whether there was one. known is
// true if the attempt is from a known browser.
func (t *throttle) acquire(now time.Time, known bool) bool {
	checks, failures := maxChecks, maxFailures
	if !known {
		checks, failures = checks-knownChecks, failures-knownFailures
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	// Expired failures are dropped here and nowhere else: the list never has more
	// than maxFailures.
	t.failures = slices.DeleteFunc(t.failures, func(at time.Time) bool { return now.Sub(at) > failureWindow })
	if t.checking >= checks || t.checking+len(t.failures) >= failures {
		return false
	}
	t.checking++
	return true
}

// release returns the slot. After a wrong password it stays taken for
// failureWindow.
func (t *throttle) release(now time.Time, wrong bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.checking--
	if wrong {
		t.failures = append(t.failures, now)
	}
}
