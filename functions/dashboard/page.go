package dashboard

import (
	"cmp"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"prewarm/shared/event"
	"prewarm/shared/series"
)

//go:embed page.html
var pageText string

//go:embed style.css
var styleText string

// chanceSteps is how far ahead the chance of a call in the table looks.
const chanceSteps = 5

// maxRows bounds the table; the rest is reached through the filter.
const maxRows = 50

// parsePage returns the template and the policy under which it is served. The
// style is part of the page and allowed by its hash; scripts come from this
// host, and none is in a page.
func (d *Dashboard) parsePage() (*template.Template, string) {
	style := uplotStyle + styleText
	sum := sha256.Sum256([]byte(style))
	policy := fmt.Sprintf("default-src 'none'; script-src 'self'; style-src 'sha256-%s'; connect-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
		base64.StdEncoding.EncodeToString(sum[:]))
	page := template.New("page").Funcs(template.FuncMap{
		"style":   func() template.CSS { return template.CSS(style) },
		"utc":     func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05") },
		"percent": func(p float64) string { return fmt.Sprintf("%.1f %%", 100*p) },
		"iso":     func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"unix":    func(t int64) time.Time { return time.Unix(t, 0) },
		"asset":   func(name string) string { return "?asset=" + name + "&v=" + d.assets[name].tag },
		"units":   d.units, "unit": d.unit, "title": title,
		"balance": newBalance, "saving": newBalance, "share": share, "number": number,
	})
	return template.Must(page.Parse(pageText)), policy
}

// unit is what a step is called.
func (d *Dashboard) unit() string {
	if d.cfg.Step == time.Minute {
		return "minute"
	}
	return "step"
}

// units names a number of steps.
func (d *Dashboard) units(n int) string {
	name := d.unit()
	if d.cfg.Step == time.Minute && n%hourSteps == 0 {
		n, name = n/hourSteps, "hour"
		if n%24 == 0 {
			n, name = n/24, "day"
		}
	}
	if n != 1 {
		name += "s"
	}
	return fmt.Sprintf("%d %s", n, name)
}

// balance is a tally with its title.
type balance struct {
	Title, Mode string
	tally
}

func newBalance(title, mode string, t tally) balance { return balance{title, mode, t} }

// share writes a number that may be unknown as a percentage.
func share(v *float64) string {
	if v == nil {
		return unknown
	}
	return fmt.Sprintf("%.1f %%", 100**v)
}

// number writes a number that may be unknown.
func number(v *float64) string {
	if v == nil {
		return unknown
	}
	return fmt.Sprintf("%.3f", *v)
}

func title(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

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

// row is a function in the table. Numbers are text, "–" where unknown.
type row struct {
	Name, Calls, Current, Wanted, Chance, Cold, Mode string
	Alert                                            bool
	Spark                                            spark
	Last                                             *event.Decision
}

// Short returns the name without its namespace.
func (r row) Short() string { return strings.TrimSuffix(r.Name, r.Namespace()) }

// Namespace returns the namespace with the dot before it.
func (r row) Namespace() string {
	if at := strings.LastIndexByte(r.Name, '.'); at >= 0 {
		return r.Name[at:]
	}
	return ""
}

// sums are over all functions that match the query.
type sums struct {
	Active, Current, Wanted int
	Cold                    string
}

// detail is one function.
type detail struct {
	row
	Model, NoData, Evidence, InFlight string
	Charts                            []chart
	Decisions                         []event.Decision
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

// unknown stands where a number is not known.
const unknown = "–"

func (d *Dashboard) newRow(r record) row {
	out := row{
		Name: r.name, Calls: known(int(r.calls())), Current: unknown, Wanted: unknown,
		Chance: unknown, Cold: unknown, Mode: unknown, Last: r.latest(),
	}
	if p, ok := r.chance(chanceSteps); ok {
		out.Chance = fmt.Sprintf("%.1f %%", 100*p)
		out.Cold = fmt.Sprintf("%.1f", r.forecast.ExpectedCold)
		out.Alert = r.forecast.ExpectedCold > d.cfg.AlertCold
	}
	if last := out.Last; last != nil {
		out.Current, out.Wanted, out.Mode = known(current(last)), known(last.Wanted), last.Mode
	}
	return out
}

// current returns the replicas that the gateway reported last.
func current(d *event.Decision) int {
	if d.Observed >= 0 {
		return d.Observed
	}
	return d.Current
}

func known(n int) string {
	if n < 0 {
		return unknown
	}
	return strconv.Itoa(n)
}

func sum(records []record) sums {
	var s sums
	cold := 0.0
	for _, r := range records {
		if r.forecast != nil {
			cold += r.forecast.ExpectedCold
		}
		if d := r.latest(); d != nil {
			s.Current += current(d)
			s.Wanted += d.Wanted
			if d.Mode == "active" {
				s.Active++
			}
		}
	}
	s.Cold = fmt.Sprintf("%.1f", cold)
	return s
}

func (d *Dashboard) newDetail(r record) *detail {
	out := &detail{row: d.newRow(r), Model: unknown, Evidence: unknown, InFlight: known(r.inFlight), Decisions: r.decisions}
	if len(r.window.Counts) > 0 {
		out.Charts = append(out.Charts, callsChart(r.window))
	}
	if f := r.forecast; f != nil {
		out.Model, out.Evidence, out.NoData = r.model, strconv.Itoa(f.Evidence), f.NoData
		if f.NoData == "" {
			out.Charts = append(out.Charts, needChart(f), chanceChart(f))
		}
	}
	return out
}
