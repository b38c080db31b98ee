package rival

import (
	"math"
	"slices"
	"sort"
)

// spesKind is the pattern of a function's calls. SPES has the rules.
type spesKind uint8

// Kinds. A new function is unknown.
const (
	spesUnknown spesKind = iota
	spesWarm
	spesRegular
	spesApproRegular
	spesDense
	spesSuccessive
	spesPulsed
	spesPossible
	spesCorrelated
	spesNewlyPossible
)

// giveUp returns the minutes without a call after which a function is unloaded (GIVE_UP,
// the paper's θ_givenup).
func (k spesKind) giveUp() int {
	switch k {
	case spesWarm:
		return math.MaxInt
	case spesDense:
		return 5
	case spesPulsed:
		return 3
	default:
		return 1
	}
}

// spesFunction is the state of one function.
type spesFunction struct {
	kind   spesKind
	loaded bool
	last   int   // last minute with need, -1 before the first
	level  int32 // need of that minute
	runs   []spesRun
	active []uint64 // a bit per minute: set with need

	waits  []spesWait // predicted waiting times
	spread float64    // of a regular function: standard deviation of its waiting times
	modes  []spesMode // of a possible one: repeated waiting times, commonest first
	recent []float64  // waiting times that ended since the last categorisation
	links  []spesLink // functions whose calls announce it
}

// spesRun is consecutive minutes with need, start to end-1.
type spesRun struct {
	start, end int
	calls      int64
}

// spesWait is a range of waiting times, in minutes.
type spesWait struct{ shortest, longest float64 }

// due reports whether a call is predicted within θ_prewarm of the minute that is elapsed
// minutes after the last call. lag, in minutes, prolongs the time of the prediction.
func (w spesWait) due(elapsed, lag float64) bool {
	return w.shortest+1 <= elapsed+spesPreWarm && w.longest+1+lag >= elapsed-spesPreWarm
}

// next returns elapsed, or what is left of it after the predictions that have passed
// without a call: each moves the next one by a period.
func (w spesWait) next(elapsed float64) float64 {
	late := elapsed - w.longest - 1
	if late < 0 {
		return elapsed
	}
	period := (w.shortest+w.longest)/2 + 1
	return elapsed - period*(math.Floor(late/period)+1)
}

// observe records a minute.
func (s *spesFunction) observe(minute int, need, calls int32) {
	if minute%64 == 0 {
		s.active = append(s.active, 0)
	}
	if need == 0 {
		return
	}
	s.active[minute/64] |= 1 << (minute % 64)
	if len(s.runs) == 0 || s.last != minute-1 {
		if s.last >= 0 {
			s.adapt(float64(minute - s.last - 1))
		}
		s.runs = append(s.runs, spesRun{start: minute})
	}
	run := &s.runs[len(s.runs)-1]
	run.end = minute + 1
	run.calls += int64(max(0, calls))
	s.last, s.level = minute, need
}

// decide loads or unloads the function at the end of a minute.
func (s *spesFunction) decide(minute int) {
	switch {
	case s.kind == spesWarm, s.last == minute, s.soon(minute):
		s.loaded = true
	case minute-s.last >= s.kind.giveUp():
		s.loaded = false
	}
}

// soon reports whether a call is predicted within θ_prewarm of a minute.
func (s *spesFunction) soon(minute int) bool {
	if s.last >= 0 {
		elapsed := float64(minute - s.last)
		if s.kind == spesRegular {
			elapsed = s.waits[0].next(elapsed)
		}
		if slices.ContainsFunc(s.waits, func(w spesWait) bool { return w.due(elapsed, 0) }) {
			return true
		}
	}
	return slices.ContainsFunc(s.links, func(l spesLink) bool { return l.announces(minute) })
}

// called reports whether the function was needed in a minute that was observed.
func (s *spesFunction) called(minute int) bool {
	return s.active[minute/64]&(1<<(minute%64)) != 0
}

// lastBefore returns the last minute before the given one with need, -1 without one.
func (s *spesFunction) lastBefore(minute int) int {
	i := sort.Search(len(s.runs), func(i int) bool { return s.runs[i].start >= minute })
	if i == 0 {
		return -1
	}
	return min(s.runs[i-1].end, minute) - 1
}
