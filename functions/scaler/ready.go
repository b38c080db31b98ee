package scaler

import (
	"maps"
	"sync"
	"time"

	"prewarm/shared/event"
	"prewarm/shared/openfaas"
)

// readyLog knows how many replicas of each function were ready at which time. It is safe for
// concurrent use; the zero value is empty.
type readyLog struct {
	mu    sync.Mutex
	spans map[string][]readySpan // of each function, oldest first, at most maxSpans
}

// readySpan is a time in which each list of the gateway showed the same number.
type readySpan struct {
	from, to time.Time // of the first and the last list
	ready    int
}

// maxSpans bounds the memory of a function. A decision asks for the begin of its step,
// which is at most a few changes ago.
const maxSpans = 16

// note takes in what the gateway shows of some functions.
func (l *readyLog) note(some []openfaas.Function, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.spans == nil {
		l.spans = map[string][]readySpan{}
	}
	for _, f := range some {
		spans := rewound(l.spans[f.Name], now)
		if n := len(spans); n > 0 && spans[n-1].ready == f.Available {
			spans[n-1].to = now
			continue
		}
		spans = append(spans, readySpan{now, now, f.Available})
		l.spans[f.Name] = spans[max(0, len(spans)-maxSpans):]
	}
}

// observe is note for a list of all functions. It forgets those that no list has had for
// replaySince.
func (l *readyLog) observe(list []openfaas.Function, now time.Time) {
	l.note(list, now)
	l.mu.Lock()
	defer l.mu.Unlock()
	// Functions for which nothing is decided are in the lists too, and are forgotten here alone.
	// A time far ahead comes from a wrong clock.
	maps.DeleteFunc(l.spans, func(_ string, spans []readySpan) bool {
		return now.Sub(spans[len(spans)-1].to).Abs() > replaySince
	})
}

// rewound returns spans without what lies ahead of now: a clock that was ahead has noted it.
func rewound(spans []readySpan, now time.Time) []readySpan {
	for len(spans) > 0 && spans[len(spans)-1].from.After(now) {
		spans = spans[:len(spans)-1]
	}
	if n := len(spans); n > 0 && spans[n-1].to.After(now) {
		spans[n-1].to = now
	}
	return spans
}

// at returns how many replicas of a function were ready at a time, by the list that is
// nearest to it: a change between two lists is taken to lie half way. After a restart that
// is the first list. It is 0 for a function that no list had.
func (l *readyLog) at(name string, t time.Time) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	ready, nearest := 0, time.Duration(-1)
	for _, s := range l.spans[name] {
		if away := max(0, s.from.Sub(t), t.Sub(s.to)); nearest < 0 || away <= nearest {
			ready, nearest = s.ready, away
		}
	}
	return ready
}

// before returns what the last list before a time showed, and at(name, t) without one.
func (l *readyLog) before(name string, t time.Time) int {
	ready := l.at(name, t)
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.spans[name] {
		if s.from.Before(t) {
			ready = s.ready
		}
	}
	return ready
}

// forget drops a function that is not deployed any more.
func (l *readyLog) forget(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.spans, name)
}

// setNotReady fills in Inputs.NotReady, once the replicas after the decisions are known.
// Replicas that appeared without prewarm, after a step that needed none, were started by a
// call of the step that has begun: they were not ready when it began, however near to that
// a list shows them.
func (l *readyLog) setNotReady(decisions []event.Decision) {
	for i := range decisions {
		d := &decisions[i]
		began := time.Unix(d.Step, 0)
		ready := l.at(d.Function, began)
		if d.Inputs.Started > 0 && d.Inputs.RecentNeed == 0 {
			ready = min(ready, l.before(d.Function, began))
		}
		d.Inputs.NotReady = max(0, presentAfter(d)-ready)
	}
}

// presentAfter returns the replicas that the gateway shows after a decision, else those that
// it was asked for: a bound of the gateway may lie between the two.
func presentAfter(d *event.Decision) int {
	switch {
	case d.Observed >= 0:
		return d.Observed
	case d.Applied >= 0:
		return d.Applied
	}
	return d.Current
}
