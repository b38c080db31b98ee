package keda

import (
	"fmt"
	"time"

	"prewarm/shared/event"
	"prewarm/shared/openfaas"
)

// Wanted returns the replicas that the policy wants of a function (name.namespace).
func (c *Cache) Wanted(function string) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, err := c.valid(function)
	if err != nil {
		return 0, err
	}
	return e.decision.Wanted, nil
}

// Active reports whether a function should have replicas. That is so if some are
// wanted, or if a call has started one since the decision: the decision does not
// know of the call, and KEDA would remove the replica at once.
func (c *Cache) Active(function string) (bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, err := c.valid(function)
	if err != nil {
		return false, err
	}
	if e.decision.Wanted > 0 {
		return true, nil
	}
	if c.viewed.IsZero() || c.now().Sub(c.viewed) > c.viewAge {
		return false, fmt.Errorf("%w: no recent list of the gateway shows whether a call started %s", ErrUnknown, function)
	}
	if e.replicas > e.lowest { // they rose since the decision: a call
		return true, nil
	}
	if e.replicas > 0 && e.decision.Time.Before(c.began) {
		// The replicas may have fallen to zero and risen again before the cache began.
		return false, fmt.Errorf("%w: the decision for %s is older than this process, which may have missed a call", ErrUnknown, function)
	}
	return false, nil
}

// valid returns the entry of a function if KEDA may follow its decision.
func (c *Cache) valid(function string) (*entry, error) {
	e, ok := c.functions[function]
	if !ok {
		return nil, fmt.Errorf("%w: none was received for %s", ErrUnknown, function)
	}
	d := e.decision
	if !c.holds(d) {
		return nil, fmt.Errorf("%w: that for %s must be at most %v old, was: %v", ErrUnknown, function, c.maxAge, c.now().Sub(d.Time).Round(time.Second))
	}
	if openfaas.Mode(d.Mode) != openfaas.ModeActive || openfaas.Actuator(d.Actuator) != openfaas.ActuatorKEDA {
		return nil, fmt.Errorf("%w: %s must be active with the actuator keda, was: %s, %s", ErrNotOurs, function, d.Mode, d.Actuator)
	}
	return e, nil
}

// holds reports whether a decision is neither expired nor dated ahead of now.
func (c *Cache) holds(d event.Decision) bool {
	return c.now().Sub(d.Time) <= c.maxAge && !c.ahead(d.Time)
}

// Current returns the last decision of each function, in any mode and of any actuator,
// unless it has expired. The order is not defined.
func (c *Cache) Current() []event.Decision {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []event.Decision
	for _, e := range c.functions {
		if c.holds(e.decision) {
			all = append(all, e.decision)
		}
	}
	return all
}
