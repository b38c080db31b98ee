package scaler

import (
	"fmt"
	"slices"
	"time"

	"prewarm/shared/event"
	"prewarm/shared/openfaas"
	"prewarm/shared/policy"
)

// limitLifetime is how long a limit applies, and the least time between two reversals of a
// function. The cause may be gone later.
const limitLifetime = time.Hour

// refusedBy stands for a gateway that refused a call, among the controllers of a limit.
const refusedBy = "gateway"

// imposed is a number of replicas that another controller has imposed on a function.
type imposed struct {
	event.SetBack
	since time.Time // zero for none
	// woken is true if a call has brought back replicas since: it holds the idler off for its
	// time. A call before does not, since the idler took the replicas in spite of it.
	woken bool
}

// limits are the bounds that other controllers impose on the replicas of one function, such
// as 1 to 5 in the community edition. The zero value has none.
type limits struct {
	most  imposed // set back from more
	taken imposed // by the idler, beside which the autoscaler may impose most
	least imposed // set back from fewer
	// noReversal is the time before which there is no reversal. The first raise after a limit
	// has expired counts as the reversal of its hour: a controller that sets back each number
	// sees one of prewarm per hour.
	noReversal time.Time
}

// impose takes in a number that was set back. From fewer, prewarm leaves scale-in to the
// other controller.
func (l *limits) impose(s event.SetBack, now time.Time) {
	i := imposed{SetBack: s, since: now}
	switch {
	case s.To > s.From:
		l.least = i
	case s.By == openfaas.Idler: // a call holds it off, and prewarm may try again then
		l.taken = i
	default:
		l.most, l.noReversal = i, now.Add(2*limitLifetime)
	}
}

// reverse notes a reversal.
func (l *limits) reverse(now time.Time) { l.noReversal = now.Add(limitLifetime) }

// mayReverse reports whether the last reversal is long enough ago.
func (l *limits) mayReverse(now time.Time) bool { return !now.Before(l.noReversal) }

// current returns the limits without those that have expired or whose cause is gone.
func (l limits) current(x *subject) limits {
	if x.causeGone(l.most) {
		l.most, l.noReversal = imposed{}, time.Time{}
	}
	for _, i := range []*imposed{&l.most, &l.taken, &l.least} {
		if !i.at(x.now) || x.causeGone(*i) {
			*i = imposed{}
		}
	}
	l.taken.see(x.fn.Replicas)
	return l
}

// see notes whether replicas have come back.
func (i *imposed) see(current int) { i.woken = i.woken || current > i.To }

// causeGone reports whether the owner has switched the controller off that imposed a bound,
// or has named another one by the actuator. While the edition is not known, the autoscaler
// and AlertManager are not known to be off.
func (x *subject) causeGone(i imposed) bool {
	switch {
	case !x.judges(i.From, i.To):
		return true
	case i.By == openfaas.Idler:
		return x.scaling.Idle == 0
	case i.By == openfaas.Autoscaler, i.By == openfaas.AlertManager:
		return x.scaling.Edition != openfaas.EditionUnknown && !slices.Contains(x.others, i.By)
	}
	return false
}

// at reports whether the bound applies.
func (i imposed) at(now time.Time) bool {
	return !i.since.IsZero() && now.Before(i.since.Add(limitLifetime))
}

// to sets the bounds in a state of the policy. A function that has more replicas than
// another controller left it keeps them: they are not prewarm's. What the idler has imposed
// does not count within its time after a call that woke the function.
func (l limits) to(s *policy.State, idle time.Duration) {
	most := l.most
	if heldOff := l.taken.woken && !s.IdlerTakes; !l.taken.since.IsZero() && !heldOff {
		most = l.taken
	}
	if !most.since.IsZero() {
		s.AtMost = &policy.Limit{Replicas: max(most.To, s.Current), Why: most.reason(idle)}
	}
	if !l.least.since.IsZero() {
		s.AtLeast = &policy.Limit{Replicas: l.least.floor(s.Current), Why: l.least.reason(idle)}
	}
}

// floor returns the replicas that prewarm keeps. A controller that raises a function from
// none does not let it be at none: the found number is the least. One that raises it from
// more scales it by a rule of its own: prewarm lowers none of its numbers.
func (i imposed) floor(current int) int {
	if i.From == 0 {
		return min(i.To, current)
	}
	return current
}

// reason states who imposed the bound, until when it applies, and what to change.
func (i imposed) reason(idle time.Duration) string {
	until := i.since.Add(limitLifetime).UTC().Format("15:04 UTC")
	switch {
	case i.To > i.From && i.From == 0:
		return fmt.Sprintf("%s: at least %d until %s; %s", undone(i.SetBack, idle), i.To, until, remedy(i.By))
	case i.To > i.From:
		return fmt.Sprintf("%s: prewarm lowers nothing until %s; %s", undone(i.SetBack, idle), until, remedy(i.By))
	}
	return fmt.Sprintf("%s: at most %d until %s; %s", undone(i.SetBack, idle), i.To, until, remedy(i.By))
}

// undone states what another controller has done.
func undone(s event.SetBack, idle time.Duration) string {
	switch {
	case s.By == refusedBy:
		return fmt.Sprintf("the gateway refused %d", s.From)
	case s.By == openfaas.Idler:
		return fmt.Sprintf("the idler (%s) took %d replica%s that %s warm for a call", short(idle), s.From, plural(s.From, "", "s"), plural(s.From, "was", "were"))
	}
	return fmt.Sprintf("%s set %d back to %d", nameOf(s.By), s.From, s.To)
}

// nameOf returns the name of a controller within a sentence.
func nameOf(by string) string {
	switch by {
	case openfaas.Autoscaler:
		return "OpenFaaS' autoscaler"
	case openfaas.AlertManager:
		return "AlertManager"
	}
	return "another controller"
}

// remedy states what the owner may change.
func remedy(by string) string {
	const see = "functions/README.md, Beside other controllers"
	switch by {
	case openfaas.Autoscaler:
		return "set " + openfaas.LabelMin + " = " + openfaas.LabelMax + " and prewarm.max, see " + see
	case openfaas.AlertManager:
		return "leave AlertManager out of the chart, see " + see
	case openfaas.Idler:
		return "set prewarm.zero instead of " + openfaas.LabelZero + ", see " + see
	}
	return "see " + see
}

func plural(n int, one, more string) string {
	if n == 1 {
		return one
	}
	return more
}
