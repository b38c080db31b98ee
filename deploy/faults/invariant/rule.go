package invariant

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"prewarm/shared/series"
)

// Names of the rules, as the report shows them.
const (
	Once      = "decided twice"
	Missing   = "not decided"
	Unfounded = "scale-in without evidence"
	Twice     = "applied twice"
	Unapplied = "applied on record alone"
	Settled   = "settled elsewhere"
	Unhealed  = "not healed"
	Leftover  = "left over"
)

// Check returns the violations of the decisions for the steps from first to last, both
// included, in Unix seconds, and of the scale calls until then.
func (l *Log) Check(first, last int64) []Violation {
	return slices.Concat(l.once(first, last), l.missing(first, last), l.unfounded(first, last), l.applied(first, last))
}

// once finds steps of a function with two decisions. Raises within a step decide none.
func (l *Log) once(first, last int64) (out []Violation) {
	times := map[string]int{}
	for _, d := range l.Decisions {
		if d.Step < first || d.Step > last || !d.OfStep() {
			continue
		}
		if times[at(d.Function, d.Step)]++; times[at(d.Function, d.Step)] == 2 {
			out = append(out, Violation{Once, d.Function, d.Step, "two decisions are in the stream"})
		}
	}
	return out
}

// missing finds steps without a decision that no fault explains. A fault explains the steps
// whose scrapes, tick, forecast or decision it may have hit: those that ended up to two steps
// before it, and those that ended while it lasted.
func (l *Log) missing(first, last int64) (out []Violation) {
	decided := map[string]bool{}
	for _, d := range l.Decisions {
		if d.OfStep() {
			decided[at(d.Function, d.Step)] = true
		}
	}
	for step := first; step <= last; step += l.seconds() {
		end := time.Unix(step, 0)
		if l.broken(end.Add(-l.Step), end.Add(2*l.Step)) {
			continue
		}
		for _, f := range l.Functions {
			if !decided[at(f, step)] {
				out = append(out, Violation{Missing, f, step, "no decision, and nothing was broken"})
			}
		}
	}
	return out
}

// unfounded finds decisions that lower replicas although the last step is unknown, by the
// decision or by the window that it rests on.
func (l *Log) unfounded(first, last int64) (out []Violation) {
	for _, d := range l.Decisions {
		lowers := d.Wanted < d.Current || d.Applied >= 0 && d.Applied < d.Current
		if d.Step < first || d.Step > last || !lowers {
			continue
		}
		known, collected := l.known[at(d.Function, d.Step)]
		switch {
		case d.Inputs.RecentNeed == series.NoData:
			out = append(out, Violation{Unfounded, d.Function, d.Step, fmt.Sprintf("%d to %d replicas, and the last step is unknown", d.Current, d.Wanted)})
		case collected && !known:
			out = append(out, Violation{Unfounded, d.Function, d.Step, fmt.Sprintf("%d to %d replicas, and the window has no last step", d.Current, d.Wanted)})
		}
	}
	return out
}

// Differ compares the replicas that functions have after a quiet time with those of a run
// without faults.
func Differ(got, want map[string]int) (out []Violation) {
	for _, f := range slices.Sorted(maps.Keys(want)) {
		if n, ok := got[f]; !ok || n != want[f] {
			out = append(out, Violation{Settled, f, 0, fmt.Sprintf("%d replicas, without faults: %d", n, want[f])})
		}
	}
	return out
}
