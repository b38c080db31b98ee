package dashboard

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"

	"prewarm/shared/event"
	"prewarm/shared/series"
)

// functionJSON is one function in /api/functions. What is not known is null.
type functionJSON struct {
	Function     string          `json:"function"`
	Window       *series.Window  `json:"window"`        // counts only, -1 where there is no data
	CallsLast    *int32          `json:"calls_last"`    // calls of the last step
	Replicas     *int            `json:"replicas"`      // that the gateway reported last
	Wanted       *int            `json:"wanted"`        // replicas that the policy wants
	Chance       *float64        `json:"chance_5"`      // of a call within the next five steps
	ExpectedCold *float64        `json:"expected_cold"` // cold starts expected within the next hour of steps
	Mode         *string         `json:"mode"`
	Model        *string         `json:"model"`
	Forecast     *event.Forecast `json:"forecast,omitempty"` // with ?function= alone
	Decision     *event.Decision `json:"decision"`           // the last one
}

func newFunctionJSON(r record) functionJSON {
	out := functionJSON{Function: r.name, Decision: r.latest()}
	if len(r.window.Counts) > 0 {
		out.Window = &r.window
		if c := r.calls(); c != series.NoData {
			out.CallsLast = &c
		}
	}
	if p, ok := r.chance(chanceSteps); ok {
		out.Chance, out.ExpectedCold = &p, &r.forecast.ExpectedCold
	}
	if r.forecast != nil {
		out.Model = &r.model
	}
	if d := out.Decision; d != nil {
		now := current(d)
		out.Replicas, out.Wanted, out.Mode = &now, &d.Wanted, &d.Mode
	}
	return out
}

// serveFunctions answers {"functions": [...]}: those whose name contains q, or
// the one named function with its forecast.
func (d *Dashboard) serveFunctions(w http.ResponseWriter, r *http.Request) {
	out := []functionJSON{}
	if name := r.URL.Query().Get("function"); name != "" {
		rec, known := d.view.one(name)
		if !known {
			refuse(w, http.StatusNotFound, "function is not known")
			return
		}
		one := newFunctionJSON(rec)
		one.Forecast = rec.forecast
		answer(w, map[string]any{"functions": append(out, one)})
		return
	}
	all, _ := d.view.snapshot(r.URL.Query().Get("q"))
	for _, rec := range all {
		out = append(out, newFunctionJSON(rec))
	}
	answer(w, map[string]any{"functions": out})
}

// serveOverview answers all functions as the first event of a stream would.
func (d *Dashboard) serveOverview(w http.ResponseWriter, _ *http.Request) {
	s := stream{d: d, windows: map[string]series.Window{}}
	body := s.rows(d.view.since(0))
	if body == nil {
		refuse(w, http.StatusInternalServerError, "the answer could not be encoded")
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(body)
}

// detailJSON is all that is known of one function.
type detailJSON struct {
	functionJSON
	Past      pastJSON         `json:"past"`
	Decisions []event.Decision `json:"decisions"` // newest first
	Unit      string           `json:"unit"`      // what a step is called: minute or step
	Alert     bool             `json:"alert"`
}

// serveFunction answers the one function that the query names.
func (d *Dashboard) serveFunction(w http.ResponseWriter, r *http.Request) {
	rec, known := d.view.one(r.URL.Query().Get("function"))
	if !known {
		refuse(w, http.StatusNotFound, "function is not known")
		return
	}
	out := detailJSON{functionJSON: newFunctionJSON(rec), Past: d.view.pastOf(rec.name), Decisions: rec.decisions, Unit: d.unit()}
	out.Forecast = rec.forecast
	_, out.Alert = d.watch.before()["cold-starts/"+rec.name]
	if out.Decisions == nil {
		out.Decisions = []event.Decision{}
	}
	answer(w, out)
}

// savingsJSON is what prewarm saves against keep-alive in a range of time.
type savingsJSON struct {
	Range     string            `json:"range"` // hour, day or week, of steps
	KeepAlive int               `json:"keep_alive_steps"`
	Step      int               `json:"step_seconds"`
	Since     int64             `json:"since"` // Unix seconds: nothing before it was counted, 0 where nothing was yet
	Total     byMode            `json:"total"`
	Functions []functionSavings `json:"functions"`
}

func (d *Dashboard) savings(name string) (savingsJSON, bool) {
	steps := rangeSteps(name)
	if steps == 0 {
		return savingsJSON{}, false
	}
	out := savingsJSON{Range: name, KeepAlive: d.cfg.KeepAlive, Step: int(d.cfg.Step.Seconds()), Since: d.ledger.since()}
	out.Total, out.Functions = d.ledger.sum(steps)
	return out, true
}

func (d *Dashboard) serveSavings(w http.ResponseWriter, r *http.Request) {
	name := cmp.Or(r.URL.Query().Get("range"), "day")
	out, known := d.savings(name)
	if !known {
		refuse(w, http.StatusBadRequest, "range must be one of hour, day, week, was: "+strconv.Quote(name))
		return
	}
	answer(w, out)
}

// qualityAnswer is the quality of the forecasts.
type qualityAnswer struct {
	Total []qualityJSON `json:"total"` // over all that is kept, by lead
	Hours []qualityJSON `json:"hours"` // by hour of steps and lead, oldest first
}

func (d *Dashboard) serveQuality(w http.ResponseWriter, _ *http.Request) {
	answer(w, d.view.qualityOf(int64(d.cfg.Step.Seconds())))
}

func (v *view) qualityOf(seconds int64) qualityAnswer {
	v.mu.Lock()
	defer v.mu.Unlock()
	return qualityAnswer{v.quality.total(), v.quality.byHour(seconds)}
}

func (d *Dashboard) serveAlerts(w http.ResponseWriter, r *http.Request) {
	out := d.alerts(r.Context())
	if out == nil {
		out = []alert{}
	}
	answer(w, map[string]any{"alerts": out})
}

func (d *Dashboard) serveStatus(w http.ResponseWriter, r *http.Request) {
	answer(w, d.status(r.Context()))
}

func (d *Dashboard) serveOpenAPI(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(openAPI)
}

// maxLimit bounds the decisions of one answer.
const maxLimit = 10_000

// serveDecisions answers {"decisions": [...]}, newest first: of the function
// that the query names or of all, at most limit (100).
func (d *Dashboard) serveDecisions(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	limit, err := strconv.Atoi(cmp.Or(query.Get("limit"), "100"))
	if err != nil || limit < 1 || limit > maxLimit {
		refuse(w, http.StatusBadRequest, "limit must be between 1 and "+strconv.Itoa(maxLimit)+", was: "+strconv.Quote(query.Get("limit")))
		return
	}
	all, _ := d.view.snapshot("")
	name := query.Get("function")
	decisions := []event.Decision{}
	for _, rec := range all {
		if name == "" || name == rec.name {
			decisions = append(decisions, rec.decisions...)
		}
	}
	slices.SortStableFunc(decisions, newerFirst)
	answer(w, map[string]any{"decisions": decisions[:min(len(decisions), limit)]})
}

func answer(w http.ResponseWriter, value any) {
	body, err := json.Marshal(value)
	if err != nil {
		refuse(w, http.StatusInternalServerError, "the answer could not be encoded")
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(body)
}

func refuse(w http.ResponseWriter, status int, text string) {
	body, _ := json.Marshal(map[string]string{"error": text})
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
