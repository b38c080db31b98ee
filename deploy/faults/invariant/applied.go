package invariant

import (
	"fmt"
	"time"
)

// applied compares the scale calls with the decisions that say they were applied. Each such
// decision has a call of its own. A call without a decision is allowed only while something
// was broken: the scaler may have been killed before it could publish. A call for a number
// that the function had already, and that the caller had been answered, is never allowed.
func (l *Log) applied(first, last int64) (out []Violation) {
	used := make([]bool, len(l.Scales))
	for _, d := range l.Decisions {
		if d.Applied < 0 {
			continue
		}
		if !l.use(used, d.Function, d.Applied, d.At) && d.Step >= first && d.Step <= last {
			out = append(out, Violation{Unapplied, d.Function, d.Step, fmt.Sprintf("no call has set %d replicas", d.Applied)})
		}
	}
	return append(out, l.repeated(used, first, last)...)
}

// use marks the first call that fits a decision. The decision is stored after the call,
// possibly much later.
func (l *Log) use(used []bool, function string, replicas int, stored time.Time) bool {
	for i, s := range l.Scales {
		if !used[i] && s.Function == function && s.Replicas == replicas && !s.At.After(stored) {
			used[i] = true
			return true
		}
	}
	return false
}

// repeated finds calls that have no decision of their own. The calls of the last steps may
// belong to decisions that are not published yet.
func (l *Log) repeated(used []bool, first, last int64) (out []Violation) {
	begin, end := time.Unix(first, 0), time.Unix(last, 0)
	for i, s := range l.Scales {
		if used[i] || s.At.Before(begin) || s.At.After(end) {
			continue
		}
		again := s.Answered && s.Before == s.Replicas
		if again || !l.broken(s.At.Add(-l.Step), s.At.Add(2*l.Step)) {
			step := s.At.Unix() / l.seconds() * l.seconds()
			out = append(out, Violation{Twice, s.Function, step, fmt.Sprintf("set to %d replicas without a decision of its own", s.Replicas)})
		}
	}
	return out
}
