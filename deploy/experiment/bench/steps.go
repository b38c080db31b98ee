//go:build unix

package bench

import (
	"time"

	"prewarm/deploy/experiment/synthetic"
	"prewarm/shared/event"
)

// step is what was seen of one step of the chain.
type step struct {
	end       time.Time
	decided   map[string]time.Time // by function, when its first decision arrived
	windows   span
	forecasts span
	scales    []time.Time // of the calls that its decisions made
	repeated  int         // decisions of functions that were decided
	unknown   int         // functions that were decided without the calls of the step
}

// span is the time of the first and of the last message.
type span struct{ first, last time.Time }

func (s *span) add(at time.Time) {
	if s.first.IsZero() {
		s.first = at
	}
	s.last = at
}

// book keeps the steps.
type book struct {
	keys    event.Keys
	step    time.Duration
	want    map[string]bool // functions to decide
	steps   map[int64]*step
	pending map[string][]synthetic.Scale // calls that no decision has explained yet, by function
	invalid int                          // messages that could not be opened
}

func newBook(keys event.Keys, length time.Duration, functions []string) *book {
	b := &book{keys: keys, step: length, want: map[string]bool{}, steps: map[int64]*step{}, pending: map[string][]synthetic.Scale{}}
	for _, name := range functions {
		b.want[name] = true
	}
	return b
}

// at returns the step that ends at a time in Unix seconds, which is the origin of its
// forecasts.
func (b *book) at(end int64) *step {
	s := b.steps[end]
	if s == nil {
		s = &step{end: time.Unix(end, 0), decided: map[string]time.Time{}}
		b.steps[end] = s
	}
	return s
}

// update takes in what has arrived. The scale calls must be taken after the messages: a call
// comes before the message that explains it.
func (b *book) update(decisions []message, arrivals []arrival, scales []synthetic.Scale) {
	for _, s := range scales {
		b.pending[s.Function] = append(b.pending[s.Function], s)
	}
	for _, a := range arrivals {
		if s := b.at(a.step); a.subject == event.TypeWindows {
			s.windows.add(a.at)
		} else {
			s.forecasts.add(a.at)
		}
	}
	for _, m := range decisions {
		var batch event.Decisions
		if _, err := event.Open(b.keys, event.TypeDecisions, m.body, &batch); err != nil {
			b.invalid++
			continue
		}
		for i := range batch.Decisions {
			b.decision(&batch.Decisions[i], m.at)
		}
	}
}

// decision notes the decision of a step, also to hold, and its scale call. Decisions between
// two steps are none of a step.
func (b *book) decision(d *event.Decision, at time.Time) {
	if !b.want[d.Function] || d.Trigger != event.TriggerStep {
		return
	}
	s := b.at(d.Step)
	if _, decided := s.decided[d.Function]; decided {
		s.repeated++
	} else {
		s.decided[d.Function] = at
		if d.Inputs.RecentNeed < 0 {
			s.unknown++
		}
	}
	if d.Applied < 0 {
		return
	}
	if call, ok := b.explain(d, at); ok {
		s.scales = append(s.scales, call)
	}
}

// explain finds the call of a decision: the latest with its replicas, after the end of its
// step and before its message arrived.
func (b *book) explain(d *event.Decision, at time.Time) (time.Time, bool) {
	calls := b.pending[d.Function]
	for i := len(calls) - 1; i >= 0; i-- {
		c := calls[i]
		if c.Replicas == d.Applied && !c.At.After(at) && c.At.Unix() >= d.Step {
			b.pending[d.Function] = append(calls[:i:i], calls[i+1:]...)
			return c.At, true
		}
	}
	return time.Time{}, false
}

// whole reports whether every function is decided.
func (b *book) whole(end int64) bool {
	s := b.steps[end]
	return s != nil && len(s.decided) == len(b.want)
}

// known reports whether every function is decided with the calls of the step.
func (b *book) known(end int64) bool { return b.whole(end) && b.steps[end].unknown == 0 }

// between returns the calls within a time that no decision of a step explains.
func (b *book) between(from, to time.Time) (n int) {
	for _, calls := range b.pending {
		for _, c := range calls {
			if !c.At.Before(from) && c.At.Before(to) {
				n++
			}
		}
	}
	return n
}
