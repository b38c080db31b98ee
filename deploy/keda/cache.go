// Package keda answers KEDA's external scaler protocol from the stream of
// decisions: KEDA brings each function to the replicas that the policy wants.
//
// An unknown value is an error, never a number, because KEDA keeps the present
// replicas on an error. A stopped chain, a function that is not active and a
// function of another actuator are therefore all left as they are.
package keda

import (
	"errors"
	"maps"
	"sync"
	"time"

	"prewarm/shared/event"
	"prewarm/shared/openfaas"
)

var (
	// ErrUnknown means that no decision for the function holds now.
	ErrUnknown = errors.New("keda: no current decision")
	// ErrNotOurs means that the function is not active, or has another actuator.
	ErrNotOurs = errors.New("keda: not scaled by KEDA")
)

// skew is how far ahead of now a decision may be dated, since clocks differ.
const skew = time.Minute

// Cache holds the last decision of each function, and what the gateway has shown of
// the function since. It is safe for concurrent use.
type Cache struct {
	now     func() time.Time
	began   time.Time
	maxAge  time.Duration // of a decision
	viewAge time.Duration // of a list of the gateway

	mu        sync.Mutex
	functions map[string]*entry
	newest    time.Time     // time of the newest decision, began if there is none
	viewed    time.Time     // when the gateway last answered
	changed   chan struct{} // closed by the next change
}

// entry is one function.
type entry struct {
	decision event.Decision
	replicas int // in the gateway's last list
	lowest   int // fewest replicas in any list since the decision
}

// NewCache returns an empty cache in which decisions hold for maxAge and lists of
// the gateway for viewAge.
func NewCache(now func() time.Time, maxAge, viewAge time.Duration) *Cache {
	began := now()
	return &Cache{now: now, began: began, maxAge: maxAge, viewAge: viewAge, functions: map[string]*entry{}, newest: began, changed: make(chan struct{})}
}

// Add stores decisions; the newest of each function counts. It returns how many it
// refused because they are dated ahead of now: such a decision, made while a clock
// ran ahead, would hide all later ones until its time has come.
func (c *Cache) Add(decisions []event.Decision) (ahead int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rewind()
	for _, d := range decisions {
		switch {
		case c.ahead(d.Time):
			ahead++
		case c.newer(d):
			c.functions[d.Function] = &entry{decision: d, replicas: d.Current, lowest: d.Current}
			if d.Time.After(c.newest) {
				c.newest = d.Time
			}
		}
	}
	c.notify()
	return ahead
}

// ahead reports whether t is dated ahead of now by more than the skew of clocks.
func (c *Cache) ahead(t time.Time) bool { return t.Sub(c.now()) > skew }

// rewind drops what the cache has stored while its own clock ran ahead, once that is set back:
// it would hide the true decisions, or hold again when its time has come.
func (c *Cache) rewind() {
	maps.DeleteFunc(c.functions, func(_ string, e *entry) bool { return c.ahead(e.decision.Time) })
	if c.ahead(c.began) {
		c.began = c.now()
	}
	if c.ahead(c.newest) {
		c.newest = c.began
	}
	if c.ahead(c.viewed) {
		c.viewed = time.Time{}
	}
}

// newer reports whether d is valid and replaces the known decision of its function.
func (c *Cache) newer(d event.Decision) bool {
	if d.Wanted < 0 || d.Current < 0 {
		return false
	}
	old, known := c.functions[d.Function]
	return !known || d.Step >= old.decision.Step
}

// Observe stores the replicas of a list of the gateway, and forgets the functions
// that the list does not have.
func (c *Cache) Observe(list []openfaas.Function) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rewind()
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

// notify closes the channel that Changed has returned.
func (c *Cache) notify() {
	close(c.changed)
	c.changed = make(chan struct{})
}

// Changed returns a channel that the next change closes.
func (c *Cache) Changed() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.changed
}

// Age returns the age of the newest decision, or of the cache if there is none.
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
