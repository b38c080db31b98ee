package virtual

import (
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"prewarm/shared/openfaas"
)

// function is a deployed function with its traffic.
type function struct {
	name     string
	zero     bool // may be scaled to zero
	duration time.Duration
	calls    func(rng *rand.Rand, step int64, quiet bool) int // that begin in a tick

	born           []time.Time // of each replica
	ends           []time.Time // of the calls in flight
	started, ended float64     // counters of the present gateway
	seconds        float64
}

// gateway is a model of an OpenFaaS gateway and its provider.
type gateway struct {
	mu        sync.Mutex // the scaler makes its calls concurrently
	functions []*function
	began     time.Time
	now       time.Time
	quiet     bool // no function is called
}

// newGateway returns a gateway with functions of different habits.
func newGateway(now time.Time) *gateway {
	every := func(n int64, calls int) func(*rand.Rand, int64, bool) int {
		return func(_ *rand.Rand, step int64, quiet bool) int {
			if quiet || step%n != 0 {
				return 0
			}
			return calls
		}
	}
	random := func(rng *rand.Rand, _ int64, quiet bool) int {
		n := 0
		if rng.IntN(60) == 0 { // drawn in any case, so that the traffic does not depend on quiet
			n = 1 + rng.IntN(4)
		}
		if quiet {
			return 0
		}
		return n
	}
	g := &gateway{began: now.Add(-time.Hour), now: now, functions: []*function{
		{name: "busy.openfaas-fn", duration: 8 * time.Second, calls: every(1, 1), zero: true},
		{name: "steady.openfaas-fn", duration: time.Second, calls: every(2, 1), zero: true},
		{name: "timer.openfaas-fn", duration: 2 * time.Second, calls: every(10, 2), zero: true},
		{name: "random.openfaas-fn", duration: 4 * time.Second, calls: random, zero: true},
		{name: "floor.openfaas-fn", duration: 3 * time.Second, calls: every(5, 3)},
		{name: "idle.openfaas-fn", duration: time.Second, calls: every(1<<40, 0), zero: true},
	}}
	for _, f := range g.functions {
		f.born = []time.Time{now.Add(-time.Hour)}
	}
	return g
}

// pass lets the calls of a tick begin and end. A gateway that is down refuses them.
func (g *gateway) pass(now time.Time, rng *rand.Rand, down bool) {
	g.now = now
	for _, f := range g.functions {
		n := f.calls(rng, now.Add(-tick).Unix()/int64(step/time.Second), g.quiet)
		if down {
			continue
		}
		if n > 0 && len(f.born) == 0 {
			f.born = append(f.born, now) // the gateway wakes the function
		}
		f.started += float64(n)
		for range n {
			f.ends = append(f.ends, now.Add(f.duration))
		}
		f.ends = slices.DeleteFunc(f.ends, func(end time.Time) bool {
			over := !end.After(now)
			if over {
				f.ended++
				f.seconds += f.duration.Seconds()
			}
			return over
		})
	}
}

// restart loses the counters and the calls in flight.
func (g *gateway) restart(now time.Time) {
	g.began = now
	for _, f := range g.functions {
		f.started, f.ended, f.seconds, f.ends = 0, 0, 0, nil
	}
}

// list returns the functions as the API does.
func (g *gateway) list() (out []openfaas.Function) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, f := range g.functions {
		ready := 0
		for _, born := range f.born {
			if g.now.Sub(born) >= startTime {
				ready++
			}
		}
		annotations := map[string]string{openfaas.AnnotationMode: string(openfaas.ModeActive)}
		if f.zero {
			annotations[openfaas.AnnotationZero] = "true"
		}
		out = append(out, openfaas.Function{Name: f.name, Replicas: len(f.born), Available: ready, Annotations: annotations})
	}
	return out
}

// scale sets the replicas of a function, and returns how many it had.
func (g *gateway) scale(name string, n int) (before int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, f := range g.functions {
		if f.name == name {
			before = len(f.born)
			for len(f.born) < n {
				f.born = append(f.born, g.now)
			}
			f.born = f.born[:n]
		}
	}
	return before
}

// replicas returns the replicas of each function.
func (g *gateway) replicas() map[string]int {
	out := map[string]int{}
	for _, f := range g.functions {
		out[f.name] = len(f.born)
	}
	return out
}
