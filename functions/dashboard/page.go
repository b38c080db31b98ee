package dashboard

import (
	"cmp"
	"context"
	_ "embed"
	"net/http"
	"slices"
	"strings"
	"time"

	"prewarm/shared/series"
)

// maxRows bounds the table; the rest is reached through the filter.
const maxRows = 50

// page is what the template shows: a table of functions, or one function.
type page struct {
	Title   string
	Refresh int // seconds, 0 for never
	Now     time.Time
	Newest  time.Time // of the newest message, zero where none has come
	Age     string    // of that message
	Notices []notice
	Filter  filter
	Rows    []row // at most maxRows
	Blank   row   // of which the page makes rows
	Total   int   // functions that match the filter
	Known   int   // functions in all

	Namespaces, Modes []string // that there are

	Sums    sums
	Missing string // name of a function that is not known
	Detail  *detail
	Savings *savingsPage
	Alerts  *alertsPage
	Status  statusJSON
	Here    string // functions, savings or alerts
}

// savingsPage is the page of what prewarm saves.
type savingsPage struct {
	savingsJSON
	Known   int // functions that were compared; the page shows maxSavings
	Quality []qualityJSON
}

// maxSavings bounds the functions on the page of savings.
const maxSavings = 100

// alertsPage is the page of what is wrong.
type alertsPage struct {
	Alerts    []alert
	Threshold float64
	Webhook   bool // alerts are posted
}

func (d *Dashboard) newPage(ctx context.Context, title string, newest int64) page {
	p := page{Title: title, Refresh: int(d.cfg.Refresh.Seconds()), Now: d.now()}
	if newest > 0 {
		p.Newest = time.Unix(newest, 0)
		p.Age = max(0, p.Now.Sub(p.Newest)).Round(time.Second).String()
	}
	p.Status = d.status(ctx)
	p.Notices, p.Here = p.Status.Notices, "functions"
	return p
}

func (d *Dashboard) savingsPage(r *http.Request) (int, page) {
	_, newest := d.view.bounds()
	p := d.newPage(r.Context(), "Savings", newest)
	p.Here = "savings"
	name := cmp.Or(r.URL.Query().Get("range"), "day")
	found, known := d.savings(name)
	if !known {
		found, _ = d.savings("day")
	}
	all := len(found.Functions)
	slices.SortStableFunc(found.Functions, func(a, b functionSavings) int { return cmp.Compare(b.avoided(), a.avoided()) })
	found.Functions = found.Functions[:min(all, maxSavings)]
	p.Savings = &savingsPage{found, all, d.view.qualityOf(int64(d.cfg.Step.Seconds())).Total}
	return http.StatusOK, p
}

func (d *Dashboard) alertsPage(r *http.Request) (int, page) {
	_, newest := d.view.bounds()
	found := d.alerts(r.Context())
	p := d.newPage(r.Context(), "Alerts", newest)
	p.Here = "alerts"
	p.Alerts = &alertsPage{found, d.cfg.AlertCold, d.cfg.Webhook != ""}
	return http.StatusOK, p
}

// filter says which functions the overview shows.
type filter struct {
	Name, Namespace, Mode string
	Alert                 bool
}

func readFilter(r *http.Request) filter {
	q := r.URL.Query()
	return filter{Name: q.Get("q"), Namespace: q.Get("ns"), Mode: q.Get("mode"), Alert: q.Get("alert") != ""}
}

func (f filter) takes(r row) bool {
	return strings.Contains(r.Name, f.Name) && (f.Namespace == "" || r.Namespace() == "."+f.Namespace) &&
		(f.Mode == "" || r.Mode == f.Mode) && (!f.Alert || r.Alert)
}

func (d *Dashboard) overview(r *http.Request) (int, page) {
	all, newest := d.view.snapshot("")
	p := d.newPage(r.Context(), "Functions", newest)
	p.Filter, p.Known, p.Blank = readFilter(r), len(all), row{Name: "f.n", Spark: newSpark(series.Window{})}
	var found []record
	for _, rec := range all {
		line := d.newRow(rec)
		p.Namespaces, p.Modes = append(p.Namespaces, strings.TrimPrefix(line.Namespace(), ".")), append(p.Modes, line.Mode)
		if p.Filter.takes(line) {
			found = append(found, rec)
			if len(p.Rows) < maxRows {
				line.Spark = newSpark(rec.window)
				p.Rows = append(p.Rows, line)
			}
		}
	}
	p.Namespaces, p.Modes = distinct(p.Namespaces), distinct(p.Modes)
	p.Total, p.Sums = len(found), sum(found)
	return http.StatusOK, p
}

// distinct sorts texts and leaves out those that are unknown or there before.
func distinct(texts []string) []string {
	slices.Sort(texts)
	return slices.DeleteFunc(slices.Compact(texts), func(t string) bool { return t == "" || t == unknown })
}

func (d *Dashboard) detail(r *http.Request) (int, page) {
	name := r.URL.Query().Get("function")
	_, newest := d.view.bounds()
	rec, known := d.view.one(name)
	p := d.newPage(r.Context(), name, newest)
	if !known {
		p.Title, p.Missing = "Unknown function", name
		return http.StatusNotFound, p
	}
	p.Detail = d.newDetail(rec)
	return http.StatusOK, p
}
