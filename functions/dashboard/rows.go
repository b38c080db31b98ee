package dashboard

import (
	"iter"
	"slices"
	"strconv"
	"strings"

	"prewarm/functions/dashboard/view"
	"prewarm/shared/series"
)

// rowsHead is the data of an event "rows", and the answer of /api/overview, without the rows.
type rowsHead struct {
	ID   string   `json:"id"`             // event ID, with which a client reconnects
	Full bool     `json:"full"`           // the rows are those of all functions
	Step int      `json:"step_seconds"`   // of the configuration
	Gone []string `json:"gone,omitempty"` // functions that were dropped
}

// rows is an answer with functions. Its rows are made one by one when they are written.
type rows struct {
	rowsHead
	changed bool // there may be rows
	rows    iter.Seq[view.Row]
}

// newRows returns the functions of a delta, sorted by name; only the named one if function
// is not empty. A row leaves out the counts that are in sent, and is noted there when it
// is made.
func (d *Dashboard) newRows(delta view.Delta, function string, sent sentWindows) rows {
	names := delta.Changed
	if function != "" {
		names = slices.DeleteFunc(names, func(name string) bool { return name != function })
	}
	return rows{
		rowsHead: rowsHead{ID: d.idOf(delta.Version), Full: delta.Full, Step: int(d.cfg.stepSeconds()), Gone: delta.Gone},
		changed:  len(names) > 0,
		rows:     mapped(d.view.Each(names), func(s view.State) view.Row { return sent.row(&s, d.cfg.AlertCold) }),
	}
}

// sentWindows holds what a client got last of the window of each function. There are many
// streams, so that only what Row.Trim needs is kept.
type sentWindows map[string]sentWindow

type sentWindow struct {
	start, stepSeconds int64
	counts             []int32
}

// row returns the row of a state without the counts that the client has, and notes that it
// has the whole window now.
func (sent sentWindows) row(s *view.State, alertCold float64) view.Row {
	row, had := view.NewRow(s, alertCold), sent[s.Name]
	row.Trim(series.Window{Start: had.start, StepSeconds: int(had.stepSeconds), Counts: had.counts})
	sent[s.Name] = sentWindow{s.Window.Start, int64(s.Window.StepSeconds), s.Window.Counts}
	return row
}

// idOf returns the event ID of a version of the view. The epoch makes it unique
// over processes.
func (d *Dashboard) idOf(version int64) string { return d.epoch + "." + strconv.FormatInt(version, 10) }

// versionOf is the inverse of idOf. It returns 0 if the ID is not of this process.
func (d *Dashboard) versionOf(id string) int64 {
	epoch, text, _ := strings.Cut(id, ".")
	version, err := strconv.ParseInt(text, 10, 64)
	if err != nil || epoch != d.epoch || version < 0 {
		return 0
	}
	return version
}
