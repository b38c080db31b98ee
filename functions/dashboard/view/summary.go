package view

import (
	"math"
	"slices"
	"strings"

	"prewarm/functions/dashboard/history"
	"prewarm/shared/event"
	"prewarm/shared/series"
)

// ChanceSteps is the number of steps that the chance of a call in a Summary covers.
const ChanceSteps = 5

// Summary is the view model of one function. The pages, the API and the event
// stream all show this type. A nil field is unknown.
type Summary struct {
	Function     string   `json:"function"`           // name.namespace
	Replicas     *int     `json:"replicas"`           // that the gateway reported last
	Wanted       *int     `json:"wanted"`             // replicas that the policy wants
	Chance       *float64 `json:"chance_5"`           // of at least one call within ChanceSteps
	ExpectedCold *float64 `json:"expected_cold"`      // cold starts in the next hour of steps under keep-alive
	ColdLeft     *float64 `json:"expected_cold_left"` // those that remain with prewarm, if the mode is active
	Mode         *string  `json:"mode"`               // of the last decision: off, observe or active
	ModeNote     string   `json:"mode_note"`          // where the mode comes from, if not from the annotation, and what changes next
	// Others names the controllers beside prewarm that may set the replicas, SetBacks those
	// that set back what prewarm applied in the last hour of steps. Neither is nil.
	Others      []string          `json:"others"`
	SetBacks    []history.SetBack `json:"set_backs"`
	Provisional bool              `json:"provisional"` // the last step is not wholly measured: its calls are a lower bound

	// The API and the event stream give these fields other names.
	Calls    *int            `json:"-"` // calls of the last step
	Decision *event.Decision `json:"-"` // the newest
	Alert    bool            `json:"-"` // the cold starts that remain are above the threshold
}

// Summary returns the summary of s. alertCold is the number of expected cold
// starts that remain above which a function has an alert.
func (s *State) Summary(alertCold float64) Summary {
	out := Summary{Function: s.Name, Decision: s.last(), Chance: s.chance(ChanceSteps), Provisional: s.Window.Provisional(), ModeNote: s.modeNote()}
	out.Others, out.SetBacks = []string{}, append([]history.SetBack{}, s.SetBacks...)
	if last := s.calls(); last != series.NoData {
		calls := int(last)
		out.Calls = &calls
	}
	if cold, known := s.ColdStarts(); known {
		out.ExpectedCold, out.ColdLeft, out.Alert = &cold.KeepAlive, cold.Prewarm, cold.Left > alertCold
	}
	if d := out.Decision; d != nil {
		replicas := current(d)
		out.Replicas, out.Wanted, out.Mode = &replicas, &d.Wanted, &d.Mode
		out.Others = append(out.Others, d.Others...)
	}
	return out
}

// Short returns the name without its namespace.
func (s Summary) Short() string { return strings.TrimSuffix(s.Function, s.Namespace()) }

// Namespace returns the namespace with the dot before it.
func (s Summary) Namespace() string {
	if at := strings.LastIndexByte(s.Function, '.'); at >= 0 {
		return s.Function[at:]
	}
	return ""
}

// Function is one function in the answers of the API.
type Function struct {
	Summary
	Window       *series.Window  `json:"window"`     // counts only, -1 for a step without data
	CallsLast    *int            `json:"calls_last"` // calls of the last step
	Model        *string         `json:"model"`
	Forecast     *event.Forecast `json:"forecast,omitempty"` // only if the answer is about one function
	LastDecision *event.Decision `json:"decision"`
}

// NewFunction returns the function of a state without its forecast.
func NewFunction(s *State, alertCold float64) Function {
	summary := s.Summary(alertCold)
	out := Function{Summary: summary, CallsLast: summary.Calls, LastDecision: summary.Decision}
	if len(s.Window.Counts) > 0 {
		out.Window = &s.Window
	}
	if s.Forecast != nil {
		out.Model = &s.Model
	}
	return out
}

// RowSteps is the number of steps whose calls a Row holds.
const RowSteps = 180

// Row is one function in the event stream.
type Row struct {
	Summary
	Start       int64   `json:"start"`  // begin of the first of Counts, Unix seconds
	StepSeconds int     `json:"step"`   // length of a step
	Counts      []int32 `json:"counts"` // calls of the last steps, -1 if unknown
	Direction   *string `json:"direction"`
	Reason      *string `json:"reason"`
	Decided     *int64  `json:"decided"` // time of the decision, Unix seconds
	HasAlert    bool    `json:"alert"`   // the cold starts that remain are above the threshold
}

// NewRow returns the row of a state with all of its counts. Its fractions have
// four decimals, which keeps events small.
func NewRow(s *State, alertCold float64) Row {
	w := s.Window.Tail(RowSteps)
	out := Row{Summary: s.Summary(alertCold), Start: w.Start, StepSeconds: w.StepSeconds, Counts: w.Counts}
	// The copies keep the forecast of the state as it is.
	out.HasAlert, out.Chance, out.ExpectedCold, out.ColdLeft = out.Alert, rounded(out.Chance), rounded(out.ExpectedCold), rounded(out.ColdLeft)
	if out.Counts == nil {
		out.Counts = []int32{} // a list in JSON, not null
	}
	if d := out.Decision; d != nil {
		at := d.Time.Unix()
		out.Direction, out.Reason, out.Decided = &d.Direction, &d.Reason, &at
	}
	return out
}

// rounded returns v with four decimals, nil for nil.
func rounded(v *float64) *float64 {
	if v == nil {
		return nil
	}
	out := math.Round(*v*1e4) / 1e4
	return &out
}

// Trim removes the leading counts that a client has already, given the window of
// the row that it got last. Nothing is removed if the two windows do not touch.
func (r *Row) Trim(sent series.Window) {
	// Full counts are always right; trimming only saves bytes, so any doubt leaves
	// them whole.
	if sent.StepSeconds != r.StepSeconds || len(sent.Counts) == 0 || len(r.Counts) == 0 || sent.Start > r.Start || sent.End() < r.Start {
		return
	}
	// Counts of old steps can change when data arrives late: compare values, and not
	// only times.
	known := sent.Counts[(r.Start-sent.Start)/int64(r.StepSeconds):]
	same := 0
	for same < min(len(known), len(r.Counts)) && known[same] == r.Counts[same] {
		same++
	}
	r.Start += int64(same) * int64(r.StepSeconds)
	// Clipped, because the array belongs to the window of the state.
	r.Counts = slices.Clip(r.Counts[same:])
}

// Totals are sums over functions.
type Totals struct {
	Active   int     // functions in mode active
	Replicas int     // that the gateway reported last
	Wanted   int     // replicas that the policy wants
	Cold     float64 // cold starts in the next hour of steps that are expected under keep-alive
	Left     float64 // those that remain
}

// Add adds a function. What is unknown of it counts as 0.
func (t *Totals) Add(s *State) {
	if cold, known := s.ColdStarts(); known {
		t.Cold += cold.KeepAlive
		t.Left += cold.Left
	}
	if d := s.last(); d != nil {
		t.Replicas += current(d)
		t.Wanted += d.Wanted
		if d.Mode == "active" {
			t.Active++
		}
	}
}
