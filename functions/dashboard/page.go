package dashboard

import (
	"bytes"
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"time"

	"prewarm/functions/dashboard/ledger"
	"prewarm/functions/dashboard/quality"
	"prewarm/functions/dashboard/svg"
	"prewarm/functions/dashboard/view"
	"prewarm/shared/event"
)

// page is the data of the page template. One of the pointers is set.
type page struct {
	Title   string
	Here    string // current entry of the navigation: functions, savings or alerts
	Refresh int    // seconds between reloads without JavaScript, 0 for never
	Newest  time.Time
	Age     string // of Newest
	Status  statusJSON

	Overview *overviewPage
	Detail   *detailPage
	Savings  *savingsPage
	Alerts   *alertsPage
	Missing  *missingPage
}

// missingPage is shown for a function that no message has named lately.
type missingPage struct {
	Name string
	Set  *event.Mode // that the operator has set, nil for none
}

// servePage answers one of the pages. The query selects it: function=name,
// page=savings, page=alerts, or none of them for the overview.
func (d *Dashboard) servePage(w http.ResponseWriter, r *http.Request) {
	p := page{Here: "functions", Refresh: int(d.cfg.Refresh.Seconds())}
	query, status := r.URL.Query(), http.StatusOK
	// A name of a function wins, so that a link to a function can carry the query of
	// the page that it was on.
	switch here := query.Get("page"); {
	case query.Get("function") != "":
		p.Title = query.Get("function")
		if p.Detail = d.detailPage(p.Title); p.Detail == nil {
			p.Missing = &missingPage{p.Title, d.view.SetMode(p.Title)}
			p.Title, status = "Unknown function", http.StatusNotFound
		}
	case here == "savings":
		p.Title, p.Here, p.Savings = "Savings", here, d.savingsPage(query.Get("range"))
	case here == "alerts":
		p.Title, p.Here = "Alerts", here
		p.Alerts = &alertsPage{d.updateAlerts(r.Context()), d.cfg.AlertCold, d.cfg.Webhook != ""}
	default:
		p.Title = "Functions"
		p.Overview = d.overviewPage(readFilter(query.Get))
	}
	p.Status = d.status(r.Context()) // after the alerts were updated
	if p.Status.Newest > 0 {
		p.Newest = time.Unix(p.Status.Newest, 0)
		// Not below 0, because the clock of the collector may be ahead.
		p.Age = max(0, d.now().Sub(p.Newest)).Round(time.Second).String()
	}
	d.writePage(w, status, "page", p)
}

// serveBusy answers a page for which there is no place.
func (d *Dashboard) serveBusy(w http.ResponseWriter, r *http.Request) {
	d.busy.ServeHTTP(w, r)
}

// writePage executes a template and answers the page.
func (d *Dashboard) writePage(w http.ResponseWriter, status int, name string, data any) {
	var b bytes.Buffer // an error in the middle must not leave half a page
	if err := d.page.ExecuteTemplate(&b, name, data); err != nil {
		d.log.Error("the page template failed", "error", err)
		http.Error(w, "the page could not be made; see the log of the function dashboard", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes())
}

// detailPage is the page of one function.
type detailPage struct {
	view.Summary
	Set             *event.Mode      // that the operator has set, nil for none
	Model, Evidence string           // of the forecast
	NoData          string           // why there is no forecast, empty if there is one
	InFlight        *int             // calls in progress, nil if unknown
	Peak            *int             // most calls in progress at a scrape within the last step, nil if unknown
	Note            string           // how the window was measured, if not from all metrics
	Controllers     []controllerJSON // that may set the replicas beside prewarm
	Charts          []svg.Chart
	Decisions       []event.Decision // newest first
}

// detailPage returns the page of a function, nil if the function is not known.
func (d *Dashboard) detailPage(name string) *detailPage {
	state, known := d.view.Find(name)
	if !known {
		return nil
	}
	p := &detailPage{Summary: state.Summary(d.cfg.AlertCold), Set: state.Set, Model: unknown, Evidence: unknown, Note: state.Note, Decisions: state.Decisions}
	p.Controllers = controllers(p.Summary)
	if state.InFlight >= 0 {
		p.InFlight = &state.InFlight
	}
	if state.Peak >= 0 {
		p.Peak = &state.Peak
	}
	if len(state.Window.Counts) > 0 {
		p.Charts = append(p.Charts, svg.Calls(state.Window))
	}
	if f := state.Forecast; f != nil {
		p.Model, p.Evidence, p.NoData = state.Model, strconv.Itoa(f.Evidence), f.NoData
		// A forecast without evidence has no curves to draw; the page gives the
		// reason instead.
		if f.NoData == "" {
			p.Charts = append(p.Charts, svg.Need(f), svg.Chance(f))
		}
	}
	return p
}

// maxSavings bounds the functions on the savings page.
const maxSavings = 100

// savingsPage compares prewarm with keep-alive, and forecasts with observations.
type savingsPage struct {
	savingsJSON     // at most maxSavings functions, the most avoided cold starts first
	Known       int // number of functions with a counted step
	Quality     []quality.Score
}

// savingsPage returns the page of a range, of the day if there is no such range.
func (d *Dashboard) savingsPage(name string) *savingsPage {
	found, known := d.savings(name)
	if !known {
		found, _ = d.savings("day")
	}
	all := len(found.Functions)
	// Stable: functions with equal savings stay in the order of their names.
	slices.SortStableFunc(found.Functions, func(a, b ledger.FunctionSums) int { return cmp.Compare(b.Avoided(), a.Avoided()) })
	// Only after sorting: the functions that are cut are those with the least
	// savings.
	found.Functions = found.Functions[:min(all, maxSavings)]
	return &savingsPage{found, all, d.view.Quality(d.cfg.stepSeconds()).Total}
}

// alertsPage lists the firing alerts.
type alertsPage struct {
	Alerts    []alert
	Threshold float64 // expected cold starts that remain, above which an alert begins
	Webhook   bool    // changes are posted
}
