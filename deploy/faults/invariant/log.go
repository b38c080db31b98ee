// Package invariant checks what must hold of the chain whatever breaks. It reads a log of
// what was collected, decided and applied, and of when something was broken, and knows
// nothing of how the chain was run.
package invariant

import (
	"fmt"
	"time"

	"prewarm/shared/event"
)

// Log is what happened. The zero value with Step and Functions set is an empty log.
type Log struct {
	Step      time.Duration // length of a step, whole seconds
	Functions []string      // those that must be decided in each step, name.namespace

	Decisions []Decided // in the order of their stream
	Scales    []Scale   // in the order in which the gateway took them
	Broken    []Span    // times in which something was broken or healing

	known map[string]bool // function@step of each collected window: its last step was measured
}

// Decided is a decision and when its message was stored. The time in the decision is that of
// the scaler's clock, which may be wrong.
type Decided struct {
	event.Decision
	At time.Time
}

// Decide notes the decisions of a message.
func (l *Log) Decide(at time.Time, batch []event.Decision) {
	for _, d := range batch {
		l.Decisions = append(l.Decisions, Decided{d, at})
	}
}

// Scale is a call that set the replicas of a function, and that the gateway has carried out.
type Scale struct {
	At       time.Time
	Function string
	Before   int // replicas before it, -1 if unknown
	Replicas int
	Answered bool // the answer has reached the caller
}

// Span is a time in which a fault may excuse something.
type Span struct{ Begin, End time.Time }

// Violation is a broken rule.
type Violation struct {
	Rule     string
	Function string
	Step     int64 // Unix seconds, 0 if the rule is not about a step
	Text     string
}

// String names rule, function and step.
func (v Violation) String() string {
	return fmt.Sprintf("%s: %s at step %d: %s", v.Rule, v.Function, v.Step, v.Text)
}

// Collected notes the last step of a window that was published. A window that is published
// again with more data counts as measured.
func (l *Log) Collected(function string, step int64, measured bool) {
	if l.known == nil {
		l.known = map[string]bool{}
	}
	l.known[at(function, step)] = l.known[at(function, step)] || measured
}

func at(function string, step int64) string { return fmt.Sprintf("%s@%d", function, step) }

// broken reports whether something was broken between two times.
func (l *Log) broken(from, to time.Time) bool {
	for _, s := range l.Broken {
		if s.Begin.Before(to) && from.Before(s.End) {
			return true
		}
	}
	return false
}

// seconds is the length of a step in seconds.
func (l *Log) seconds() int64 { return int64(l.Step / time.Second) }
