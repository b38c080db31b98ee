package scaler

import (
	"context"
	"errors"
	"time"

	"prewarm/shared/bus"
	"prewarm/shared/event"
	"prewarm/shared/openfaas"
	"prewarm/shared/policy"
)

// learn keeps of a forecast what says how many calls a replica carries, for the watch until the
// next one comes. A function without a forecast is not watched: its calls in flight may be lost
// ones, and with several shards it may be another scaler's.
func (s *Scaler) learn(state *functionState, f *event.Forecast, acts bool) {
	if s.watch == nil {
		return
	}
	s.watch.learn(f)
	state.acts, state.known = acts, &event.Forecast{
		Function: f.Function, Origin: f.Origin, StepSeconds: f.StepSeconds,
		Observation: event.Observation{LoadRate: f.LoadRate, Capacity: f.Capacity, Concurrency: f.Concurrency, CarriesBy: f.CarriesBy},
	}
}

// raise adds replicas for calls that are there, at most once per function. A function that a
// batch has in work is left to that and to the next look. In mode observe, and while the suite
// is paused, nothing is decided between two steps.
func (s *Scaler) raise(ctx context.Context, seen *view, found map[string]calls) {
	leave, err := s.enter()
	if err != nil { // the shard is another replica's, or about to be
		return
	}
	defer leave()
	edition := s.edition(ctx)
	forecasts := s.short(seen, found, edition)
	if len(forecasts) == 0 {
		return
	}
	defer s.state.release(forecasts)
	if err := s.raiseAll(ctx, forecasts, edition); err != nil {
		s.log.Warn("not all replicas for calls in flight were added", "functions", len(forecasts), "error", err)
	}
}

// short reserves and returns the functions that seem to have too few replicas, with their calls
// of now. By what the last view and the last decisions tell, a raise is due.
func (s *Scaler) short(seen *view, found map[string]calls, e openfaas.Edition) (forecasts []event.Forecast) {
	s.state.mu.Lock()
	defer s.state.mu.Unlock()
	for name, c := range found {
		state, listed := s.state.functions[name], seen.functions[name]
		if state == nil || state.known == nil || !state.acts || listed == nil || s.state.isReserved(name) {
			continue
		}
		f, fn := *state.known, *listed
		f.InFlight, f.Queued = c.inFlight, c.queued
		if seen.number <= state.looked && state.previous >= 0 { // decided since
			fn.Replicas = state.previous
		}
		if policy.NeededBy(&f, policy.State{Available: fn.Available, Concurrency: s.cfg.Concurrency}) <= fn.Replicas {
			continue
		}
		if _, due := s.lift(fn, &f, surroundings{edition: e}); due {
			s.state.reserved[name] = struct{}{}
			forecasts = append(forecasts, f)
		}
	}
	return forecasts
}

// raiseAll asks the gateway for the functions, since the last view may be a step old, and adds
// what they still lack.
func (s *Scaler) raiseAll(ctx context.Context, forecasts []event.Forecast, e openfaas.Edition) error {
	op, err := s.readOperator(ctx)
	if err != nil || op.paused != "" {
		return err
	}
	names := make([]string, len(forecasts))
	for i := range forecasts {
		names[i] = forecasts[i].Function
	}
	began := s.tracer.Now()
	read, err := s.read(ctx, names)
	s.ready.note(read, s.now())
	actions := s.liftAll(read, forecasts, surroundings{op, e})
	s.scaleAll(ctx, actions)
	s.readBack(ctx, actions)
	finished := s.finishRaises(actions)
	s.traceMoves(ctx, "raise", began, actions)
	return errors.Join(err, finished, s.publish(ctx))
}

// liftAll decides for the functions as the gateway shows them now.
func (s *Scaler) liftAll(read []openfaas.Function, forecasts []event.Forecast, b surroundings) (actions []*action) {
	of := make(map[string]*event.Forecast, len(forecasts))
	for i := range forecasts {
		of[forecasts[i].Function] = &forecasts[i]
	}
	s.state.mu.Lock()
	defer s.state.mu.Unlock()
	for _, fn := range read {
		f := of[fn.Name]
		if f == nil {
			continue
		}
		if a, due := s.lift(fn, f, b); due {
			actions = append(actions, a)
		}
	}
	return actions
}

// lift decides for the calls of now, and reports whether replicas are to be added. What prewarm
// applied and the gateway does not show was bounded or set back: that is for the next step to
// judge, and asked for once.
func (s *Scaler) lift(fn openfaas.Function, f *event.Forecast, b surroundings) (a *action, due bool) {
	x := s.subject(fn, f, b)
	l, c, state := x.state.limits.current(x), s.cfg.Policy, x.policyState()
	state.Before = x.state.before
	if c.CostRatio = x.scaling.CostRatio; delegated(x.scaling) {
		c.MaxUp, state.Current = unlimited, max(fn.Replicas, x.state.asked)
	}
	l.to(&state, x.scaling.Idle)
	p := policy.Raise(f, state, c)
	d := x.decision(p, stepAt(f, x.now), p.Reason)
	d.Trigger = event.TriggerWatch
	a = &action{Decision: d, state: x.state, timedOut: x.state.timedOut, least: x.scaling.MinActive, limits: l, open: true}
	a.target, a.call = x.target(&d)
	return a, x.acts && p.Wanted > state.Current && (fn.Replicas >= x.state.applied || p.Wanted > x.state.applied)
}

// stepAt returns the begin of the step in progress at a time, in Unix seconds, on the grid of a
// forecast that has begun.
func stepAt(f *event.Forecast, at time.Time) int64 {
	step := int64(f.StepSeconds)
	return f.Origin + max(0, at.Unix()-f.Origin)/step*step
}

// finishRaises keeps the books of raises. In contrast to finishAll, no step is decided by them.
func (s *Scaler) finishRaises(actions []*action) error {
	s.state.mu.Lock()
	defer s.state.mu.Unlock()
	if s.state.lost {
		return bus.ErrNotOwner
	}
	var decisions []event.Decision
	var failures []error
	for _, a := range actions {
		a.state = s.state.function(a.Function)
		a.state.looked = s.views.lists()
		if err := s.finish(a); err != nil {
			failures = append(failures, err)
			continue
		}
		// The step may have ended before the gateway took the call: the replicas are not of it.
		if now := s.now(); a.state.known != nil {
			a.Step, a.Time = stepAt(a.state.known, now), now.UTC()
		}
		a.Reason = shorten(a.Reason, maxReason)
		a.state.limits = a.limits
		a.state.lift(&a.Decision)
		s.metrics.raise(&a.Decision)
		decisions = append(decisions, a.Decision)
	}
	s.ready.setNotReady(decisions)
	s.state.keepRaises(decisions)
	return errors.Join(failures...)
}

// lift takes in a raise, of this scaler or of another one. Replicas that appeared without
// prewarm before it are still those of the step.
func (f *functionState) lift(d *event.Decision) {
	f.take(d, d.Applied, true)
	f.appeared = max(0, d.Inputs.Started)
	f.lastRaise = lastRaise{d.Time, d.Wanted}
}

// restoreRaise takes over a published raise, unless a later step is decided, or it is known.
func (f *functionState) restoreRaise(d event.Decision, now time.Time, looked uint64) {
	if d.Time.After(f.lastRaise.at) && !f.decided.covers(d.Step+1, "") {
		f.looked = looked
		f.lift(&d)
	}
	f.seen(d.Time)
	f.rewind(now)
}
