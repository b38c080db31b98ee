package scaler

import (
	"context"
	"errors"
	"fmt"
	"time"

	"prewarm/shared/event"
	"prewarm/shared/openfaas"
	"prewarm/shared/policy"
)

// restoreSince is how far back the decisions are read at the start, and mostAge
// how far from now an acceptable forecast may begin, whatever the step: so that
// whatever is acceptable and was decided is known to be.
const (
	restoreSince = time.Hour
	mostAge      = restoreSince / 2
)

// apply decides and scales every function of the batch that was not decided
// for this step before, then publishes the decisions. A batch that failed half
// way may come again: what was done is not done twice, and is recorded however
// late that is.
func (s *Scaler) apply(ctx context.Context, env event.Envelope, batch *event.Forecasts) error {
	s.memory.mu.Lock()
	defer s.memory.mu.Unlock()
	if err := s.catchUp(ctx); err != nil {
		return err
	}
	held := s.memory.waits(env.ID)
	if err := s.fresh(env, batch); held && errors.Is(err, errStale) {
		return s.publish(ctx)
	} else if err != nil {
		return err
	}
	open := s.memory.open(batch.Forecasts, s.now())
	if len(open) == 0 && !held {
		return fmt.Errorf("%w: id %s", errReplayed, env.ID)
	}
	decisions, failure := s.decideAll(ctx, batch.Model, open)
	s.memory.keep(env, decisions)
	return errors.Join(failure, s.publish(ctx))
}

// catchUp reads the decisions that have come into the stream since the last
// batch, or at the start the recent ones. Not only at the start: while it is
// updated a scaler has another one beside it, and what that one decided must not
// be decided again here.
func (s *Scaler) catchUp(ctx context.Context) error {
	seen, err := s.bus.ReplayAfter(ctx, event.TypeDecisions, s.memory.seen, restoreSince, func(body []byte) {
		var past event.Decisions
		if _, err := event.Open(s.cfg.Key, event.TypeDecisions, body, &past); err != nil {
			s.log.Warn("a past decision cannot be read", "error", err)
			return
		}
		for _, d := range past.Decisions {
			s.memory.restore(d, s.now())
			s.starts.restore(d)
		}
	})
	if err == nil {
		s.memory.seen = seen
	}
	return err
}

// early is how far ahead of now a forecast may begin: clocks may differ by one
// step.
func early(f *event.Forecast) time.Duration {
	return min(time.Duration(f.StepSeconds)*time.Second, mostAge)
}

// fresh refuses batches whose forecasts are too old to act on, or of a time
// that has not come.
func (s *Scaler) fresh(env event.Envelope, batch *event.Forecasts) error {
	for i := range batch.Forecasts {
		f := &batch.Forecasts[i]
		if f.Origin != env.Step {
			return fmt.Errorf("%w: forecasts[%d].origin must be the envelope's step %d, was: %d", event.ErrPayload, i, env.Step, f.Origin)
		}
		late := min(time.Duration(s.cfg.MaxAge*f.StepSeconds)*time.Second, mostAge)
		if age := s.now().Sub(time.Unix(f.Origin, 0)); age > late || age < -early(f) {
			return fmt.Errorf("%w: age must be between %v and %v, was: %v", errStale, -early(f), late, age.Round(time.Second))
		}
	}
	return nil
}

// decideAll returns the decisions that were carried out, and an error where
// some could not be: those functions stay undecided.
func (s *Scaler) decideAll(ctx context.Context, model string, open []*event.Forecast) ([]event.Decision, error) {
	if len(open) == 0 {
		return nil, nil
	}
	if s.cfg.Timeout > 0 {
		bounded, cancel := context.WithTimeout(ctx, s.cfg.Timeout)
		defer cancel()
		ctx = bounded
	}
	paused, err := s.bus.Paused(ctx)
	if err != nil {
		return nil, err
	}
	list, err := s.gateway.List(ctx)
	if err != nil {
		return nil, err
	}
	deployed := byName(list)
	s.forgetDeleted(deployed)
	var moves []*move
	for _, f := range open {
		fn, ok := deployed[f.Function]
		if !ok {
			s.forget(f.Function)
			continue
		}
		moves = append(moves, s.decide(fn, f, paused))
	}
	s.carryOut(ctx, moves)
	decisions, failure := s.settle(model, moves)
	s.readBack(ctx, decisions)
	return decisions, failure
}

// forgetDeleted drops the functions that are not deployed any more: nobody sends
// forecasts of them. Those decided lately stay, so that a list with a hole in it
// does not make a step undecided.
func (s *Scaler) forgetDeleted(deployed map[string]openfaas.Function) {
	for name, f := range s.memory.functions {
		if _, ok := deployed[name]; !ok && !f.decided.since(s.now().Add(-restoreSince).Unix()) {
			s.forget(name)
		}
	}
}

// forget drops what is known of a function that is no longer deployed.
func (s *Scaler) forget(name string) {
	delete(s.memory.functions, name)
	s.metrics.forget(name)
	s.starts.forget(name)
}

// byName returns a list of functions as a map.
func byName(list []openfaas.Function) map[string]openfaas.Function {
	deployed := make(map[string]openfaas.Function, len(list))
	for _, f := range list {
		deployed[f.Name] = f
	}
	return deployed
}

// decide asks the policy, and tells whether the decision is for the gateway.
func (s *Scaler) decide(fn openfaas.Function, f *event.Forecast, paused bool) *move {
	now := s.now()
	set, mem := s.cfg.readSettings(fn), s.memory.of(fn.Name)
	mem.revisit(fn.Replicas, now)
	raised := mem.left >= 0 && fn.Replicas > mem.left
	mem.left = fn.Replicas
	low, high := mem.bounds(set.Min, set.Max, now)
	start, measured := s.starts.p90(fn.Name)
	p := s.ask(now, f, set, policy.State{
		Current: fn.Replicas, Min: low, MinActive: max(low, min(set.MinActive, high)), Max: high,
		Raised: raised, Concurrency: set.Concurrency, Readiness: start,
	})
	// Without the delay of another controller: it is read again after a restart.
	p.Inputs.ReadinessSeconds, p.Inputs.ReadinessMeasured = start.Seconds(), measured
	d := event.Decision{
		Function: fn.Name, Step: f.Origin, Time: now.UTC(), Mode: string(set.Mode), Actuator: string(set.Actuator), Direction: p.Direction(fn.Replicas),
		Current: fn.Replicas, Available: fn.Available, Wanted: p.Wanted, Applied: -1, Observed: -1, Reason: p.Reason, Inputs: p.Inputs,
	}
	if set.problem != "" {
		d.Reason = set.problem + ": observed only; " + d.Reason
	}
	if paused {
		d.Wanted, d.Direction, d.Reason = fn.Replicas, "hold", "paused by the operator; "+d.Reason
	}
	s.metrics.export(&d)
	return &move{Decision: d, memory: mem, call: set.Mode == openfaas.ModeActive && d.Wanted != d.Current && !set.delegated()}
}

// ask asks the policy. Where another controller sets the replicas, the rates
// and the time of scale-in are its own: the policy then states what is needed,
// not the next move, and looks ahead for as long as that controller takes.
func (s *Scaler) ask(now time.Time, f *event.Forecast, set settings, state policy.State) policy.Decision {
	pc := s.cfg.Policy
	pc.CostRatio = set.CostRatio
	if set.delegated() {
		pc.MaxUp, pc.MaxDown = unlimited, unlimited
		state.Raised = false
		state.Readiness += s.cfg.Delay
	}
	return policy.Decide(now, f, state, pc)
}

// unlimited is a factor that no number of replicas reaches in one step.
const unlimited = 1e6
