package scaler

import (
	"sync"
	"time"

	"prewarm/shared/event"
)

// memory is what the scaler knows between batches. All of it can be rebuilt:
// the decided steps from the stream of decisions, the rest by trying again.
type memory struct {
	mu        sync.Mutex // serialises batches: a function is decided once a step
	seen      uint64     // the last message of the stream of decisions that was read
	functions map[string]*function
	outbox    []waiting // the oldest first
}

// function is what is known of one function.
type function struct {
	decided steps
	applied int // replicas that the gateway was last told, -1 where nothing or where somebody else has set others since
	left    int // replicas that the last decision left, -1 where there was none
	limit   learned
	strikes int  // how often in a row the gateway reported another number right after the call
	hung    bool // the last call was not answered in its time
	// reverted is when a controller was last found to have lowered what was told.
	reverted time.Time
}

// learned are limits that the gateway enforces without saying so, such as the
// community edition's 1..5. They are forgotten after a while, since they may
// have changed.
type learned struct {
	min, max int // 0: none
	until    time.Time
}

// learnedFor is how long a learned limit is believed.
const learnedFor = 30 * time.Minute

func newMemory() *memory {
	return &memory{functions: map[string]*function{}}
}

// of returns the entry of a function, which is made where there is none.
func (m *memory) of(name string) *function {
	f, ok := m.functions[name]
	if !ok {
		f = &function{applied: -1, left: -1}
		m.functions[name] = f
	}
	return f
}

// open returns the forecasts of a batch that were not decided before.
func (m *memory) open(batch []event.Forecast, now time.Time) []*event.Forecast {
	var out []*event.Forecast
	for i := range batch {
		latest := now.Add(early(&batch[i])).Unix()
		if f, ok := m.functions[batch[i].Function]; !ok || !f.decided.has(batch[i].Origin, latest) {
			out = append(out, &batch[i])
		}
	}
	return out
}

// restore takes over what an earlier decision says.
func (m *memory) restore(d event.Decision, now time.Time) {
	f := m.of(d.Function)
	if !f.decided.has(d.Step, now.Unix()) {
		f.applied, f.left = d.Applied, d.Current
		if d.Applied >= 0 {
			f.left = d.Applied
		}
	}
	f.decided = f.decided.add(d.Step, now.Unix())
}

// observe compares what the gateway was told with what it reports right after
// the call. One difference may be a call that woke the function in between, or
// an operator; the second in a row is a limit.
func (f *function) observe(told, reported int, now time.Time) {
	if told == reported {
		f.strikes = 0
		return
	}
	if f.strikes++; f.strikes >= 2 {
		f.learn(told, reported, now)
	}
}

// revertWindow is the time within which two reverts are a limit: an HPA waits
// for its stabilisation of five minutes each time.
const revertWindow = 15 * time.Minute

// revisit compares steps later, however well the call went: the community
// edition and an HPA put back what they do not want only then. The second number
// that was lowered is a limit. A higher one is none: a call may have woken the
// function.
func (f *function) revisit(reported int, now time.Time) {
	switch told := f.applied; {
	case told < 0:
	case reported == told: // at last, where the gateway's list lags
		f.strikes = 0
	case reported > 0 && reported < told:
		if f.strikes > 0 || now.Sub(f.reverted) <= revertWindow {
			f.learn(told, reported, now)
		}
		f.applied, f.reverted = -1, now
	default:
		f.applied = -1
	}
}

// learn takes what the gateway reports as a limit.
func (f *function) learn(told, reported int, now time.Time) {
	f.limit = learned{min: reported, until: now.Add(learnedFor)}
	if reported < told {
		f.limit = learned{max: max(reported, 1), until: now.Add(learnedFor)}
	}
}

// bounds narrows the limits of a function by what was learned.
func (f *function) bounds(min, max int, now time.Time) (int, int) {
	if now.After(f.limit.until) {
		return min, max
	}
	if f.limit.max > 0 && f.limit.max < max {
		max = f.limit.max
	}
	if f.limit.min > min {
		min = f.limit.min
	}
	return min, max
}
