package demand

import (
	"maps"
	"slices"
	"time"
)

// Tracker follows the readings of one source, and tells calls in flight from lost ones: calls
// whose end was never counted, which stay in the difference of the counters until their gateway
// restarts.
//
// Which calls are lost is the collector's to know (calls in flight of a forecast, at its
// origin). What the source showed more of at that time is lost, if it did so in anchorSteps
// steps in a row: one step alone may have had a burst between the two moments of reading.
// Until so many steps are known, the fewest calls since the first reading count as lost, unless
// the process began after the tracker: all of its calls came since.
//
// It is not safe for concurrent use.
type Tracker struct {
	began     time.Time
	step      int64      // length of a step in seconds, 0 until a forecast tells
	processes []*process // the one read last is first
}

// process is one gateway, or the store.
type process struct {
	start     float64   // Reading.Process
	read      time.Time // last
	snapshots []snapshot
	fewest    map[string]int     // since the first reading, of functions without an anchor
	excess    map[string]anchors // of functions with an anchor above 0
}

// snapshot is the first reading of a step.
type snapshot struct {
	step     int64 // begin in Unix seconds
	inFlight map[string]int
}

// anchors are the calls that a source showed in excess of those in flight, at the last origins
// in a row at which it did.
type anchors struct {
	calls [anchorSteps]int // the newest last
	count int              // of calls that are known
}

const (
	anchorSteps = 3
	// maxSnapshots covers the delay between an origin and its forecast, which is below two
	// steps: later ones are refused as too old.
	maxSnapshots = 4
	// maxProcesses bounds the gateways behind one address.
	maxProcesses = 16
)

// NewTracker returns a tracker that has seen nothing before now.
func NewTracker(now time.Time) *Tracker { return &Tracker{began: now} }

// Observe takes in a reading, and returns the calls in flight without lost ones, of each label
// function_name that has some.
func (t *Tracker) Observe(r Reading, now time.Time) map[string]int {
	p := t.process(r)
	p.read = now
	p.observe(r.InFlight)
	if t.step > 0 {
		p.snap(now.Unix()/t.step*t.step, r.InFlight)
	}
	out := make(map[string]int, len(r.InFlight))
	for name, n := range r.InFlight {
		if n -= p.lost(name); n > 0 {
			out[name] = n
		}
	}
	return out
}

// severalWithin is for how long a gateway that has answered counts as one of several.
const severalWithin = 5 * time.Minute

// Several reports whether several gateways have answered lately: each of them shows a part of
// the calls.
func (t *Tracker) Several(now time.Time) bool {
	n := 0
	for _, p := range t.processes {
		if now.Sub(p.read).Abs() < severalWithin {
			n++
		}
	}
	return n > 1
}

// Anchor takes in the calls in flight of a function that were believed at the origin of a
// forecast; -1 for unknown, which tells nothing.
func (t *Tracker) Anchor(name string, origin, stepSeconds int64, inFlight int) {
	if t.step != stepSeconds {
		t.step = stepSeconds
		for _, p := range t.processes {
			p.snapshots = nil
		}
	}
	if inFlight < 0 {
		return
	}
	for _, p := range t.processes {
		p.anchor(name, origin, inFlight)
	}
}

// process returns the process of a reading. If there are too many, the one that was not read
// for longest is forgotten.
func (t *Tracker) process(r Reading) *process {
	at := slices.IndexFunc(t.processes, func(p *process) bool { return p.start == r.Process })
	if at < 0 {
		p := &process{start: r.Process, excess: map[string]anchors{}}
		if r.Process <= float64(t.began.Unix()) {
			p.fewest = maps.Clone(r.InFlight)
		}
		t.processes = append(t.processes[:min(len(t.processes), maxProcesses-1)], p)
		at = len(t.processes) - 1
	}
	p := t.processes[at]
	copy(t.processes[1:at+1], t.processes[:at])
	t.processes[0] = p
	return p
}

// observe forgets what is not lost: a function that has fewer calls than that.
func (p *process) observe(inFlight map[string]int) {
	for name, n := range p.fewest {
		if p.fewest[name] = min(n, inFlight[name]); p.fewest[name] == 0 {
			delete(p.fewest, name)
		}
	}
	for name := range p.excess {
		if inFlight[name] == 0 {
			delete(p.excess, name)
		}
	}
}

// snap keeps the first reading of a step.
func (p *process) snap(step int64, inFlight map[string]int) {
	if n := len(p.snapshots); n > 0 && p.snapshots[n-1].step >= step {
		if p.snapshots[n-1].step == step {
			return
		}
		p.snapshots = nil // the clock was set back
	}
	p.snapshots = append(p.snapshots, snapshot{step, inFlight})
	p.snapshots = p.snapshots[max(0, len(p.snapshots)-maxSnapshots):]
}

// anchor compares the reading at an origin with the calls in flight.
func (p *process) anchor(name string, origin int64, inFlight int) {
	at := slices.IndexFunc(p.snapshots, func(s snapshot) bool { return s.step == origin })
	if at < 0 {
		return
	}
	more := p.snapshots[at].inFlight[name] - inFlight
	if more <= 0 {
		delete(p.excess, name)
		delete(p.fewest, name)
		return
	}
	a := p.excess[name]
	copy(a.calls[:], a.calls[1:])
	a.calls[anchorSteps-1], a.count = more, min(a.count+1, anchorSteps)
	p.excess[name] = a
	if a.count == anchorSteps {
		delete(p.fewest, name)
	}
}

// lost returns the lost calls of a function.
func (p *process) lost(name string) int {
	if a := p.excess[name]; a.count == anchorSteps {
		return slices.Min(a.calls[:])
	}
	return p.fewest[name]
}
