package dashboard

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"prewarm/shared/event"
)

// csvRows writes one decision per row.
type csvRows struct {
	out *csv.Writer
	row func(*event.Decision) []string
}

// newCSV returns a writer that starts with a header. The header stays in the
// writer's buffer at first, so that a stream that fails at once can still be
// answered with an error.
func newCSV(w io.Writer, names []string, row func(*event.Decision) []string) decisionWriter {
	out := csv.NewWriter(w)
	_ = out.Write(names) // flush returns the error
	return csvRows{out, row}
}

// write and flush implement decisionWriter.
func (c csvRows) write(d *event.Decision) error { return c.out.Write(c.row(d)) }

func (c csvRows) flush() error {
	c.out.Flush()
	return c.out.Error()
}

// newDecisionCSV returns a writer of all fields of a decision.
func newDecisionCSV(w io.Writer) decisionWriter {
	return newCSV(w, append([]string{
		"function", "step", "time", "mode", "actuator", "direction", "current", "available", "wanted", "applied", "observed", "reason", "model",
	}, append(inputNames(), "annotated", "others", "set_back_by", "set_back_from", "set_back_to", "trigger")...), decisionRow)
}

// decisionRow returns the cells of newDecisionCSV. Texts come from messages and
// annotations, and a spreadsheet could run them: see cell.
func decisionRow(d *event.Decision) []string {
	row := append([]string{
		cell(d.Function), strconv.FormatInt(d.Step, 10), timestamp(d), cell(d.Mode), cell(d.Actuator), cell(d.Direction),
		strconv.Itoa(d.Current), strconv.Itoa(d.Available), strconv.Itoa(d.Wanted), strconv.Itoa(d.Applied), strconv.Itoa(d.Observed), cell(d.Reason), cell(d.Model),
	}, inputCells(&d.Inputs)...)
	row = append(row, cell(d.Annotated), cell(strings.Join(d.Others, " ")))
	if s := d.SetBack; s != nil {
		return append(row, cell(s.By), strconv.Itoa(s.From), strconv.Itoa(s.To), cell(d.Trigger))
	}
	return append(row, "", "", "", cell(d.Trigger))
}

// newPredictionCSV returns a writer of the log of predictions: the time, the
// inputs, the trigger ("watch" for a raise between two steps), the predicted replicas, the
// applied ones (-1 if nothing was applied) and the function.
func newPredictionCSV(w io.Writer) decisionWriter {
	return newCSV(w, slices.Concat([]string{"timestamp"}, inputNames(), []string{"trigger", "predicted", "applied", "function"}), predictionRow)
}

// predictionRow returns the cells of newPredictionCSV.
func predictionRow(d *event.Decision) []string {
	row := append([]string{timestamp(d)}, inputCells(&d.Inputs)...)
	return append(row, cell(d.Trigger), strconv.Itoa(d.Wanted), strconv.Itoa(d.Applied), cell(d.Function))
}

// inputNames returns the columns of inputCells. They have their names in JSON, those of the
// prices with a prefix.
func inputNames() []string {
	return []string{
		"cost_ratio", "lookahead_steps", "readiness_seconds", "readiness_measured", "p_active", "p_more", "recent_need", "in_flight", "min", "max",
		"expected_cold", "calls_per_replica", "capacity_model", "settled", "peak", "expected_cold_left", "started", "memory_bytes",
		"not_ready", "queued", "price_idle", "price_cold", "price_memory_bytes", "price_memory_from",
	}
}

// inputCells returns the inputs of a decision. Numbers have the shortest text that
// reads back as the same value. Those of a list are separated by spaces; a list that
// begins with -1 is no formula that a spreadsheet would run. Without prices their cells are
// empty.
func inputCells(in *event.Inputs) []string {
	real := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	cells := []string{
		real(in.CostRatio), strconv.Itoa(in.LookaheadSteps), real(in.ReadinessSeconds), strconv.FormatBool(in.ReadinessMeasured), real(in.PActive), real(in.PMore),
		strconv.Itoa(int(in.RecentNeed)), strconv.Itoa(in.InFlight), strconv.Itoa(in.Min), strconv.Itoa(in.Max), real(in.ExpectedCold),
		real(in.CallsPerReplica), cell(in.CapacityModel), strings.Trim(fmt.Sprint(in.Settled), "[]"), strconv.Itoa(in.Peak),
		real(in.ExpectedColdLeft), strconv.Itoa(in.Started), strconv.FormatInt(in.MemoryBytes, 10),
		strconv.Itoa(in.NotReady), strconv.Itoa(in.Queued),
	}
	if p := in.Prices; p != nil {
		return append(cells, real(p.Idle), real(p.Cold), strconv.FormatInt(p.MemoryBytes, 10), cell(p.MemoryFrom))
	}
	return append(cells, "", "", "", "")
}

// timestamp returns the time of a decision in UTC.
func timestamp(d *event.Decision) string { return d.Time.UTC().Format(time.RFC3339Nano) }

// cell returns text such that no spreadsheet takes it for a formula.
//
// Source: OWASP, "CSV Injection".
func cell(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r\n", rune(text[0])) {
		return "'" + text
	}
	return text
}
