package rival

import (
	"fmt"
	"math"

	"prewarm/shared/simulate"
)

// FaasCacheStart is the start time in seconds that a FaasCache has for a function whose own
// is unknown: the cold start of FeMux's RUM (EuroSys 2026).
const FaasCacheStart = 0.808

// FaasCache keeps replicas in a memory of limited size, by greedy-dual caching: they stay
// until memory is full, and then those of least priority go.
//
//	priority = clock + frequency * cost / size
//
// size is the memory of a replica of the function in MB, cost its start time in seconds,
// and frequency the calls of the function since it last had no replica. The clock of a
// replica is the cache's clock when it last served a call. The cache's clock begins at 0
// and is the largest priority of a replica that was removed, so that replicas that serve no
// calls age. One cost for all functions changes no decision, since it scales every
// priority alike.
//
// Source: Fuerst and Sharma, "FaasCache: Keeping Serverless Computing Alive with
// Greedy-Dual Caching", ASPLOS 2021. It differs in these:
//
//   - Time runs in minutes. All calls of a minute run at once, on as many replicas as the
//     need. First the warm replicas serve, those that served last before others; then
//     missing ones are started in the order of the functions, for which replicas that
//     serve nothing in this minute make room.
//   - The paper drops a call for which no memory can be made. In the simulation every call
//     is served, so replicas that run may exceed the memory. When the minute ends, the
//     least of them go until the rest fits: what is warm in the next minute always fits.
//   - The size of the memory is the knob, not taken from hit-ratio curves. It is a share of
//     the memory that all functions would take at once, each with the largest need that it
//     had so far and at least one replica, and so it grows with the load.
type FaasCache struct {
	share          float64
	peak           int64 // bytes of all functions at once, each with its largest need so far
	capacity, used int64 // bytes; sums of them are exact
	clock          float64
	functions      []cached
	idle           cacheHeap // functions with replicas that serve nothing in this minute
}

// bytesPerMB converts memory.
const bytesPerMB = 1 << 20

// cached is the state of one function.
type cached struct {
	size      int64        // bytes of a replica
	gain      float64      // cost / size, seconds per MB
	frequency float64      // calls since it last had no replica
	most      int32        // largest need so far, at least 1
	replicas  int32        // sum of the stack
	running   int32        // of them those that serve in this minute
	stack     []cacheClock // the one that served last at the end
	at        int          // place in the heap, -1 if not in it
}

// cacheClock is replicas that have the same clock.
type cacheClock struct {
	clock    float64
	replicas int32
}

// NewFaasCache returns the policy for w. share, above 0, sets its memory. memory gives the
// MB of a replica of a function, start its start time in seconds; both must be above 0.
// NewFaasCache panics if a value is out of bounds.
func NewFaasCache(w *simulate.Workload, share float64, memory, start func(f int) float64) *FaasCache {
	if !(share > 0) || math.IsInf(share, 0) {
		panic(fmt.Sprintf("rival: share of the memory must be above 0, was: %g", share))
	}
	p := &FaasCache{share: share, functions: make([]cached, len(w.Functions))}
	p.idle.functions = p.functions
	for f := range p.functions {
		size, cost := memory(f), start(f)
		if !(size > 0 && cost > 0) {
			panic(fmt.Sprintf("rival: memory and start time of %s must be above 0, were: %g MB, %g s", w.Functions[f].Name, size, cost))
		}
		p.functions[f] = cached{size: int64(math.Ceil(size * bytesPerMB)), gain: cost / size, most: 1, at: -1}
		p.peak += p.functions[f].size
	}
	return p
}

// Name implements simulate.Policy.
func (p *FaasCache) Name() string { return fmt.Sprintf("faascache-%g", p.share) }

// Warm implements simulate.Policy.
func (p *FaasCache) Warm(warm []int32, h simulate.History) {
	if minute := h.Minute() - 1; minute >= 0 {
		p.grow(h, minute)
		for f := range p.functions {
			p.serve(f, h.Need(f)[minute], h.Counts(f)[minute])
		}
		for f := range p.functions {
			p.start(f, h.Need(f)[minute])
		}
		p.shrink()
	}
	for f := range p.functions {
		warm[f] = p.functions[f].replicas
	}
}

// grow sets the size of the memory by the largest needs up to a minute.
func (p *FaasCache) grow(h simulate.History, minute int) {
	for f := range p.functions {
		c := &p.functions[f]
		if more := h.Need(f)[minute] - c.most; more > 0 {
			c.most += more
			p.peak += int64(more) * c.size
		}
	}
	p.capacity = int64(math.Round(p.share * float64(p.peak)))
}

// serve lets the warm replicas of f serve the calls of a minute.
func (p *FaasCache) serve(f int, need, calls int32) {
	c := &p.functions[f]
	c.frequency += float64(max(0, calls))
	if c.running = min(need, c.replicas); c.running > 0 {
		c.take(c.running)
		c.push(p.clock, c.running)
	}
	p.idle.update(f)
}

// start starts the replicas of f that a minute needs and that were not warm.
func (p *FaasCache) start(f int, need int32) {
	c := &p.functions[f]
	for c.running < need {
		for p.used+c.size > p.capacity && len(p.idle.order) > 0 {
			p.evict(p.idle.order[0])
		}
		c.push(p.clock, 1)
		c.running++
		p.used += c.size
	}
}

// shrink ends a minute: no replica serves, and what exceeds the memory goes.
func (p *FaasCache) shrink() {
	for f := range p.functions {
		p.functions[f].running = 0
		p.idle.update(f)
	}
	for p.used > p.capacity && len(p.idle.order) > 0 {
		p.evict(p.idle.order[0])
	}
}

// evict removes the replica of f of least priority, which must not serve.
func (p *FaasCache) evict(f int) {
	c := &p.functions[f]
	p.clock = max(p.clock, c.priority())
	p.used -= c.size
	c.replicas--
	if c.stack[0].replicas--; c.stack[0].replicas == 0 {
		c.stack = c.stack[1:]
	}
	if c.replicas == 0 {
		c.frequency = 0
	}
	p.idle.update(f)
}
