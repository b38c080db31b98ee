package virtual

import (
	"context"

	"prewarm/deploy/faults/invariant"
	"prewarm/deploy/faults/schedule"
	"prewarm/shared/event"
	"prewarm/shared/openfaas"
)

// client is gateway, store and NATS as one part sees them.
type client struct {
	w    *World
	part schedule.Part
	life context.Context // of the process of the part
}

// List is the gateway's. A fault of the kind list leaves out a function.
func (c client) List(context.Context) ([]openfaas.Function, error) {
	if err, _ := c.answer(schedule.Gateway); err != nil {
		return nil, err
	}
	all := c.w.gateway.list()
	for _, f := range c.w.faults {
		if f.on && f.Kind == schedule.List && f.Part == c.part {
			missing := int(abs(f.Size) * float64(len(all)-1))
			all = append(all[:missing], all[missing+1:]...)
		}
	}
	return all, nil
}

// Function is the gateway's.
func (c client) Function(_ context.Context, name string) (openfaas.Function, error) {
	if err, _ := c.answer(schedule.Gateway); err != nil {
		return openfaas.Function{}, err
	}
	for _, f := range c.w.gateway.list() {
		if f.Name == name {
			return f, nil
		}
	}
	return openfaas.Function{}, openfaas.ErrNotFound
}

// Edition is the gateway's.
func (c client) Edition(context.Context) (openfaas.Edition, error) {
	err, _ := c.answer(schedule.Gateway)
	return openfaas.Standard, err
}

// Scale sets the replicas and notes the call. If the answer is lost, the caller does not know
// that the replicas were set.
func (c client) Scale(_ context.Context, name string, n int) error {
	err, done := c.answer(schedule.Gateway)
	if done {
		before := c.w.gateway.scale(name, n)
		c.w.gateway.mu.Lock()
		defer c.w.gateway.mu.Unlock()
		c.w.Log.Scales = append(c.w.Log.Scales, invariant.Scale{At: c.w.now, Function: name, Before: before, Replicas: n, Answered: err == nil})
	}
	return err
}

// Paused returns a switch that nobody has set.
func (c client) Paused(context.Context) (event.Pause, error) {
	err, _ := c.answer(schedule.NATS)
	return event.Pause{}, err
}

// Modes returns no modes.
func (c client) Modes(context.Context) (map[string]event.Mode, error) {
	err, _ := c.answer(schedule.NATS)
	return nil, err
}
