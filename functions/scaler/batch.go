package scaler

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.opentelemetry.io/otel/attribute"

	"prewarm/shared/bus"
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
//
// Batches run at the same time unless they have a function in common: then the later one
// waits, also if it is the same batch that is delivered again while the first delivery is in
// work.
func (s *Scaler) apply(ctx context.Context, env event.Envelope, batch *event.Forecasts) error {
	s.state.reserve(batch.Forecasts)
	defer s.state.release(batch.Forecasts)
	// Without the stream it is not known what has been decided. The batch fails and is
	// delivered again, rather than being decided twice.
	if err := s.readDecisions(ctx); err != nil {
		return err
	}
	digest := env.Digest()
	undecided, unpublished := s.state.todo(env, digest, batch.Forecasts, s.now())
	if err := s.checkAge(env, batch); unpublished && errors.Is(err, event.ErrStale) {
		return s.publish(ctx)
	} else if err != nil {
		return err
	}
	// Everything in the batch is decided and published: an old message that was
	// captured and sent again changes nothing.
	if len(undecided) == 0 && !unpublished {
		return fmt.Errorf("%w: id %s", errReplayed, env.ID)
	}
	failure := s.decideAll(ctx, env, origin{batch.Model, digest}, undecided)
	// publish gets the caller's context, not the one of the gateway calls, which may
	// have used up its time.
	return errors.Join(failure, s.publish(ctx))
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

// decideAll decides and scales, and puts the decisions that were carried out into the outbox.
// It returns an error if some could not be: their functions stay undecided.
func (s *Scaler) decideAll(ctx context.Context, env event.Envelope, from origin, forecasts []*event.Forecast) error {
	if len(forecasts) == 0 {
		return nil
	}
	ctx, cancel := withTimeout(ctx, s.cfg.Timeout)
	defer cancel()
	began := s.tracer.Now()
	// The operator's switches are read once for the batch. If that or the view fails, nothing
	// has been scaled yet and all functions stay undecided.
	op, err := s.readOperator(ctx)
	if err != nil {
		return err
	}
	seen, err := s.views.get(ctx, s.state.lastLook(forecasts), viewAge(forecasts))
	if err != nil {
		return err
	}
	// All decisions are made before the first call: one slow call does not make the
	// others decide on older numbers.
	actions, missing := s.decideEach(seen, forecasts, surroundings{op, s.edition(ctx)})
	s.scaleAll(ctx, actions)
	s.readBack(ctx, actions)
	err = s.finishAll(env, from, actions)
	s.traceMoves(ctx, "decide", began, actions, attribute.Int64("prewarm.step", env.Step), attribute.String("prewarm.batch", env.ID))
	return errors.Join(err, missing)
}

// origin names the forecasts that decisions rest on.
type origin struct {
	model  string
	digest string
}

// edition returns the edition behind the gateway, the last one known if it does not answer.
func (s *Scaler) edition(ctx context.Context) openfaas.Edition {
	e, err := s.gateway.Edition(ctx)
	if err != nil {
		s.log.Warn("who else scales is not known", "error", err)
	}
	return e
}

// decideEach decides for the functions that are deployed. It returns an error if some were
// deployed until just now: their forecasts are to be delivered again.
func (s *Scaler) decideEach(seen *view, forecasts []*event.Forecast, b surroundings) (actions []*action, missing error) {
	s.state.mu.Lock()
	defer s.state.mu.Unlock()
	if s.state.lost {
		return nil, bus.ErrNotOwner
	}
	// What another batch has learned from a later view stands.
	if newest := s.views.newest(); newest.number > seen.number {
		seen = newest
	}
	s.see(seen)
	for _, f := range forecasts {
		fn, listed := seen.functions[f.Function]
		known := s.state.functions[f.Function]
		switch {
		case listed:
			s.meet(s.state.function(f.Function), *fn, seen.taken)
			a := s.decide(*fn, f, b)
			a.Inputs.ViewAge = seen.age(s.now()).Seconds()
			actions = append(actions, a)
		case known != nil && !known.gone(s.now()) && known.missed(s.now()):
			known.looked = seen.number
			missing = fmt.Errorf("%w: %s", errMissing, f.Function)
		}
	}
	return actions, missing
}

// withTimeout is context.WithTimeout that takes 0 for no bound.
func withTimeout(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	if d <= 0 {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, d)
}
