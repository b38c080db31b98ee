package synthetic

import (
	"math"
	"time"
)

// Traffic says when functions are called. The calls of a function in a step depend on the seed
// and on the number of the step alone, so that a history and the calls that follow it fit
// together.
//
// One in a hundred functions is called in each step:
//
//	  3 in 1,000   in each step, by 1 to 4 callers at a time: a wave of 20 steps
//	400 in 1,000   in one step of a hundred, always the same distance apart
//	300 in 1,000   in each step with a probability of one in a hundred
//
// The others are never called. Fewer than 334 functions have one of the first kind.
type Traffic struct {
	Functions int
	Step      time.Duration
	Seed      uint64
}

// Shares of the kinds of functions in a thousand, and their periods in steps.
const (
	busyShare   = 3
	timerShare  = 400
	randomShare = 300
	timerPeriod = 100
	wavePeriod  = 20
)

// callsPerCaller is how many calls a caller makes in a step, one after the other.
const callsPerCaller = 4

// burst is the calls of a function in one step: each of the callers makes callsPerCaller
// calls, one after the other. All end within the step.
type burst struct {
	callers  int
	offset   time.Duration // of the first calls, from the begin of the step
	duration time.Duration // of each call
}

// calls returns the number of calls.
func (b burst) calls() int { return b.callers * callsPerCaller }

// burst returns the calls of function i in the step that begins at begin, in Unix seconds.
// Without calls it has no callers.
func (t Traffic) burst(i int, begin int64) burst {
	step := uint64(begin) / uint64(t.Step/time.Second)
	own := mix(t.Seed, uint64(i), 0)
	share := i * 1000 / t.Functions
	callers := 0
	switch {
	case share < busyShare:
		wave := math.Sin(2 * math.Pi * float64((step+own)%wavePeriod) / wavePeriod)
		callers = 1 + int(math.Round(1.5*(1+wave)))
	case share < busyShare+timerShare:
		if (step+own)%timerPeriod == 0 {
			callers = 1 + int(own>>32%2)
		}
	case share < busyShare+timerShare+randomShare:
		if drawn := mix(t.Seed, uint64(i), step); drawn%timerPeriod == 0 {
			callers = 1 + int(drawn>>32%2)
		}
	}
	if callers == 0 {
		return burst{}
	}
	return burst{callers: callers, offset: t.part(0.05, 0.3, mix(t.Seed, uint64(i), step^1<<40)), duration: t.duration(i)}
}

// duration returns how long a call of function i takes: 0.02 to 0.12 of a step.
func (t Traffic) duration(i int) time.Duration {
	return t.part(0.02, 0.1, mix(t.Seed, uint64(i), 1<<41))
}

// part returns a time between least and least + span steps.
func (t Traffic) part(least, span float64, drawn uint64) time.Duration {
	share := least + span*float64(drawn>>11)/(1<<53)
	return time.Duration(share * float64(t.Step))
}

// mix returns a number that is drawn from its arguments.
//
// Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014:
// the finaliser of SplitMix64.
func mix(words ...uint64) (x uint64) {
	for _, word := range words {
		x += word + 0x9e3779b97f4a7c15
		x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
		x = (x ^ x>>27) * 0x94d049bb133111eb
		x ^= x >> 31
	}
	return x
}
