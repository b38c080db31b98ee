package scenario

import "prewarm/shared/trace"

// Mix is a choice among classes of functions, in shares. The bounds between the
// classes are rates in calls a minute: what is called less often than once in
// five minutes is at times released by keep-alive, and what is called more often
// than twice a minute is hardly ever.
type Mix struct {
	SparseTimers int // below once in five minutes, called by a timer
	Sparse       int // below once in five minutes, called by anything else
	Medium       int // below twice a minute
	Busy         int // twice to ten times a minute
}

// DefaultMix has both kinds of sparse functions, which most functions are, and
// busy ones, from which most calls come.
func DefaultMix() Mix { return Mix{SparseTimers: 3, Sparse: 3, Medium: 2, Busy: 2} }

// SparseMix leaves out what is called often.
func SparseMix() Mix { return Mix{SparseTimers: 1, Sparse: 1} }

// Rates that bound the classes, in calls a minute. Beyond mostRate one function
// would hide the others in the percentiles of all calls.
const (
	mediumRate = 0.2
	busyRate   = 2
	mostRate   = 10
)

// class is the index of a share in Mix.shares, or none.
type class int

const none class = -1

func (m Mix) shares() [4]int { return [...]int{m.SparseTimers, m.Sparse, m.Medium, m.Busy} }

// quotas divides n among the classes in proportion to their shares.
func (m Mix) quotas(n int) (quotas [4]int) {
	sum := 0
	for _, share := range m.shares() {
		sum += share
	}
	given, passed := 0, 0
	for i, share := range m.shares() {
		passed += share
		upTo := (2*n*passed + sum) / (2 * sum) // rounded
		quotas[i], given = upTo-given, upTo
	}
	return quotas
}

// classify returns the class of f by its calls in the minutes to replay, none
// where it does not fit.
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

// Bounds of what is picked at all.
const (
	minActive   = 6   // active minutes, so that there is something to learn
	maxCalls    = 40  // calls in one minute, so that the machine keeps up at high speed
	maxDuration = 15  // seconds of a call, beside which a start is not lost
	maxBusyness = 1.0 // mean replicas kept busy, so that the machine keeps up
)

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
