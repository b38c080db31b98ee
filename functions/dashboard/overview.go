package dashboard

import (
	"slices"
	"strings"

	"prewarm/functions/dashboard/svg"
	"prewarm/functions/dashboard/view"
	"prewarm/shared/event"
	"prewarm/shared/series"
)

// maxRows bounds the table of the overview. The filter reaches the other
// functions.
const maxRows = 50

// maxExplained is how many functions an installation may have for the explanations of the
// overview to be open: somebody tries it out. With more, the table is what a user comes for.
const maxExplained = 20

// overviewPage is the table of functions.
type overviewPage struct {
	Filter            filter
	Namespaces, Modes []string // choices of the filter
	Rows              []row    // at most maxRows
	Blank             row      // from which the script makes rows
	Known             int      // number of functions
	Total             int      // number of functions that match the filter
	Totals            view.Totals
	Unseen            []event.Mode // set by the operator for functions without messages
	Explain           bool         // the explanations are open
}

// row is one function in the table.
type row struct {
	view.Summary
	Spark svg.Spark
}

// overviewPage returns the page of the functions that f selects. The choices of the
// filter come from all functions, so that another choice stays possible.
func (d *Dashboard) overviewPage(f filter) *overviewPage {
	p := &overviewPage{Filter: f, Blank: row{view.Summary{Function: "f.n"}, svg.NewSpark(series.Window{}, view.RowSteps)}}
	for state := range d.view.Match("") {
		s := state.Summary(d.cfg.AlertCold)
		p.Known++
		p.Namespaces = append(p.Namespaces, strings.TrimPrefix(s.Namespace(), "."))
		if s.Mode != nil {
			p.Modes = append(p.Modes, *s.Mode)
		}
		if !f.matches(s) {
			continue
		}
		// Over all that match, not over the rows that are shown.
		p.Total++
		p.Totals.Add(&state)
		if len(p.Rows) < maxRows {
			p.Rows = append(p.Rows, row{s, svg.NewSpark(state.Window, view.RowSteps)})
		}
	}
	p.Explain = p.Known <= maxExplained
	p.Unseen = slices.DeleteFunc(d.view.Modes(), func(m event.Mode) bool {
		_, known := d.view.Find(m.Function)
		return known
	})
	p.Namespaces, p.Modes = distinct(p.Namespaces), distinct(p.Modes)
	return p
}

// filter selects functions of the overview. An empty field selects all.
type filter struct {
	Name, Namespace, Mode string
	Alert                 bool // only functions with an alert
}

// readFilter reads the query of the filter form, which the script writes as well.
func readFilter(query func(string) string) filter {
	return filter{Name: query("q"), Namespace: query("ns"), Mode: query("mode"), Alert: query("alert") != ""}
}

// matches reports whether the filter selects a function. An unknown mode matches no
// chosen mode.
func (f filter) matches(s view.Summary) bool {
	return strings.Contains(s.Function, f.Name) && (f.Namespace == "" || s.Namespace() == "."+f.Namespace) &&
		(f.Mode == "" || s.Mode != nil && *s.Mode == f.Mode) && (!f.Alert || s.Alert)
}

// distinct sorts texts and removes repeated and empty ones.
func distinct(texts []string) []string {
	slices.Sort(texts)
	return slices.DeleteFunc(slices.Compact(texts), func(t string) bool { return t == "" })
}
