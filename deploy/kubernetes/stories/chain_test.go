package stories

import (
	"net/http"
	"slices"

	handler "github.com/openfaas/templates-sdk/go-http"

	"prewarm/shared/event"
)

// meet notes the load of the present second.
func (w *world) meet() {
	load := w.load(w.minute())
	w.need = max(w.need, load)
	if load > w.load(w.minute()-1./60) && load > w.ready() {
		w.cold++
	}
}

// decide posts a forecast to the scaler, as the connector does.
func (w *world) decide() {
	w.remember(int32(w.need))
	f := event.Forecast{
		Function: function, Origin: w.now.Unix(), StepSeconds: 60, Evidence: 99,
		Observation: event.Observation{Recent: w.recent, InFlight: w.load(w.minute())},
	}
	for h := range event.Horizons {
		n := int32(w.expected(float64(h)))
		f.PActive = append(f.PActive, event.Prob(min(n, 1)))
		f.NeedQ50, f.NeedQ90 = append(f.NeedQ50, n), append(f.NeedQ90, n)
		f.NeedQ95, f.NeedQ99 = append(f.NeedQ95, n), append(f.NeedQ99, n)
	}
	_, body, err := event.Seal(keys, event.TypeForecasts, f.Origin, "0", &event.Forecasts{Model: "m", Forecasts: []event.Forecast{f}})
	if err != nil {
		w.t.Fatal(err)
	}
	req := handler.Request{Method: http.MethodPost, Body: body}
	req.WithContext(w.t.Context())
	if res, err := w.scaler.Handle(req); err != nil || res.StatusCode != http.StatusOK {
		w.t.Fatalf("the scaler answered %d %s, %v", res.StatusCode, res.Body, err)
	}
}

// remember appends the need of a step. The history stays so short that the level comes from
// the forecast: package level would take it from five active steps.
func (w *world) remember(need int32) {
	w.recent = append(w.recent, need)
	active := 0
	for i, n := range slices.Backward(w.recent) {
		if active += int(min(n, 1)); active == 4 || len(w.recent)-i == 60 {
			w.recent = w.recent[i:]
			return
		}
	}
}

// expected returns what the predictor expects of a minute ahead.
func (w *world) expected(ahead float64) int {
	if w.expects != nil {
		return w.expects(w.minute() + ahead)
	}
	return w.forecast(w.minute())
}
