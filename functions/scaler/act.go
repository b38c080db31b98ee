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

// move is a decision and what came of it.
type move struct {
	event.Decision
	memory *function
	call   bool  // the gateway is to be told
	err    error // of the call
}

// callsAtATime bounds the scale calls that are under way.
const callsAtATime = 8

// errHangs means a call that was not made, since those before it hung.
var errHangs = fmt.Errorf("%w: not tried, none of the calls before it was answered in its time", openfaas.ErrUnavailable)

// carryOut tells the gateway of all moves that are for it, some at a time and
// each within its share of the time: one call that hangs holds up no other. Where
// the first that come back have all hung, the gateway does, and the rest is not
// tried.
func (s *Scaler) carryOut(ctx context.Context, moves []*move) {
	calls := callsOf(moves)
	share := s.share(len(calls))
	var answered, hangs atomic.Bool
	var group errgroup.Group
	group.SetLimit(callsAtATime)
	for _, m := range calls {
		group.Go(func() error {
			if hangs.Load() {
				m.err = fmt.Errorf("scale %s to %d: %w", m.Function, m.Wanted, errHangs)
				return nil
			}
			m.err = s.tell(ctx, m, share)
			if !m.memory.hung {
				answered.Store(true)
			} else if !answered.Load() {
				hangs.Store(true)
			}
			return nil
		})
	}
	_ = group.Wait() // each move keeps its own error
}

// callsOf returns the moves that the gateway is to be told of. Functions whose
// last call hung come last, so that the others are not taken to hang with them.
func callsOf(moves []*move) []*move {
	var calls, last []*move
	for _, m := range moves {
		switch {
		case !m.call:
		case m.memory.hung:
			last = append(last, m)
		default:
			calls = append(calls, m)
		}
	}
	return append(calls, last...)
}

// share is how long one of n calls may take, so that all of them end before the
// time of the batch does even where none is answered, and time is left to read
// back. 0: no bound.
func (s *Scaler) share(n int) time.Duration {
	rounds := (n + callsAtATime - 1) / callsAtATime
	return s.cfg.Timeout / time.Duration(rounds+1)
}

// tell makes one call, notes whether it hung, and starts the clock of a scale-up.
func (s *Scaler) tell(ctx context.Context, m *move, share time.Duration) error {
	if share > 0 {
		bounded, cancel := context.WithTimeout(ctx, share)
		defer cancel()
		ctx = bounded
	}
	err := s.gateway.Scale(ctx, m.Function, m.Wanted)
	m.memory.hung = errors.Is(err, openfaas.ErrTimeout)
	if err == nil {
		s.starts.begin(m.Function, m.Wanted, m.Available)
	}
	return err
}

// settle returns the decisions that were carried out, and an error where some
// could not be: those functions stay undecided.
func (s *Scaler) settle(model string, moves []*move) ([]event.Decision, error) {
	var decisions []event.Decision
	var failures []error
	for _, m := range moves {
		if err := s.conclude(m); err != nil {
			failures = append(failures, err)
			continue
		}
		m.memory.decided = m.memory.decided.add(m.Step, s.now().Unix())
		s.metrics.decisions.WithLabelValues(m.Mode, m.Direction).Inc()
		if m.Mode != string(openfaas.ModeOff) {
			m.Model, m.Reason = model, shorten(m.Reason, maxReason)
			decisions = append(decisions, m.Decision)
		}
	}
	return decisions, errors.Join(failures...)
}

// conclude notes what came of the call, if there was one. What the gateway
// refuses for good is recorded; what it could not do now is an error.
func (s *Scaler) conclude(m *move) error {
	if !m.call {
		return nil
	}
	switch {
	case errors.Is(m.err, openfaas.ErrRefused):
		m.memory.learn(m.Wanted, m.Current, s.now())
		m.Reason += fmt.Sprintf("; but the gateway refused: %v", m.err)
	case errors.Is(m.err, openfaas.ErrNotFound):
		m.Reason += "; but the function is gone"
	case m.err != nil:
		return m.err
	default:
		m.Applied, m.memory.applied, m.memory.left = m.Wanted, m.Wanted, m.Wanted
	}
	s.log.Info("scaled", "function", m.Function, "from", m.Current, "to", m.Wanted, "applied", m.Applied, "reason", m.Reason)
	return nil
}
