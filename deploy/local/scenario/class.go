package scenario

import "prewarm/shared/trace"

// Mix is the shares of classes of functions. The classes are bounded by rates in calls
// a minute. Functions that are called less than once in five minutes are at times
// scaled to zero by keep-alive; functions that are called more than twice a minute
// hardly ever are.
type Mix struct {
	SparseTimers int // less than once in five minutes, by a timer
	Sparse       int // less than once in five minutes, by any other trigger
	Medium       int // less than twice a minute
	Busy         int // two to ten times a minute
}

// DefaultMix has sparse functions of both kinds, because most functions are sparse, and
// busy ones, because most calls are theirs.
func DefaultMix() Mix { return Mix{SparseTimers: 3, Sparse: 3, Medium: 2, Busy: 2} }

// SparseMix has sparse functions only.
func SparseMix() Mix { return Mix{SparseTimers: 1, Sparse: 1} }

// Rates that bound the classes, in calls a minute. The calls of a function above
// mostRate would dominate the percentiles of all calls.
const (
	mediumRate = 0.2
	busyRate   = 2
	mostRate   = 10
)

// class is an index into Mix.shares, or none.
type class int

// none is the class of the functions that cannot be picked.
const none class = -1

// shares returns the shares by class.
func (m Mix) shares() [4]int { return [...]int{m.SparseTimers, m.Sparse, m.Medium, m.Busy} }

// quotas divides n functions among the classes in proportion to their shares. The sums
// of shares are rounded, not the shares, so that the quotas add up to n.
func (m Mix) quotas(n int) (quotas [4]int) {
	sum := 0
	for _, share := range m.shares() {
		sum += share
	}
	given, passed := 0, 0
	for i, share := range m.shares() {
		passed += share
		upTo := (2*n*passed + sum) / (2 * sum) // n*passed/sum, rounded
		quotas[i], given = upTo-given, upTo
	}
	return quotas
}

// classify returns the class of f by its calls in the minutes to replay. It returns none
// if f is not fit for a small machine.
func classify(f trace.Function) class {
	rate := float64(f.Calls()) / float64(len(f.Counts))
	switch {
	case !fits(f) || rate > mostRate:
		return none
	case rate >= busyRate:
		return 3
	case rate >= mediumRate:
		return 2
	case f.Trigger == "timer":
		return 0
	}
	return 1
}

// Bounds of the functions that can be picked.
const (
	minActive   = 6   // active minutes; with fewer there is nothing to learn
	maxCalls    = 40  // calls in one minute; the machine must keep up at high speed
	maxDuration = 15  // seconds of a call; a start must be visible beside it
	maxBusyness = 1.0 // mean load in replicas; the machine must keep up
)

// fits reports whether f can be picked.
func fits(f trace.Function) bool {
	busy := float64(f.Calls()) * f.Duration / (60 * float64(len(f.Counts)))
	if f.ActiveMinutes() < minActive || f.Duration > maxDuration || busy > maxBusyness {
		return false
	}
	for _, c := range f.Counts {
		if c > maxCalls {
			return false
		}
	}
	return true
}
