// Package witness keeps a record of calls and replicas of its own, and counts from it what
// each step needed, and how much of that was cold or idle. It shares no code with the
// functions of the suite, so that their figures can be checked against it.
//
// A call is recorded as its client saw it, replicas as the gateway's API states them.
// Nothing comes from the store, from a message or from a decision.
package witness

import (
	"context"
	"slices"
	"sync"
	"time"

	"prewarm/shared/openfaas"
)

// Record holds what was seen. The zero value is empty and ready to use. Its methods may be
// called concurrently.
type Record struct {
	mu       sync.Mutex
	calls    map[string][]call
	replicas map[string][]level // rising in time
	late     time.Duration
}

// call is one call of a function.
type call struct{ begin, end time.Time }

// level is what was seen of the replicas of a function at a time.
type level struct {
	at    time.Time
	n     int // desired
	ready int
}

// Call records a call that has ended.
func (r *Record) Call(function string, begin, end time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.calls == nil {
		r.calls = map[string][]call{}
	}
	r.calls[function] = append(r.calls[function], call{begin, end})
}

// Replicas records that a function had n replicas at a time, of which some were ready. The
// times of a function must not fall.
func (r *Record) Replicas(function string, at time.Time, n, ready int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.replicas == nil {
		r.replicas = map[string][]level{}
	}
	seen := r.replicas[function]
	// Only changes are kept.
	if last := len(seen) - 1; last < 0 || seen[last].n != n || seen[last].ready != ready {
		r.replicas[function] = append(seen, level{at, n, ready})
	}
}

// Watch records the replicas of all functions at the interval until ctx ends. A list that
// fails is left out: the next one states the replicas again.
func (r *Record) Watch(ctx context.Context, gateway openfaas.Lister, interval time.Duration) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for last := time.Now(); ; {
		if functions, err := gateway.List(ctx); err == nil {
			now := time.Now()
			for _, f := range functions {
				r.Replicas(f.Name, now, f.Replicas, f.Available)
			}
			r.punctual(now.Sub(last) - interval)
			last = now
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// punctual records by how much a list was late.
func (r *Record) punctual(late time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.late = max(r.late, late)
}

// Late returns by how much Watch was late at most since the last call of Late: for so long,
// replicas were not seen.
func (r *Record) Late() time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	late := r.late
	r.late = 0
	return late
}

// callsOf returns the recorded calls of a function.
func (r *Record) callsOf(function string) []call {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.calls[function])
}

// replicasAt returns what was last seen of the replicas at a time or before it, none if
// nothing was.
func (r *Record) replicasAt(function string, at time.Time) level {
	r.mu.Lock()
	defer r.mu.Unlock()
	var last level
	for _, l := range r.replicas[function] {
		if l.at.After(at) {
			break
		}
		last = l
	}
	return last
}

// fewestIn returns the fewest replicas that a function had from one time to another.
func (r *Record) fewestIn(function string, from, to time.Time) int {
	fewest := r.replicasAt(function, from).n
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, l := range r.replicas[function] {
		if l.at.After(from) && !l.at.After(to) {
			fewest = min(fewest, l.n)
		}
	}
	return fewest
}
