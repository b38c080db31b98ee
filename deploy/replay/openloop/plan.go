// Package openloop replays a trace against an OpenFaaS gateway in open loop: each call is
// sent when it is due, whether or not earlier calls have been answered. Latency is
// measured from the time at which a call was due. A gateway that falls behind therefore
// shows it in its latency; a closed loop would wait for the gateway and send less
// (coordinated omission).
package openloop

import (
	"cmp"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"time"

	"prewarm/shared/trace"
)

// Spread is how the calls of a minute are distributed over it.
type Spread string

// The distributions of the calls of a minute.
const (
	// Poisson draws uniform times. These are the times of a Poisson process, given
	// the number of its calls in the minute.
	Poisson Spread = "poisson"

	// Even keeps equal distances, from a random first time on.
	Even Spread = "even"
)

// PlanOptions select the part of a trace that is replayed, and how.
type PlanOptions struct {
	Seed    uint64 // the same seed gives the same times
	From    int    // first minute, an index into the counts; 0 by default
	Minutes int    // how many; 0 for all from From on
	Spread  Spread // Poisson by default

	// Timers sends the call of a minute with one call always at the same time within
	// the minute, as a timer does. Each function has a time of its own.
	Timers bool
}

// Call is one request of a plan.
type Call struct {
	Due      time.Duration // since the begin of the plan, in time of the trace
	Function int           // index into the functions of the trace
}

// checked sets the defaults and checks o against the length of t. Errors name the flags
// of the replay.
func (o PlanOptions) checked(t *trace.Trace) (PlanOptions, error) {
	if o.Minutes == 0 {
		o.Minutes = t.Minutes - o.From
	}
	o.Spread = cmp.Or(o.Spread, Poisson)
	switch {
	case o.From < 0 || o.From >= t.Minutes:
		return o, fmt.Errorf("-from must be between 0 and %d, was: %d", t.Minutes-1, o.From)
	case o.Minutes < 1 || o.Minutes > t.Minutes-o.From:
		return o, fmt.Errorf("-minutes must be between 1 and %d, was: %d", t.Minutes-o.From, o.Minutes)
	case o.Spread != Poisson && o.Spread != Even:
		return o, fmt.Errorf("-spread must be %s or %s, was: %q", Poisson, Even, o.Spread)
	}
	return o, nil
}

// Plan returns the calls of a trace in the order in which they are due. The times of a
// function do not depend on the other functions. Only one minute of calls is held in
// memory. Minutes without data have no calls.
func Plan(t *trace.Trace, o PlanOptions) (iter.Seq[Call], error) {
	o, err := o.checked(t)
	if err != nil {
		return nil, err
	}
	return func(yield func(Call) bool) {
		for m := range o.Minutes {
			for _, c := range o.minute(t, m) {
				if !yield(c) {
					return
				}
			}
		}
	}, nil
}

// minute returns the calls of minute m of the plan in the order of their due times.
func (o PlanOptions) minute(t *trace.Trace, m int) []Call {
	var calls []Call
	begin := time.Duration(m) * time.Minute
	for f := range t.Functions {
		for _, at := range o.times(t.Functions[f].Counts[o.From+m], f, m) {
			calls = append(calls, Call{Due: begin + at, Function: f})
		}
	}
	// Stable, so that calls due at the same time have one order for each seed.
	slices.SortStableFunc(calls, func(a, b Call) int { return cmp.Compare(a.Due, b.Due) })
	return calls
}

// times returns the times within minute m of the plan at which the count calls of
// function f are due.
func (o PlanOptions) times(count int32, f, m int) []time.Duration {
	if count <= 0 {
		return nil
	}
	if count == 1 && o.Timers {
		// No minute of a trace has the number -1, so that this stream is used for nothing else.
		return []time.Duration{within(o.rng(f, -1))} // the same in each minute
	}
	rng := o.rng(f, o.From+m)
	times := make([]time.Duration, count)
	distance := time.Minute / time.Duration(count)
	first := time.Duration(rng.Float64() * float64(distance))
	for i := range times {
		times[i] = first + time.Duration(i)*distance
		if o.Spread == Poisson {
			times[i] = within(rng)
		}
	}
	return times
}

// rng returns the random source of function f in one minute of the trace.
// Each has a stream of its own, so that a replay of some minutes has the times of the whole.
func (o PlanOptions) rng(f, minute int) *rand.Rand {
	return rand.New(rand.NewPCG(o.Seed, uint64(f)<<32|uint64(uint32(minute))))
}

// within draws a uniform time within a minute.
func within(rng *rand.Rand) time.Duration {
	return time.Duration(rng.Int64N(int64(time.Minute)))
}
