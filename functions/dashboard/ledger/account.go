package ledger

import (
	"math"
	"slices"
	"time"

	"prewarm/shared/event"
	"prewarm/shared/score"
	"prewarm/shared/series"
)

// account holds the last steps and the sums of one function.
type account struct {
	newest int64  // step of the last decision, 0 before the first
	open   int64  // begin of the first step that is neither counted nor skipped
	steps  []step // up to newest, in the order of time and without holes
	fine   cells  // of fineSteps steps each
	hours  cells  // of hourSteps steps each
}

// step is what is known of one step of a function. The fields after decided come from
// the decision at its begin.
type step struct {
	begin   int64 // Unix seconds
	need    int32 // replicas, series.NoData until it has settled
	started int32 // replicas that appeared in it without prewarm, -1 if unknown
	decided bool

	made      time.Time // when
	active    bool      // the mode was active
	warm      int32     // replicas after the decision
	notReady  int32     // those of them that were not ready when the step began
	low, high int32     // limits of the function
	memory    int64     // bytes of a replica, 0 if unknown
	readiness float64   // seconds that a start takes, negative if it was not measured
}

// follows reports whether the step of d continues those of the account. It does not if there
// are none, if it is not on their grid because the length of a step has changed, or if it
// comes so late that no step before it can be counted any more.
func (a *account) follows(d *event.Decision, stepSeconds int64, keepAlive int) bool {
	gap := d.Step - a.newest
	return len(a.steps) > 0 && gap%stepSeconds == 0 && gap <= int64(keepAlive+event.MaxSettled)*stepSeconds
}

// begin empties the account: its steps begin anew with the first whose need d states.
func (a *account) begin(d *event.Decision, stepSeconds int64) {
	a.steps, a.open = a.steps[:0], d.Step-int64(len(d.Inputs.Settled))*stepSeconds
	a.newest = a.open - stepSeconds
}

// append adds the step of d, and the settled needs that d states. The steps between the last
// decision and d have no decision. It keeps the steps that can still be counted and the
// keepAlive steps before them.
func (a *account) append(d *event.Decision, stepSeconds int64, keepAlive int) {
	n := int64(len(d.Inputs.Settled))
	for a.newest < d.Step {
		a.newest += stepSeconds
		a.steps = append(a.steps, step{begin: a.newest, need: series.NoData, started: -1})
	}
	a.steps = a.steps[max(0, len(a.steps)-keepAlive-2*event.MaxSettled-1):]
	for i, need := range d.Inputs.Settled {
		// A need that has settled stays, also if a later reading of the store differs: the
		// step may have been counted with it.
		if s := a.at(d.Step-(n-int64(i))*stepSeconds, stepSeconds); s != nil && s.need < 0 {
			s.need = need
		}
	}
	if before := a.at(d.Step-stepSeconds, stepSeconds); before != nil {
		before.started = int32(min(d.Inputs.Started, math.MaxInt32))
	}
	a.steps[len(a.steps)-1].decide(d)
}

// raise adds the replicas of a raise between two steps to its step, if that is decided and not
// counted: before the decision, that has them. They count for the idle time of the whole step,
// as what a decision starts does, and they were not ready when it began.
func (a *account) raise(d *event.Decision, stepSeconds int64) {
	s := a.at(d.Step, stepSeconds)
	if s == nil || !s.decided || !s.active || d.Step < a.open || d.Mode != "active" || !d.Time.After(s.made) {
		return
	}
	if more := clip(warmAfter(d)) - s.warm; more > 0 {
		s.warm, s.notReady = s.warm+more, s.notReady+more
	}
}

// forget drops the steps and the sums after latest.
func (a *account) forget(latest, stepSeconds int64) {
	a.fine.forget(latest / (fineSteps * stepSeconds))
	a.hours.forget(latest / (hourSteps * stepSeconds))
	if a.newest <= latest {
		return
	}
	a.steps = slices.DeleteFunc(a.steps, func(s step) bool { return s.begin > latest })
	a.newest = 0
	if n := len(a.steps); n > 0 {
		a.newest = a.steps[n-1].begin
	}
	// What is counted stays counted, also the newest step that is left.
	a.open = min(a.open, a.newest+stepSeconds)
}

// at returns a step, nil if it is not kept.
func (a *account) at(begin, stepSeconds int64) *step {
	i := int64(len(a.steps)) - 1 - (a.newest-begin)/stepSeconds
	if i < 0 || begin > a.newest {
		return nil
	}
	return &a.steps[i]
}

// decide notes the decision at the begin of the step.
func (s *step) decide(d *event.Decision) {
	s.made = d.Time
	s.decided, s.active, s.warm = true, d.Mode == "active", clip(warmAfter(d))
	s.notReady = min(clip(d.Inputs.NotReady), s.warm)
	if !s.active {
		s.notReady = max(0, s.warm-clip(d.Current)) // unless the step before tells more
	}
	s.low, s.high, s.memory, s.readiness = clip(d.Inputs.Min), math.MaxInt32, d.Inputs.MemoryBytes, -1
	if d.Inputs.Max > 0 {
		s.high = clip(d.Inputs.Max)
	}
	if d.Inputs.ReadinessMeasured {
		s.readiness = d.Inputs.ReadinessSeconds
	}
}

// clip returns n within 0 and the largest int32.
func clip(n int) int32 { return int32(min(max(0, n), math.MaxInt32)) }

// warmAfter returns the replicas after a decision. In another mode than active nothing was
// applied: they are those that there would have been.
func warmAfter(d *event.Decision) int {
	switch {
	case d.Mode != "active":
		return max(0, d.Wanted)
	case d.Observed >= 0:
		return d.Observed
	case d.Applied >= 0:
		return d.Applied
	}
	return max(0, d.Current)
}

// bounded returns the need up to the limit of the function: calls above it wait in line, and
// are not cold starts. Without a decision the limit is not known.
func (s *step) bounded() int32 {
	if s.decided {
		return min(s.need, s.high)
	}
	return s.need
}

// compare returns the sums of a step with a decision. The step is skipped if its need has
// not settled, or that of one of the keepAlive steps before it, without which it is not
// known what keep-alive would hold.
func (a *account) compare(s *step, stepSeconds int64, keepAlive int) Sums {
	last := len(a.steps) - 1 - int((a.newest-s.begin)/stepSeconds)
	first := last - keepAlive
	if s.need < 0 || first < 0 {
		return Sums{Skipped: 1}
	}
	needs := make([]int32, 0, 60) // the longest keep-alive: stays on the stack
	for i := first; i < last; i++ {
		if a.steps[i].need < 0 {
			return Sums{Skipped: 1}
		}
		needs = append(needs, a.steps[i].bounded())
	}
	// Keep-alive is bound by the limits of the function as well.
	kept := min(max(score.KeepAlive(needs, keepAlive), s.low), s.high)
	return s.sums(a.notReadyAt(last), kept, float64(stepSeconds))
}

// notReadyAt returns how many of the replicas of step i were not ready when it began. In
// another mode than active nothing was started: those are not ready that a decision would
// have added to the ones of the step before.
func (a *account) notReadyAt(i int) int32 {
	s := &a.steps[i]
	if !s.active && i > 0 && a.steps[i-1].decided {
		return max(0, s.warm-a.steps[i-1].warm)
	}
	return s.notReady
}
