package scaler

import (
	"slices"
	"time"

	"prewarm/shared/event"
	"prewarm/shared/openfaas"
	"prewarm/shared/policy"
)

// limitLifetime is how long a limit applies, and the least time between two reversals of a
// function. The cause may be gone later.
const limitLifetime = time.Hour

// deniedLifetime is how long a limit applies that was learned from answers other than 400.
// It is short, since a proxy or a permission may be mended at any time, and nothing else
// shows that.
const deniedLifetime = 10 * time.Minute

// refusedBy stands for a gateway that refused a call, among the controllers of a limit.
const refusedBy = "gateway"

// hold is a time in which something holds. The zero value never holds.
type hold struct {
	since time.Time // zero for never
	lasts time.Duration
}

// at reports whether h holds.
func (h hold) at(now time.Time) bool { return !h.since.IsZero() && now.Before(h.until()) }

func (h hold) until() time.Time { return h.since.Add(h.lasts) }

// rewind replaces a begin ahead of now by now: a clock that was ahead has noted it.
func (h *hold) rewind(now time.Time) {
	if h.since.After(now) {
		h.since = now
	}
}

// imposed is a number of replicas that another controller has imposed on a function.
type imposed struct {
	event.SetBack
	hold
	denied bool // by refusedBy: learned from repeated answers other than 400
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
	// noReversal is the time in which there is no reversal. The first raise after a limit
	// has expired counts as the reversal of its hour: a controller that sets back each number
	// sees one of prewarm per hour.
	noReversal hold
}

// impose takes in a number that was set back. From fewer, prewarm leaves scale-in to the
// other controller.
func (l *limits) impose(s event.SetBack, now time.Time) {
	i := imposed{SetBack: s, hold: hold{now, limitLifetime}}
	switch {
	case s.To > s.From:
		l.least = i
	case s.By == openfaas.Idler: // a call holds it off, and prewarm may try again then
		l.taken = i
	default:
		l.most, l.noReversal = i, hold{now, 2 * limitLifetime}
	}
}

// refuse takes in a number that the gateway refused, and the one that it leaves. denied is
// true if it was learned from repeated answers other than 400.
func (l *limits) refuse(from, to int, denied bool, now time.Time) {
	i := imposed{SetBack: event.SetBack{By: refusedBy, From: from, To: to}, hold: hold{now, limitLifetime}, denied: denied}
	if denied {
		i.lasts = deniedLifetime
	}
	if to > from {
		l.least = i
	} else {
		l.most = i
	}
}

// accept takes in a number that the gateway has set. It drops the refusals that this disproves:
// those learned from answers other than 400, and those of a number that target has reached.
func (l *limits) accept(target int) {
	if l.most.By == refusedBy && (l.most.denied || target >= l.most.From) {
		l.most = imposed{}
	}
	if l.least.By == refusedBy && (l.least.denied || target <= l.least.From) {
		l.least = imposed{}
	}
}

// reverse notes a reversal.
func (l *limits) reverse(now time.Time) { l.noReversal = hold{now, limitLifetime} }

// mayReverse reports whether the last reversal is long enough ago.
func (l *limits) mayReverse(now time.Time) bool { return !l.noReversal.at(now) }

// rewind replaces the times ahead of now.
func (l *limits) rewind(now time.Time) {
	for _, h := range []*hold{&l.most.hold, &l.taken.hold, &l.least.hold, &l.noReversal} {
		h.rewind(now)
	}
}

// current returns the limits without those that have expired or whose cause is gone.
func (l limits) current(x *subject) limits {
	if x.causeGone(l.most) {
		l.most, l.noReversal = imposed{}, hold{}
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

// causeGone reports whether the cause of a bound is gone: the owner has switched its controller
// off or has named another one by the actuator, or the function has a number that the gateway
// refused. While the edition is unknown, the autoscaler and AlertManager count as on.
func (x *subject) causeGone(i imposed) bool {
	switch {
	case !x.judges(i.From, i.To):
		return true
	case i.By == refusedBy: // the gateway has set it for somebody else
		return i.From > i.To && x.fn.Replicas >= i.From || i.From < i.To && x.fn.Replicas <= i.From
	case i.By == openfaas.Idler:
		return x.scaling.Idle == 0
	case i.By == openfaas.Autoscaler, i.By == openfaas.AlertManager:
		return x.scaling.Edition != openfaas.EditionUnknown && !slices.Contains(x.others, i.By)
	}
	return false
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
