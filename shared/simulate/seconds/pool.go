package seconds

import (
	"math"
	"math/rand/v2"
)

// pool is the platform of one function: its replicas, the calls that they run, and the
// calls that wait. Times are in seconds since the begin of the trace.
type pool struct {
	concurrency int64 // K, calls that a replica runs at a time

	ready  int64 // replicas that can run calls
	free   int64 // slots of them that run none
	busy   int64 // slots of them that run one
	coming int64 // replicas that are starting
	queued int64 // calls that wait

	running  timetable // when calls end
	starting timetable // when replicas are ready
	queue    []waiting
	head     int // first of queue that still waits

	waits         *histogram // of the calls that waited
	scored        bool       // the present minute counts
	calls, waited int64
	starts        int64
	total         float64 // seconds that calls waited
}

// waiting is a group of calls in the queue.
type waiting struct {
	call
	arrived float64
	scored  bool
}

// begin begins a minute for which the policy decided on warm replicas.
func (p *pool) begin(at float64, warm int64) {
	p.advance(at)
	held := ceilDiv(p.busy, p.concurrency)
	want := max(warm, held)
	coming := p.coming
	if p.ready+coming > want {
		// A platform removes the replicas first that are not ready, but those that calls
		// wait for stay.
		coming = max(ceilDiv(p.queued, p.concurrency), min(coming, want-p.ready))
		p.starting.truncate(int(coming))
	}
	p.coming = coming
	p.ready = max(held, want-coming)
	p.free = p.ready*p.concurrency - p.busy
	p.serve(at)
}

// arrive lets the calls of c come at the same instant. rng gives the random numbers of
// their start times, drawn from starts, if replicas must be started for them.
func (p *pool) arrive(at float64, c call, rng func() *rand.Rand, starts Starts) {
	p.advance(at)
	if p.scored {
		p.calls += c.n
	}
	c.n -= p.run(at, c)
	if c.n == 0 {
		return
	}
	p.queue = append(p.queue, waiting{c, at, p.scored})
	p.queued += c.n
	if p.queued <= p.coming*p.concurrency {
		return
	}
	for r := rng(); p.queued > p.coming*p.concurrency; p.coming++ {
		p.starting.add(at+starts.Draw(r), 1)
		if p.scored {
			p.starts++
		}
	}
	p.advance(at) // a replica may be ready at once
}

// run runs as many calls of c as there are free slots, and returns their number.
func (p *pool) run(at float64, c call) int64 {
	if p.free == 0 {
		return 0
	}
	if c.duration == 0 {
		return c.n // the slot is free again
	}
	n := min(c.n, p.free)
	p.free -= n
	p.busy += n
	p.running.add(at+c.duration, n)
	return n
}

// advance lets happen all that happens until an instant, in the order of time: calls end,
// replicas become ready, and calls of the queue take their slots.
func (p *pool) advance(to float64) {
	for {
		end, ready := p.running.next(), p.starting.next()
		if min(end, ready) > to {
			return
		}
		if end <= ready {
			n := p.running.remove()
			p.busy -= n
			p.free += n
			p.serve(end)
			continue
		}
		n := p.starting.remove()
		p.coming -= n
		p.ready += n
		p.free += n * p.concurrency
		p.serve(ready)
	}
}

// serve gives the free slots to the calls that wait longest.
func (p *pool) serve(at float64) {
	for p.queued > 0 && p.free > 0 {
		w := &p.queue[p.head]
		n := p.run(at, w.call)
		if w.scored {
			p.record(at-w.arrived, n)
		}
		p.queued -= n
		if w.n -= n; w.n == 0 {
			p.head++
		}
	}
	if p.queued == 0 {
		p.queue, p.head = p.queue[:0], 0
	}
}

// record counts n calls that have waited. A call whose replica was ready at once has not.
func (p *pool) record(wait float64, n int64) {
	if wait <= 0 {
		return
	}
	p.waited += n
	p.total += wait * float64(n)
	p.waits.add(wait, n)
}

// drain serves the calls that still wait. A replica that never becomes ready serves none.
func (p *pool) drain() {
	for p.queued > 0 {
		next := min(p.running.next(), p.starting.next())
		if math.IsInf(next, 1) {
			return
		}
		p.advance(next)
	}
}

// ceilDiv returns n / d rounded up, for n of at least 0.
func ceilDiv(n, d int64) int64 { return (n + d - 1) / d }
