package scaler

import (
	"context"
	"errors"
	"fmt"
	"time"

	"prewarm/shared/event"
	"prewarm/shared/openfaas"
)

// replaySince is how far the scaler reads back in the stream of decisions after a
// restart. It is above event.MaxAge: every decision on a forecast that is still accepted is
// known.
const replaySince = 2 * event.MaxAge

// apply decides and scales the functions of the batch that are not decided for its
// step yet, then publishes the decisions. After a failure the connector delivers the
// batch again. apply then decides only what is still undecided, and publishes the
// decisions that were made, even if the batch is too old by then.
func (s *Scaler) apply(ctx context.Context, env event.Envelope, batch *event.Forecasts) error {
	s.state.mu.Lock()
	defer s.state.mu.Unlock()
	// Without the stream it is not known what has been decided. The batch fails and is
	// delivered again, rather than being decided twice.
	if err := s.readDecisions(ctx); err != nil {
		return err
	}
	unpublished := s.state.hasUnpublished(env.ID)
	if err := s.checkAge(env, batch); unpublished && errors.Is(err, event.ErrStale) {
		return s.publish(ctx)
	} else if err != nil {
		return err
	}
	undecided := s.state.undecided(batch.Forecasts, s.now())
	// Everything in the batch is decided and published: an old message that was
	// captured and sent again changes nothing.
	if len(undecided) == 0 && !unpublished {
		return fmt.Errorf("%w: id %s", errReplayed, env.ID)
	}
	decisions, failure := s.decideAll(ctx, batch.Model, undecided)
	// Kept even if some functions failed: replicas were set for these, and that must
	// be on record.
	s.state.keep(env, decisions)
	// publish gets the caller's context, not the one of the gateway calls, which may
	// have used up its time.
	return errors.Join(failure, s.publish(ctx))
}

// readDecisions reads the decisions that were published since the last batch; after
// a start, those of the last hour. It reads before every batch, because during a
// rolling update a second scaler runs, and its decisions must not be made again.
func (s *Scaler) readDecisions(ctx context.Context) error {
	last, err := s.bus.ReplayAfter(ctx, event.TypeDecisions, s.state.lastRead, replaySince, func(body []byte) {
		var published event.Decisions
		if _, err := event.Open(s.cfg.Keys, event.TypeDecisions, body, &published); err != nil {
			// Skipped, since a message that cannot be read now can never be read,
			// and would stop every batch from here on.
			s.log.Warn("a published decision cannot be read", "error", err)
			return
		}
		for _, d := range published.Decisions {
			s.state.restore(d, s.now())
			s.starts.restore(d)
		}
	})
	if err == nil {
		s.state.lastRead = last
	}
	return err
}

// checkAge refuses a batch with a forecast that is too old to act on or lies in the
// future, or whose origin is not the step that the signature covers.
func (s *Scaler) checkAge(env event.Envelope, batch *event.Forecasts) error {
	for i := range batch.Forecasts {
		f := &batch.Forecasts[i]
		if f.Origin != env.Step {
			return fmt.Errorf("%w: forecasts[%d].origin must be the envelope's step %d, was: %d", event.ErrPayload, i, env.Step, f.Origin)
		}
		if err := event.CheckAge(s.now(), f.Origin, f.StepSeconds, s.cfg.MaxAge); err != nil {
			return err
		}
	}
	return nil
}

// decideAll decides and scales, and returns the decisions that were carried out. It
// returns an error if some could not be: their functions stay undecided.
func (s *Scaler) decideAll(ctx context.Context, model string, forecasts []*event.Forecast) ([]event.Decision, error) {
	if len(forecasts) == 0 {
		return nil, nil
	}
	ctx, cancel := withTimeout(ctx, s.cfg.Timeout)
	defer cancel()
	// The operator's switches and the list are read once for the batch. If either fails,
	// nothing has been scaled yet and all functions stay undecided.
	op, err := s.readOperator(ctx)
	if err != nil {
		return nil, err
	}
	list, err := s.gateway.List(ctx)
	if err != nil {
		return nil, err
	}
	s.ready.observe(list, s.now())
	// All decisions are made before the first call: one slow call does not make the
	// others decide on older numbers.
	actions := s.decideEach(byName(list), forecasts, surroundings{op, s.edition(ctx)})
	s.scaleAll(ctx, actions)
	decisions, failure := s.finishAll(model, actions)
	// After finishAll, because only an applied number can be compared with what the
	// gateway lists.
	s.readBack(ctx, decisions)
	s.ready.setNotReady(decisions)
	return decisions, failure
}

// edition returns the edition behind the gateway, the last one known if it does not answer.
func (s *Scaler) edition(ctx context.Context) openfaas.Edition {
	e, err := s.gateway.Edition(ctx)
	if err != nil {
		s.log.Warn("who else scales is not known", "error", err)
	}
	return e
}

// decideEach decides for the functions that are deployed, and forgets the others.
func (s *Scaler) decideEach(deployed map[string]openfaas.Function, forecasts []*event.Forecast, b surroundings) []*action {
	s.forgetDeleted(deployed)
	var actions []*action
	for _, f := range forecasts {
		if fn, ok := deployed[f.Function]; ok {
			actions = append(actions, s.decide(fn, f, b))
		} else {
			s.forget(f.Function)
		}
	}
	return actions
}

// withTimeout is context.WithTimeout that takes 0 for no bound.
func withTimeout(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	if d <= 0 {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, d)
}

// forgetDeleted forgets the functions that are not deployed any more and have no
// recent decision. Others stay, so that one incomplete list of the gateway does not
// make a decided step undecided.
func (s *Scaler) forgetDeleted(deployed map[string]openfaas.Function) {
	for name, f := range s.state.functions {
		if _, ok := deployed[name]; !ok && !f.decided.anySince(s.now().Add(-replaySince).Unix()) {
			s.forget(name)
		}
	}
}

// forget drops the state, the metrics and the times of a function.
func (s *Scaler) forget(name string) {
	delete(s.state.functions, name)
	s.metrics.forget(name)
	s.starts.forget(name)
	s.ready.forget(name)
}

// byName returns the functions by their name.
func byName(list []openfaas.Function) map[string]openfaas.Function {
	deployed := make(map[string]openfaas.Function, len(list))
	for _, f := range list {
		deployed[f.Name] = f
	}
	return deployed
}
