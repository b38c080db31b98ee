package witness

import (
	"math"
	"slices"
	"time"
)

// Step is what the record says of one step of one function.
type Step struct {
	Begin time.Time
	Calls int     // that began in it
	Load  float64 // calls in progress on average
	Need  int     // max(1 if Calls > 0 else 0, ceil(Load / concurrency))
	Last  int     // replicas at its end
	Ready int     // those that were ready when it began, and were there all the time
	Known bool    // false if the step is to be left out of sums
}

// Steps counts the steps of a function from a time to another, which are borders of steps.
// A replica serves concurrency calls at a time.
//
// The decision about a step comes a moment after its begin. What it starts or stops counts
// for the idle time of the whole step. For its calls, that is warm which was ready when the
// step began and stayed: whoever starts a replica later, a call or a decision, calls have to wait
// for it, also if one was stopped before in the same step.
func (r *Record) Steps(function string, from, to time.Time, length time.Duration, concurrency float64) []Step {
	calls := r.callsOf(function)
	var steps []Step
	for begin := from; begin.Before(to); begin = begin.Add(length) {
		end := begin.Add(length)
		s := Step{Begin: begin, Last: r.replicasAt(function, end).n, Known: true}
		s.Ready = min(r.fewestIn(function, begin, end), r.replicasAt(function, begin).ready)
		var all time.Duration
		for _, c := range calls {
			all += overlap(c, begin, end)
			if !c.begin.Before(begin) && c.begin.Before(end) {
				s.Calls++
			}
		}
		s.Load = all.Seconds() / length.Seconds()
		s.Need = max(min(s.Calls, 1), replicas(s.Load, concurrency))
		steps = append(steps, s)
	}
	return steps
}

// overlap returns how long a call ran between two times.
func overlap(c call, from, to time.Time) time.Duration {
	begin, end := c.begin, c.end
	if begin.Before(from) {
		begin = from
	}
	return max(0, earliest(end, to).Sub(begin))
}

func earliest(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// replicas returns how many replicas a load of calls in progress needs.
func replicas(load, concurrency float64) int { return int(math.Ceil(load / concurrency)) }

// Cold returns the cold starts of the step: needed replicas that were not ready when it
// began, or did not stay.
func (s Step) Cold() int { return max(0, s.Need-s.Ready) }

// Idle returns the replicas of the step that were not needed.
func (s Step) Idle() int { return max(0, s.Last-s.Need) }

// Sums are the figures of several steps, of what happened and of keep-alive.
type Sums struct {
	Steps, Need                  int
	Cold, Idle                   int // replica-steps
	ColdKeepAlive, IdleKeepAlive int
}

// Sum adds up the known steps for which k known steps before tell what keep-alive of k
// steps would have: as many replicas as the last k steps needed at most.
func Sum(steps []Step, k int) Sums {
	var sums Sums
	for i := k; i < len(steps); i++ {
		if slices.ContainsFunc(steps[i-k:i+1], func(s Step) bool { return !s.Known }) {
			continue
		}
		s, kept := steps[i], 0
		for _, before := range steps[i-k : i] {
			kept = max(kept, before.Need)
		}
		sums.Steps++
		sums.Need += s.Need
		sums.Cold += s.Cold()
		sums.Idle += s.Idle()
		sums.ColdKeepAlive += max(0, s.Need-kept)
		sums.IdleKeepAlive += max(0, kept-s.Need)
	}
	return sums
}
