package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"prewarm/shared/cli"
	"prewarm/shared/simulate"
	"prewarm/shared/simulate/measure"
	"prewarm/shared/simulate/seconds"
	"prewarm/shared/trace"
)

// report is the result of a run, as written with -json.
type report struct {
	Trace       string       `json:"trace"`
	Layout      trace.Layout `json:"layout"`
	Attribution string       `json:"attribution,omitempty"`
	Functions   int          `json:"functions"`
	Minutes     int          `json:"minutes"`
	WarmUp      int          `json:"warm_up_minutes"` // not scored
	Concurrency int          `json:"concurrency"`
	SkippedRows int          `json:"skipped_rows"`
	Unknown     int          `json:"malformed_durations"`
	Seed        *uint64      `json:"seed,omitempty"` // of the replay at the second
	BadMemory   int          `json:"malformed_memory_rows"`
	Unseen      bool         `json:"unseen"`          // only functions that the embedded model was not trained on
	Memory      memory       `json:"memory"`          // where the memory of the functions comes from
	Notes       []string     `json:"notes,omitempty"` // what was taken for granted in reading
	Scores      []scored     `json:"scores"`
	Summary     summary      `json:"summary"`

	base       scored            // of keep-alive-10
	store      bool              // the trace is that of a store
	calls      *seconds.Workload // nil without -seconds
	population *measure.Population
}

// scored is a score with the measures of the literature, and what both are relative to
// keep-alive-10: null if its figure is 0.
type scored struct {
	simulate.Score
	Waiting   *seconds.Waiting    `json:"waiting,omitempty"` // with -seconds
	IdleRatio *float64            `json:"idle_to_keepalive_10"`
	Measures  measure.Measures    `json:"measures"`
	Relative  map[string]*float64 `json:"measures_to_keepalive_10"`
}

// newReport returns a report without scores.
func newReport(tr *trace.Trace, w *simulate.Workload, o options) *report {
	return &report{
		Trace: cmp.Or(o.trace, string(tr.Layout)), Layout: tr.Layout, Attribution: tr.Layout.Attribution(), Functions: len(tr.Functions), Minutes: tr.Minutes,
		WarmUp: simulate.WarmUpMinutes, Concurrency: o.concurrency, SkippedRows: tr.Summary.BadRows,
		Unknown: tr.Summary.BadDurations, BadMemory: tr.Summary.BadMemory, Unseen: o.unseen, Memory: memoryOf(w), Notes: tr.Summary.Notes,
		store: o.prometheus != "",
	}
}

// add appends a score. Its idle time is relative to that of base, which must be set before.
func (r *report) add(s scored) {
	s.IdleRatio = ratio(float64(s.Idle), float64(r.base.Idle))
	s.Relative = map[string]*float64{}
	for _, c := range append(costColumns(), rateColumns()...) {
		if c.key != "" {
			s.Relative[c.key] = ratio(c.value(s.Measures), c.value(r.base.Measures))
		}
	}
	r.Scores = append(r.Scores, s)
}

// ratio returns a / b, or nil if b is 0. It is a pointer because JSON has no value for a
// ratio to 0 but null.
func ratio(a, b float64) *float64 {
	if b == 0 {
		return nil
	}
	a /= b
	return &a
}

// decimals returns a ratio with three decimals, or a dash.
func decimals(ratio *float64) string {
	if ratio == nil {
		return "-"
	}
	return fmt.Sprintf("%.3f", *ratio)
}

// which says which functions of the trace are scored, if not all are.
func (r *report) which() string {
	if r.Unseen {
		return " that the embedded model was not trained on"
	}
	return ""
}

// writeTable writes the scores as a Markdown table, with the number of digits of the
// published reference figures.
// The rates are cold starts relative to the need: of all functions, the mean of the
// functions, and their 75th percentile. Idle time is in replica-minutes.
func (r *report) writeTable(out io.Writer) error {
	text := fmt.Sprintf("%s: %d functions%s, %d minutes (the first %d not scored), concurrency %d, %d malformed rows left out\n\n",
		r.Layout, r.Functions, r.which(), r.Minutes, r.WarmUp, r.Concurrency, r.SkippedRows)
	text += "| policy | cold | rate | mean | p75 | idle | idle / keep-alive-10 |\n|---|---|---|---|---|---|---|\n"
	for _, s := range r.Scores {
		text += fmt.Sprintf("| %s | %d | %.4f | %.3f | %.3f | %d | %s |\n",
			s.Policy, s.Cold, s.Rate, s.MeanRate, s.P75Rate, s.Idle, decimals(s.IdleRatio))
	}
	text += r.waits() + r.Summary.text() + r.measures()
	if r.Attribution != "" {
		text += "\nData: " + r.Attribution + "\n"
	}
	_, err := io.WriteString(out, text)
	return err
}

// writeFunctions compares the first policy with the last, function by function.
func (r *report) writeFunctions(out io.Writer) error {
	_, err := io.WriteString(out, perFunction(r.Scores[0].Score, r.Scores[len(r.Scores)-1].Score))
	return err
}

// writeFiles writes the files of -json and -plot.
func (r *report) writeFiles(o options) error {
	if o.json != "" {
		if err := cli.WriteFile(o.json, r.writeJSON); err != nil {
			return err
		}
	}
	if o.plot != "" {
		return cli.WriteFile(o.plot, r.writePlot)
	}
	return nil
}

// writeJSON writes the report, with the scores of each function.
func (r *report) writeJSON(out io.Writer) error {
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

// perFunction returns a table of the cold starts and idle time of each function under
// two policies, sorted by their sum under the first.
// The function that costs most with the first policy comes first.
func perFunction(first, second simulate.Score) string {
	// Matched by name: the order of the functions is that of the first policy.
	then := map[string]simulate.FunctionScore{}
	for _, f := range second.Functions {
		then[f.Function] = f
	}
	rows := slices.Clone(first.Functions)
	slices.SortStableFunc(rows, func(a, b simulate.FunctionScore) int { return int(b.Idle+b.Cold) - int(a.Idle+a.Cold) })
	text := fmt.Sprintf("\n| function | needed | cold: %s | cold: %s | idle: %s | idle: %s |\n|---|---|---|---|---|---|\n", first.Policy, second.Policy, first.Policy, second.Policy)
	row := func(name string, need, cold, cold2, idle, idle2 int64) {
		text += fmt.Sprintf("| %s | %d | %d | %d | %d | %d |\n", name, need, cold, cold2, idle, idle2)
	}
	for _, f := range rows {
		row(f.Function, f.Need, f.Cold, then[f.Function].Cold, f.Idle, then[f.Function].Idle)
	}
	row("all", first.Need, first.Cold, second.Cold, first.Idle, second.Idle)
	return text + fmt.Sprintf("\n%s instead of %s: %d cold starts and %d idle replica-minutes saved (negative: more of them).\n",
		second.Policy, first.Policy, first.Cold-second.Cold, first.Idle-second.Idle)
}
