package dashboard

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"prewarm/functions/dashboard/history"
	"prewarm/functions/dashboard/ledger"
	"prewarm/functions/dashboard/view"
	"prewarm/shared/event"
)

// The handlers below read the view and answer JSON; openapi.json describes each
// answer. A name that no message has mentioned lately is answered 404, since the
// dashboard cannot distinguish a deleted function from a misspelt one.

// serveFunctions answers {"functions": [...]}: those whose name contains the
// query's q, or the one that its function names, then with the forecast.
func (d *Dashboard) serveFunctions(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	name := query.Get("function")
	if name == "" {
		answerList(w, struct{}{}, "functions", mapped(d.view.Match(query.Get("q")), func(s view.State) view.Function { return view.NewFunction(&s, d.cfg.AlertCold) }))
		return
	}
	state, known := d.view.Find(name)
	if !known {
		refuse(w, http.StatusNotFound, "function is not known")
		return
	}
	one := view.NewFunction(&state, d.cfg.AlertCold)
	// Only here, since the 60 steps of every function would be most of the
	// answer.
	one.Forecast = state.Forecast
	answer(w, map[string]any{"functions": []view.Function{one}})
}

// functionJSON is all that is known of one function.
type functionJSON struct {
	view.Function
	History history.Columns `json:"past"`
	// Controllers may set the replicas beside prewarm, or have set them back.
	Controllers []controllerJSON `json:"controllers"`
	Decisions   []event.Decision `json:"decisions"` // newest first
	Unit        string           `json:"unit"`      // what a step is called: minute or step
	Alert       bool             `json:"alert"`     // a cold-start alert is firing
}

// serveFunction answers the one function that the query names.
func (d *Dashboard) serveFunction(w http.ResponseWriter, r *http.Request) {
	state, known := d.view.Find(r.URL.Query().Get("function"))
	if !known {
		refuse(w, http.StatusNotFound, "function is not known")
		return
	}
	out := functionJSON{
		Function: view.NewFunction(&state, d.cfg.AlertCold), History: d.view.History(state.Name),
		// Never nil, so that JSON has a list.
		Decisions: append([]event.Decision{}, state.Decisions...), Unit: d.unit(),
	}
	out.Forecast, out.Controllers = state.Forecast, controllers(out.Summary)
	// Unlike the alert of a Summary, this one fires until the value is well below the
	// threshold, as on the page of alerts.
	_, out.Alert = d.watch.firing()[coldStartID(state.Name)]
	answer(w, out)
}

// serveOverview answers the functions in the form of an event "rows": all of them, or those
// that changed since the ID in the query's last. function is the only one to answer.
func (d *Dashboard) serveOverview(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	rows := d.newRows(d.view.Since(d.versionOf(query.Get("last"))), query.Get("function"), sentWindows{})
	answerList(w, rows.rowsHead, "rows", rows.rows)
}

// savingsJSON compares prewarm with keep-alive over a range of time.
type savingsJSON struct {
	Range     string                `json:"range"` // hour, day or week, of steps
	KeepAlive int                   `json:"keep_alive_steps"`
	Step      int                   `json:"step_seconds"`
	Since     int64                 `json:"since"` // begin of the first counted step, Unix seconds, 0 for none
	Total     ledger.ByMode         `json:"total"`
	Price     *priceJSON            `json:"price"` // nil if no price is configured
	Functions []ledger.FunctionSums `json:"-"`     // the API names them functions

	// Functions with steps in which something is not known, and which the sums of it lack.
	MemoryUnknown int `json:"memory_unknown"` // the memory of a replica
	WaitUnknown   int `json:"wait_unknown"`   // the readiness time
}

// priceJSON is what idle memory costs, in total.
type priceJSON struct {
	PerGBSecond float64  `json:"per_gb_second"`
	Currency    string   `json:"currency"`
	Active      costJSON `json:"active"`
	Observe     costJSON `json:"observe"`
}

// costJSON is what the idle memory of the steps of one mode costs.
type costJSON struct {
	KeepAlive float64 `json:"keep_alive"`
	Prewarm   float64 `json:"prewarm"`
}

// cost returns the price of the idle memory of some sums.
func (c Config) cost(s ledger.Sums) costJSON {
	return costJSON{KeepAlive: c.Price * s.MemoryKeepAlive.Float(), Prewarm: c.Price * s.Memory.Float()}
}

// savings returns the savings of a range; it reports false if there is no such
// range.
func (d *Dashboard) savings(name string) (savingsJSON, bool) {
	steps := ledger.RangeSteps(name)
	if steps == 0 {
		return savingsJSON{}, false
	}
	out := savingsJSON{Range: name, KeepAlive: d.cfg.KeepAlive, Step: int(d.cfg.stepSeconds()), Since: d.ledger.Since()}
	out.Total, out.Functions = d.ledger.Sum(steps)
	for _, f := range out.Functions {
		if f.MemoryUnknown() {
			out.MemoryUnknown++
		}
		if f.WaitUnknown() {
			out.WaitUnknown++
		}
	}
	if d.cfg.Price > 0 {
		out.Price = &priceJSON{d.cfg.Price, d.cfg.Currency, d.cfg.cost(out.Total.Active), d.cfg.cost(out.Total.Observe)}
	}
	return out, true
}

// serveSavings answers the savings of the query's range, by default of the day.
func (d *Dashboard) serveSavings(w http.ResponseWriter, r *http.Request) {
	name := cmp.Or(r.URL.Query().Get("range"), "day")
	out, known := d.savings(name)
	if !known {
		refuse(w, http.StatusBadRequest, "range must be one of hour, day, week, was: "+strconv.Quote(name))
		return
	}
	answerList(w, out, "functions", slices.Values(out.Functions))
}

// serveQuality answers how good the forecasts were.
func (d *Dashboard) serveQuality(w http.ResponseWriter, _ *http.Request) {
	answer(w, d.view.Quality(d.cfg.stepSeconds()))
}

// serveAlerts answers {"alerts": [...]}. It computes them at once, so that the answer
// is not older than the request.
func (d *Dashboard) serveAlerts(w http.ResponseWriter, r *http.Request) {
	answerList(w, struct{}{}, "alerts", slices.Values(d.updateAlerts(r.Context())))
}

// serveStatus answers the data of an event "status".
func (d *Dashboard) serveStatus(w http.ResponseWriter, r *http.Request) {
	answer(w, d.status(r.Context()))
}

// serveOpenAPI answers the description of the API, which is part of the program.
func (d *Dashboard) serveOpenAPI(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(openAPI)
}

// maxLimit bounds the decisions of one answer.
const maxLimit = 10_000

// serveDecisions answers {"decisions": [...]}, newest first: those of the
// function that the query names or of all functions, at most limit (default 100).
func (d *Dashboard) serveDecisions(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	limit, err := strconv.Atoi(cmp.Or(query.Get("limit"), "100"))
	if err != nil || limit < 1 || limit > maxLimit {
		refuse(w, http.StatusBadRequest, fmt.Sprintf("limit must be between 1 and %d, was: %q", maxLimit, query.Get("limit")))
		return
	}
	answerList(w, struct{}{}, "decisions", d.view.Decisions(query.Get("function"), limit))
}
