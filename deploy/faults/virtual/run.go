package virtual

import (
	"context"
	"time"

	"prewarm/deploy/faults/invariant"
	"prewarm/deploy/faults/schedule"
)

// patience is how long a round may take to heal before it counts as not healed, in steps.
const patience = 30

// Round injects the faults, waits until the chain is healed, and returns how many steps that
// took after the last of them ended, and what is violated.
func (w *World) Round(faults schedule.Round) (heal float64, out []invariant.Violation) {
	begin, first := w.now, w.now.Truncate(step).Unix()
	at := func(steps float64) time.Time {
		return begin.Add(time.Duration(steps*float64(step)).Truncate(tick) + tick)
	}
	for _, f := range faults {
		// A fault is on for a tick at least.
		w.faults = append(w.faults, &planned{Fault: f, begin: at(f.Begin), end: at(f.End()).Add(tick)})
	}
	end := at(faults.End()).Add(tick)
	for w.now.Before(end) {
		w.advance()
	}
	for !w.Log.Healed(end, w.now) && w.Log.Steps(end, w.now) < patience {
		w.advance()
	}
	heal = w.Log.Steps(end, w.now)
	w.Log.Broken = append(w.Log.Broken, invariant.Span{Begin: begin, End: w.now})
	if heal >= patience {
		out = append(out, invariant.Violation{Rule: invariant.Unhealed, Text: "the newest step is not decided with known counts for all functions"})
	}
	w.steps(2)
	return heal, append(out, w.Log.Check(first, w.now.Truncate(step).Add(-step).Unix())...)
}

// steps lets whole steps pass.
func (w *World) steps(n int) {
	for end := w.now.Truncate(step).Add(time.Duration(n) * step); w.now.Before(end); {
		w.advance()
	}
}

// Learn lets steps pass without faults.
func (w *World) Learn(n int) { w.steps(n) }

// End is what the replicas of each function are after the faults.
type End struct {
	Called map[string]int // after a whole window without faults, with calls
	Quiet  map[string]int // after another one, without calls
}

// Settle lets a window pass with calls and another one without.
func (w *World) Settle() (e End) {
	w.steps(windowSteps)
	e.Called = w.gateway.replicas()
	w.gateway.quiet = true
	w.steps(windowSteps)
	e.Quiet = w.gateway.replicas()
	return e
}

// Differs compares an end with that of a run without faults.
func (e End) Differs(want End) []invariant.Violation {
	return append(invariant.Differ(e.Called, want.Called), invariant.Differ(e.Quiet, want.Quiet)...)
}

// Reference returns the end of a run without faults that had the same traffic for the given
// number of steps.
func Reference(ctx context.Context, seed uint64, steps int) (End, error) {
	w, err := New(ctx, seed)
	if err != nil {
		return End{}, err
	}
	w.steps(steps)
	return w.Settle(), nil
}

// Passed returns how many steps have passed.
func (w *World) Passed() int { return int(w.now.Sub(time.Unix(start, 0)) / step) }
