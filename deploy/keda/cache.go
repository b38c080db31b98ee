// Package keda answers KEDA's external scaler protocol from the stream of
// decisions: KEDA brings each function to the replicas that the policy wants.
//
// What is not known is an error, never a number: KEDA then keeps the replicas
// that are there. So a chain that stops, a function that is not active and one
// that another actuator scales are all left as they are.
package keda

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"prewarm/shared/event"
	"prewarm/shared/openfaas"
)

var (
	// ErrUnknown means that there is no decision for the function that holds now.
	ErrUnknown = errors.New("keda: no decision of now")
	// ErrNotOurs means that the function is not active, or not left to KEDA.
	ErrNotOurs = errors.New("keda: not ours to scale")
)

// Cache knows the last decision of each function, and what the gateway has shown
// of it since. It is safe for concurrent use.
type Cache struct {
	now     func() time.Time
	began   time.Time
	maxAge  time.Duration // of a decision
	viewAge time.Duration // of what the gateway showed

	mu        sync.Mutex
	functions map[string]*entry
	newest    time.Time     // of all decisions
	viewed    time.Time     // when the gateway last answered
	changed   chan struct{} // closed by the next change
}

// entry is one function.
type entry struct {
	decision event.Decision
	replicas int // as the gateway showed last
	lowest   int // that the gateway showed since the decision
}

// NewCache returns a cache on which decisions hold for maxAge and the gateway's
// answers for viewAge.
func NewCache(now func() time.Time, maxAge, viewAge time.Duration) *Cache {
	began := now()
	return &Cache{now: now, began: began, maxAge: maxAge, viewAge: viewAge, functions: map[string]*entry{}, newest: began, changed: make(chan struct{})}
}

// skew is how far ahead of now a decision may be dated: clocks differ.
const skew = time.Minute

// Learn takes over decisions, of which the newest of a function counts. It
// returns how many were left out because they are dated ahead: one that was made
// by a clock that ran ahead would else hide all that come until its time has.
func (c *Cache) Learn(decisions []event.Decision) (ahead int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, d := range decisions {
		switch {
		case c.ahead(d.Time):
			ahead++
		case c.newer(d):
			c.functions[d.Function] = &entry{decision: d, replicas: d.Current, lowest: d.Current}
			if d.Time.After(c.newest) || c.ahead(c.newest) {
				c.newest = d.Time
			}
		}
	}
	c.notify()
	return ahead
}

// ahead reports whether t has not come, whatever clock it is of.
func (c *Cache) ahead(t time.Time) bool { return t.Sub(c.now()) > skew }

// newer reports whether d makes sense and comes after what is known of its
// function. What is known but dated ahead was learned while the cache's own clock
// ran ahead too, and says nothing of what comes now.
func (c *Cache) newer(d event.Decision) bool {
	if d.Wanted < 0 || d.Current < 0 {
		return false
	}
	old, known := c.functions[d.Function]
	return !known || d.Step >= old.decision.Step || c.ahead(old.decision.Time)
}

// See takes over what the gateway shows, and forgets functions that it no longer
// has.
func (c *Cache) See(list []openfaas.Function) {
	c.mu.Lock()
	defer c.mu.Unlock()
	deployed := make(map[string]int, len(list))
	for _, f := range list {
		deployed[f.Name] = f.Replicas
	}
	for name, e := range c.functions {
		n, ok := deployed[name]
		if !ok {
			delete(c.functions, name)
			continue
		}
		e.replicas, e.lowest = n, min(e.lowest, n)
	}
	c.viewed = c.now()
	c.notify()
}

// notify wakes those that wait for a change.
func (c *Cache) notify() {
	close(c.changed)
	c.changed = make(chan struct{})
}

// Changed is closed at the next change.
func (c *Cache) Changed() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.changed
}

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

// Active reports whether a function should have replicas. Where none are wanted
// that is also so after a call has woken it since the decision, which the next
// decision will know of: KEDA would put it back to zero at once.
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
		return false, fmt.Errorf("%w: the gateway does not show whether a call woke %s", ErrUnknown, function)
	}
	if e.replicas > e.lowest {
		return true, nil
	}
	if e.replicas > 0 && e.decision.Time.Before(c.began) {
		return false, fmt.Errorf("%w: nobody saw whether a call woke %s since the last one", ErrUnknown, function)
	}
	return false, nil
}

// valid returns the entry of a function whose decision KEDA may follow.
func (c *Cache) valid(function string) (*entry, error) {
	e, ok := c.functions[function]
	if !ok {
		return nil, fmt.Errorf("%w: none was seen for %s", ErrUnknown, function)
	}
	d := e.decision
	if age := c.now().Sub(d.Time); age > c.maxAge || c.ahead(d.Time) {
		return nil, fmt.Errorf("%w: that for %s must be at most %v old, was: %v", ErrUnknown, function, c.maxAge, age.Round(time.Second))
	}
	if openfaas.Mode(d.Mode) != openfaas.ModeActive || openfaas.Actuator(d.Actuator) != openfaas.ActuatorKEDA {
		return nil, fmt.Errorf("%w: %s must be active with the actuator keda, was: %s, %s", ErrNotOurs, function, d.Mode, d.Actuator)
	}
	return e, nil
}

// Age returns the age of the newest decision, or of the cache where there is
// none.
func (c *Cache) Age() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now().Sub(c.newest)
}

// Functions returns how many functions have a decision.
func (c *Cache) Functions() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.functions)
}
