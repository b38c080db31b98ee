package dashboard

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"
	"strconv"
	"strings"
	"time"

	"prewarm/shared/event"
)

//go:embed page.html
var pageText string

//go:embed style.css
var styleText string

// chanceSteps is how far ahead the chance of a call in the table looks.
const chanceSteps = 5

// maxRows bounds the table; the rest is reached through the filter.
const maxRows = 200

// parsePage returns the template and the policy under which it is served. The
// style is part of the page and allowed by its hash: a link to a stylesheet
// would break where the address has no slash at its end.
func parsePage() (*template.Template, string) {
	sum := sha256.Sum256([]byte(styleText))
	policy := fmt.Sprintf("default-src 'none'; style-src 'sha256-%s'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
		base64.StdEncoding.EncodeToString(sum[:]))
	page := template.New("page").Funcs(template.FuncMap{
		"style":   func() template.CSS { return template.CSS(styleText) },
		"utc":     func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05") },
		"percent": func(p float64) string { return fmt.Sprintf("%.1f %%", 100*p) },
		"iso":     func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
	})
	return template.Must(page.Parse(pageText)), policy
}

// page is what the template shows: a table of functions, or one function.
type page struct {
	Title   string
	Refresh int // seconds, 0 for never
	Now     time.Time
	Newest  time.Time // of the newest message, zero where none has come
	Age     string    // of that message
	Notices []notice
	Query   string
	Rows    []row // at most maxRows
	Total   int   // functions that match the query
	Known   int   // functions in all
	Sums    sums
	Missing string // name of a function that is not known
	Detail  *detail
}

// row is a function in the table. Numbers are text, "–" where unknown.
type row struct {
	Name, Calls, Current, Wanted, Chance, Cold, Mode string
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
	p.Notices = d.notices(ctx, p.Newest)
	return p
}

func (d *Dashboard) overview(r *http.Request) (int, page) {
	query := r.URL.Query().Get("q")
	all, newest := d.view.snapshot("")
	p := d.newPage(r.Context(), "Functions", newest)
	p.Query, p.Known = query, len(all)
	found, _ := d.view.snapshot(query)
	p.Total, p.Sums = len(found), sum(found)
	for _, rec := range found[:min(len(found), maxRows)] {
		p.Rows = append(p.Rows, newRow(rec))
	}
	return http.StatusOK, p
}

func (d *Dashboard) detail(r *http.Request, name string) (int, page) {
	_, newest := d.view.snapshot("")
	rec, known := d.view.one(name)
	p := d.newPage(r.Context(), name, newest)
	if !known {
		p.Title, p.Missing = "Unknown function", name
		return http.StatusNotFound, p
	}
	p.Detail = newDetail(rec)
	return http.StatusOK, p
}

// unknown stands where a number is not known.
const unknown = "–"

func newRow(r record) row {
	out := row{
		Name: r.name, Calls: known(int(r.calls())), Current: unknown, Wanted: unknown,
		Chance: unknown, Cold: unknown, Mode: unknown, Spark: newSpark(r.window), Last: r.latest(),
	}
	if p, ok := r.chance(chanceSteps); ok {
		out.Chance = fmt.Sprintf("%.1f %%", 100*p)
		out.Cold = fmt.Sprintf("%.1f", r.forecast.ExpectedCold)
	}
	if d := out.Last; d != nil {
		out.Current, out.Wanted, out.Mode = known(current(d)), known(d.Wanted), d.Mode
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

func newDetail(r record) *detail {
	d := &detail{row: newRow(r), Model: unknown, Evidence: unknown, InFlight: known(r.inFlight), Decisions: r.decisions}
	if len(r.window.Counts) > 0 {
		d.Charts = append(d.Charts, callsChart(r.window))
	}
	if f := r.forecast; f != nil {
		d.Model, d.Evidence, d.NoData = r.model, strconv.Itoa(f.Evidence), f.NoData
		if f.NoData == "" {
			d.Charts = append(d.Charts, needChart(f), chanceChart(f))
		}
	}
	return d
}

// notice is a line that says what is wrong and what to do about it.
type notice struct{ Class, Text string }

// notices looks at the connection, the switch of the operator, the refused
// messages and the age of the newest one.
func (d *Dashboard) notices(ctx context.Context, newest time.Time) []notice {
	var out []notice
	add := func(class, format string, args ...any) {
		out = append(out, notice{class, fmt.Sprintf(format, args...)})
	}
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	if err := d.source.Health(ctx); err != nil {
		add("error", "NATS does not answer, so this is the last that was known (%v). Check that NATS runs and that nats_url points to it.", err)
	} else if paused, err := d.source.Paused(ctx); err == nil && paused {
		add("warn", "Scaling is paused by the operator. Resume with: nats kv put prewarm_control paused false")
	}
	if n := d.intake.forged.Load(); n > 0 {
		add("error", "%d messages were refused, because their signature does not match. All functions of the suite need the same secret prewarm-hmac-key.", n)
	}
	if n := d.intake.invalid.Load(); n > 0 {
		add("error", "%d messages were refused as malformed. All functions of the suite need the same version; the log of the dashboard names the fields.", n)
	}
	if age := d.now().Sub(newest); !newest.IsZero() && age > 3*d.cfg.Step+staleGrace {
		add("warn", "No message for %s. Check that the cron connector calls the collector: faas-cli logs collector", age.Round(time.Second))
	}
	return out
}

// staleGrace is the time that the chain may take beside its steps.
const staleGrace = 15 * time.Second
