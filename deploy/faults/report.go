package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"

	"prewarm/deploy/faults/invariant"
	"prewarm/deploy/faults/schedule"
)

// report collects what became of the faults.
type report struct {
	limit      float64 // steps to heal
	rows       map[row]*tally
	violations []string
	skipped    []string // what could not be run, and why
}

// row is a line of the table.
type row struct {
	kind   schedule.Kind
	target string
	level  schedule.Level
}

// tally is what became of the faults of a row.
type tally struct {
	injected, survived int
	longest            float64 // steps to heal
}

// round adds a round. Its faults overlap: each of them counts with the time to heal and the
// violations of the whole round.
func (r *report) round(faults schedule.Round, heal float64, violations []invariant.Violation) {
	if heal > r.limit {
		violations = append(violations, invariant.Violation{Rule: invariant.Unhealed, Text: fmt.Sprintf("healed after %.2f steps, must be at most %.0f", heal, r.limit)})
	}
	if r.rows == nil {
		r.rows = map[row]*tally{}
	}
	for _, f := range faults {
		key := row{f.Kind, f.Target(), f.Level}
		if r.rows[key] == nil {
			r.rows[key] = &tally{}
		}
		t := r.rows[key]
		t.injected++
		t.longest = max(t.longest, heal)
		if len(violations) == 0 {
			t.survived++
		}
	}
	r.note(fmt.Sprint(faults), violations)
}

// note adds violations, with what led to them.
func (r *report) note(cause string, violations []invariant.Violation) {
	for _, v := range violations {
		r.violations = append(r.violations, fmt.Sprintf("%v; after %s", v, cause))
	}
}

// skip notes once that a fault cannot be injected here.
func (r *report) skip(text string) {
	if !slices.Contains(r.skipped, text) {
		r.skipped = append(r.skipped, text)
	}
}

func (r *report) violated() bool { return len(r.violations) > 0 }

// print writes the violations and the table.
func (r *report) print(out io.Writer) {
	for _, v := range r.violations {
		fmt.Fprintln(out, "VIOLATED", v)
	}
	for _, s := range r.skipped {
		fmt.Fprintln(out, "SKIPPED", s)
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "fault\tof\tlevel\tinjected\tsurvived\tlongest time to heal, steps")
	var all tally
	for _, key := range slices.SortedFunc(maps.Keys(r.rows), compareRows) {
		t := r.rows[key]
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%d\t%.2f\n", key.kind, key.target, key.level, t.injected, t.survived, t.longest)
		all.injected += t.injected
		all.survived += t.survived
		all.longest = max(all.longest, t.longest)
	}
	fmt.Fprintf(w, "all\t\t\t%d\t%d\t%.2f\n", all.injected, all.survived, all.longest)
	_ = w.Flush()
}

func compareRows(a, b row) int {
	return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.target, b.target), cmp.Compare(a.level, b.level))
}
