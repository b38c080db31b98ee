package scaler

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"prewarm/shared/event"
	"prewarm/shared/openfaas"
)

// action is a decision and the scale call that carries it out.
type action struct {
	event.Decision
	state    *functionState
	call     bool                             // a scale call is due
	target   int                              // its replicas
	least    int                              // of the function while there are any
	timedOut bool                             // the last scale call had no answer in time
	err      error                            // of the call
	limits   limits                           // of the function after this decision
	open     bool                             // of verdict
	span     struct{ began, ended time.Time } // of the call, if there are spans
}

// maxCalls bounds the calls of the gateway that run at the same time, over all batches.
//
// Enough to hide the latency of a call, few enough not to flood the gateway with the
// calls of a full batch.
const maxCalls = 8

// errNotTried means that a call was not made, because all calls before it timed out.
var errNotTried = fmt.Errorf("%w: not tried, none of the calls before it was answered in its time", openfaas.ErrUnavailable)

// scaleAll makes the scale calls of all actions, up to maxCalls at a time and each
// within its share of the batch's time, so that a call without an answer holds up no
// other. If the first calls that end have all timed out, the gateway as a whole does
// not answer: the calls that have not begun then fail with errNotTried.
func (s *Scaler) scaleAll(ctx context.Context, actions []*action) {
	calls := callsOf(actions)
	timeout := s.callTimeout(len(calls))
	var answered, hangs atomic.Bool
	var group errgroup.Group
	group.SetLimit(maxCalls)
	for _, a := range calls {
		group.Go(func() error {
			if hangs.Load() {
				a.err = fmt.Errorf("scale %s to %d: %w", a.Function, a.target, errNotTried)
				return nil
			}
			a.err = s.calls.do(ctx, func() error { return s.scale(ctx, a, timeout) })
			// Any answer counts, an error too: it shows that the gateway is there.
			if !a.timedOut {
				answered.Store(true)
			} else if !answered.Load() {
				hangs.Store(true)
			}
			return nil
		})
	}
	_ = group.Wait() // each action keeps its own error
}

// callsOf returns the actions with a call. Functions whose last call timed out are
// last: if they were first, the gateway would seem not to answer at all.
func callsOf(actions []*action) []*action {
	var calls, last []*action
	for _, a := range actions {
		switch {
		case !a.call:
		case a.timedOut:
			last = append(last, a)
		default:
			calls = append(calls, a)
		}
	}
	return append(calls, last...)
}

// callTimeout returns the time for each of n calls, 0 for no bound. Even if none is
// answered, all of them end before the time of the batch does, with one share left to
// read back.
func (s *Scaler) callTimeout(n int) time.Duration {
	rounds := (n + maxCalls - 1) / maxCalls
	return s.cfg.Timeout / time.Duration(rounds+1)
}

// scale makes one call, notes whether it timed out, and begins to measure the start
// time of added replicas.
func (s *Scaler) scale(ctx context.Context, a *action, timeout time.Duration) error {
	ctx, cancel := withTimeout(ctx, timeout)
	defer cancel()
	a.span.began = s.tracer.Now()
	err := s.gateway.Scale(ctx, a.Function, a.target)
	a.span.ended = s.tracer.Now()
	a.timedOut = errors.Is(err, openfaas.ErrTimeout)
	if err == nil {
		s.starts.begin(a.Function, a.target, a.Available)
	}
	return err
}

// finishAll puts the decisions that were carried out into the outbox, and returns an error if
// some could not be: their functions stay undecided. A function whose mode is off is decided,
// but its decision is not published.
func (s *Scaler) finishAll(batch event.Envelope, from origin, actions []*action) error {
	s.state.mu.Lock()
	defer s.state.mu.Unlock()
	decisions := make([]event.Decision, 0, len(actions))
	var failures []error
	looked := s.views.lists()
	for _, a := range actions {
		// A clock that was set forward meanwhile may have let another batch forget the function.
		a.state = s.state.function(a.Function)
		a.state.looked = looked
		if err := s.finish(a); err != nil {
			failures = append(failures, err)
			continue
		}
		now := s.now().Unix()
		a.state.decided = a.state.decided.add(decidedStep{a.Step, from.digest, now}, now)
		a.state.limits = a.limits
		a.state.take(&a.Decision, a.Applied, a.open)
		s.metrics.count(&a.Decision)
		if a.Mode != string(openfaas.ModeOff) {
			a.Model, a.Batch, a.Reason = from.model, from.digest, shorten(a.Reason, maxReason)
			decisions = append(decisions, a.Decision)
		}
	}
	s.ready.setNotReady(decisions)
	// Kept even if some functions failed: replicas were set for these, and that must
	// be on record.
	s.state.keep(batch, decisions)
	return errors.Join(failures...)
}

// refusedTo returns the replicas that a refused call leaves. A gateway that refuses none, as
// the community edition on Kubernetes does, may well set the least.
func (a *action) refusedTo() int {
	if a.target == 0 {
		return min(a.Current, a.least)
	}
	return a.Current
}

// finish records the result of a call in the decision. It returns the error of a
// call that may succeed later; one that would be refused again becomes a limit and a part of
// the reason.
func (s *Scaler) finish(a *action) error {
	if !a.call {
		return nil
	}
	a.state.timedOut = a.timedOut
	switch {
	case errors.Is(a.err, openfaas.ErrRefused), errors.Is(a.err, openfaas.ErrDenied) && a.state.denials.note(a.target, a.Step):
		a.limits.refuse(a.target, a.refusedTo(), !errors.Is(a.err, openfaas.ErrRefused), s.now())
		a.state.denials = denials{}
		a.Reason += fmt.Sprintf("; but the gateway refused: %v", a.err)
	case errors.Is(a.err, openfaas.ErrNotFound):
		a.Reason += "; but the function is not deployed any more"
	// Timeouts and unreachable gateways: nothing is decided, and the call is repeated
	// when the batch is delivered again.
	case a.err != nil:
		if a.timedOut {
			a.state.asked = a.target // it may have been carried out all the same
		}
		return a.err
	default:
		a.Applied, a.state.denials = a.target, denials{}
		a.limits.accept(a.target)
	}
	s.log.Info("scaled", "function", a.Function, "from", a.Current, "to", a.target, "applied", a.Applied, "reason", a.Reason)
	return nil
}
