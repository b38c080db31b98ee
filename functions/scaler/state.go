package scaler

import (
	"slices"
	"sync"
	"time"

	"prewarm/shared/event"
)

// state is what the scaler knows between batches. A restart loses it without harm:
// the decided steps, the applied numbers and what other controllers made of them are read
// from the stream of decisions.
//
// A batch reserves its functions, so that each is decided once per step. mu is held to decide
// and to keep the books, and never during a call of the gateway or of NATS.
type state struct {
	mu        sync.Mutex
	free      *sync.Cond          // of mu: functions were released
	reserved  map[string]struct{} // functions of batches in work
	latest    int64               // latest time at which a batch came, Unix seconds
	lastSeen  uint64              // number of the last view that see has taken in
	functions map[string]*functionState
	outbox    []*unpublished // oldest first
	waiting   int            // decisions in outbox
	lost      bool           // the functions are another replica's from here on
}

// functionState is what the scaler knows of one function.
type functionState struct {
	numbers
	presence
	decided  decidedSteps
	limits   limits
	denials  denials
	timedOut bool // the last scale call had no answer in time
	// looked is how many lists of the gateway had begun when the function was last decided or
	// missed, or when a decision of another scaler was read. The next decision rests on a later
	// one, which shows what came of this one.
	looked uint64
	acts   bool            // of subject, at the last decision
	known  *event.Forecast // what the last forecast tells the watch, nil before the first
}

// newState returns a state that knows no function. The first batch reads the last
// hour of decisions into it.
func newState() *state {
	s := &state{reserved: map[string]struct{}{}, functions: map[string]*functionState{}}
	s.free = sync.NewCond(&s.mu)
	return s
}

// reserve waits until no function of a batch is reserved, and then reserves all of them.
func (s *state) reserve(batch []event.Forecast) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for slices.ContainsFunc(batch, func(f event.Forecast) bool { return s.isReserved(f.Function) }) {
		s.free.Wait()
	}
	for i := range batch {
		s.reserved[batch[i].Function] = struct{}{}
	}
}

// isReserved reports whether a batch in work has a function.
func (s *state) isReserved(name string) bool {
	_, ok := s.reserved[name]
	return ok
}

// release ends the reservation of the functions of a batch.
func (s *state) release(batch []event.Forecast) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range batch {
		delete(s.reserved, batch[i].Function)
	}
	s.free.Broadcast()
}

// function returns the state of a function, which is created if there is none.
func (s *state) function(name string) *functionState {
	f, ok := s.functions[name]
	if !ok {
		f = &functionState{numbers: noNumbers()}
		s.functions[name] = f
	}
	return f
}

// clockStep is how far ahead of now, in seconds, a clock must have been to be taken for a wrong
// one. Less is the correction of a clock that runs well, or the difference of two of them.
const clockStep = 5

// wentBack notes the time of a batch, and reports whether the clock was set back since the
// batch before.
func (s *state) wentBack(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	back := now.Unix() < s.latest-clockStep
	if back || now.Unix() > s.latest {
		s.latest = now.Unix()
	}
	return back
}

// todo returns the forecasts of a batch for which there is no decision yet, and reports whether
// decisions on others are not published yet.
func (s *state) todo(env event.Envelope, digest string, batch []event.Forecast, now time.Time) (undecided []*event.Forecast, unpublished bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.undecided(digest, batch, now), s.hasUnpublished(env)
}

// undecided returns the forecasts of a batch, named by its digest, for which there is no
// decision yet.
func (s *state) undecided(digest string, batch []event.Forecast, now time.Time) []*event.Forecast {
	var out []*event.Forecast
	for i := range batch {
		f, known := s.functions[batch[i].Function]
		if known {
			f.rewind(now)
		}
		if !known || !f.decided.covers(batch[i].Origin, digest) {
			out = append(out, &batch[i])
		}
	}
	return out
}

// lastLook returns the greatest functionState.looked of the functions of forecasts.
func (s *state) lastLook(forecasts []*event.Forecast) (looked uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range forecasts {
		if known, ok := s.functions[f.Function]; ok {
			looked = max(looked, known.looked)
		}
	}
	return looked
}

// rewind replaces what lies ahead of now: a clock that was ahead has noted it.
func (f *functionState) rewind(now time.Time) {
	f.numbers.rewind(now)
	f.presence.rewind(now)
	f.limits.rewind(now)
	f.decided.rewind(now.Unix())
}

// restore takes over a published decision, of this scaler or of another one. looked is how many
// lists of the gateway have begun: they may be older than what was decided.
func (s *state) restore(d event.Decision, now time.Time, looked uint64) {
	f := s.function(d.Function)
	if !d.OfStep() {
		f.restoreRaise(d, now, looked)
		return
	}
	if f.decided.has(d.Step, d.Batch) {
		return
	}
	f.looked = looked
	made := d.Time.Unix()
	f.decided.rewind(made) // what was decided before, and is dated later
	// Only the latest step may set the numbers: messages of two scalers need not be
	// in the order of their steps.
	if !f.decided.covers(d.Step, d.Batch) {
		f.restoreSetBack(d)
		f.take(&d, d.Applied, f.leftOpen(&d))
	}
	f.decided = f.decided.add(decidedStep{d.Step, d.Batch, made}, now.Unix())
	f.seen(d.Time)
	f.rewind(now)
}

// restoreSetBack takes over what a published decision made of a number that was set back.
func (f *functionState) restoreSetBack(d event.Decision) {
	switch {
	case d.SetBack == nil:
		f.limits.taken.see(d.Current)
	case d.SetBack.To < d.SetBack.From && d.Applied > d.SetBack.To:
		f.limits.reverse(d.Time)
	default:
		f.limits.impose(*d.SetBack, d.Time)
	}
}
