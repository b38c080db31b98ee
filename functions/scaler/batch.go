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
	unpublished := s.state.hasUnpublished(env)
	if err := s.checkAge(env, batch); unpublished && errors.Is(err, event.ErrStale) {
		return s.publish(ctx)
	} else if err != nil {
		return err
	}
	digest := env.Digest()
	undecided := s.state.undecided(digest, batch.Forecasts, s.now())
	// Everything in the batch is decided and published: an old message that was
	// captured and sent again changes nothing.
	if len(undecided) == 0 && !unpublished {
		return fmt.Errorf("%w: id %s", errReplayed, env.ID)
	}
	decisions, failure := s.decideAll(ctx, origin{batch.Model, digest}, undecided)
	// Kept even if some functions failed: replicas were set for these, and that must
	// be on record.
	s.state.keep(env, decisions)
	// publish gets the caller's context, not the one of the gateway calls, which may
	// have used up its time.
	return errors.Join(failure, s.publish(ctx))
}

// rewind replaces what was noted while the clock was ahead, after it was set back. The state of
// a function is replaced when it is next used. The stream is read again, since a wrong clock
// may have chosen the wrong hour of it.
func (s *Scaler) rewind() {
	s.log.Warn("the clock was set back")
	s.state.lastRead = 0
	s.metrics.rewind(s.now())
}

// readDecisions reads the decisions that were published since the last batch; after
// a start, those of the last hour. It reads before every batch, because during a
// rolling update a second scaler runs, and its decisions must not be made again.
func (s *Scaler) readDecisions(ctx context.Context) error {
	if s.state.wentBack(s.now()) {
		s.rewind()
	}
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
func (s *Scaler) decideAll(ctx context.Context, from origin, forecasts []*event.Forecast) ([]event.Decision, error) {
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
	seen, err := s.views.get(ctx, s.state.lastLooks(forecasts), viewAge(forecasts))
	if err != nil {
		return nil, err
	}
	s.see(seen)
	// All decisions are made before the first call: one slow call does not make the
	// others decide on older numbers.
	actions, missing := s.decideEach(seen, forecasts, surroundings{op, s.edition(ctx)})
	s.scaleAll(ctx, actions)
	for _, a := range actions {
		a.state.looked = s.views.lists()
	}
	decisions, failure := s.finishAll(from, actions)
	// After finishAll, because only an applied number can be compared with what the
	// gateway lists.
	s.readBack(ctx, decisions)
	s.ready.setNotReady(decisions)
	return decisions, errors.Join(failure, missing)
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
func (s *Scaler) decideEach(seen *view, forecasts []*event.Forecast, b surroundings) ([]*action, error) {
	var actions []*action
	var missing error
	for _, f := range forecasts {
		fn, listed := seen.functions[f.Function]
		known := s.state.functions[f.Function]
		switch {
		case listed:
			s.meet(s.state.function(f.Function), *fn, seen.taken)
			a := s.decide(*fn, f, b)
			a.Inputs.ViewAge = seen.age(s.now()).Seconds()
			actions = append(actions, a)
		case known != nil && known.awaited(s.now()):
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

// byName returns the functions by their name.
func byName(list []openfaas.Function) map[string]openfaas.Function {
	deployed := make(map[string]openfaas.Function, len(list))
	for _, f := range list {
		deployed[f.Name] = f
	}
	return deployed
}
