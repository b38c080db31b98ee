package scaler

import "time"

const (
	// limitLifetime is how long a learned limit applies. The real one may change later.
	limitLifetime = 30 * time.Minute
	// setBackWindow is the time within which a second set-back is taken for a limit.
	// An HPA sets back after its stabilisation window of five minutes each time.
	setBackWindow = 15 * time.Minute
)

// learnedLimits are limits on the replicas of one function that the gateway or
// another controller enforces without an error, such as 1 to 5 in the community
// edition. They are learned from the second difference: the first one may have another
// cause, such as a call that woke the function or an operator who scaled it.
type learnedLimits struct {
	min, max   int // 0: none
	until      time.Time
	mismatches int // consecutive read-backs that differed from the applied number
	// setBackAt is when another controller was last found to have lowered the applied
	// number.
	setBackAt time.Time
}

// readBack compares an applied number with the one observed right afterwards.
func (l *learnedLimits) readBack(applied, observed int, now time.Time) {
	if applied == observed {
		l.mismatches = 0
		return
	}
	if l.mismatches++; l.mismatches >= 2 {
		l.learn(applied, observed, now)
	}
}

// setBack notes that the replicas at a later step are fewer than the applied number.
func (l *learnedLimits) setBack(applied, observed int, now time.Time) {
	if l.mismatches > 0 || now.Sub(l.setBackAt) <= setBackWindow {
		l.learn(applied, observed, now)
	}
	l.setBackAt = now
}

// learn takes the observed number for a limit: a maximum if it is below the applied
// number, otherwise a minimum.
func (l *learnedLimits) learn(applied, observed int, now time.Time) {
	l.min, l.max, l.until = observed, 0, now.Add(limitLifetime)
	if observed < applied {
		// At least 1, because a maximum of 0 means none.
		l.min, l.max = 0, max(observed, 1)
	}
}

// narrow returns the limits of the function's labels, narrowed by the learned ones.
func (l *learnedLimits) narrow(low, high int, now time.Time) (int, int) {
	if now.After(l.until) {
		return low, high
	}
	if l.max > 0 {
		high = min(high, l.max)
	}
	return max(low, l.min), high
}
