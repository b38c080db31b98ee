package seconds

import "math"

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
	leftOut       int64 // calls of minutes that are not replayed
	starts        int64
	total         float64 // seconds that calls waited
}

// waiting is a call in the queue.
type waiting struct {
	arrived, duration float64
	scored            bool
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

// arrive lets a call come that takes duration. start returns the time that a replica takes
// to start if one must be started for it.
func (p *pool) arrive(at, duration float64, start func() float64) {
	p.advance(at)
	if p.scored {
		p.calls++
	}
	if p.free > 0 {
		p.run(at, duration)
		return
	}
	p.queue = append(p.queue, waiting{at, duration, p.scored})
	if p.queued++; p.queued <= p.coming*p.concurrency {
		return
	}
	p.starting.add(at + start())
	p.coming++
	if p.scored {
		p.starts++
	}
	p.advance(at) // the replica may be ready at once
}

// run runs a call in a free slot. One that takes no time leaves it free.
func (p *pool) run(at, duration float64) {
	if duration > 0 {
		p.free--
		p.busy++
		p.running.add(at + duration)
	}
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
			p.running.remove()
			p.busy--
			p.free++
			p.serve(end)
			continue
		}
		p.starting.remove()
		p.coming--
		p.ready++
		p.free += p.concurrency
		p.serve(ready)
	}
}

// serve gives the free slots to the calls that wait longest.
func (p *pool) serve(at float64) {
	for p.queued > 0 && p.free > 0 {
		w := p.queue[p.head]
		p.head++
		p.queued--
		p.run(at, w.duration)
		if w.scored {
			p.record(at - w.arrived)
		}
	}
	if p.queued == 0 {
		p.queue, p.head = p.queue[:0], 0
	}
}

// record counts a call that has waited. One whose replica was ready at once has not.
func (p *pool) record(wait float64) {
	if wait > 0 {
		p.waited++
		p.total += wait
		p.waits.add(wait)
	}
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
