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
