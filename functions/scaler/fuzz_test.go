package scaler

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	handler "github.com/openfaas/templates-sdk/go-http"

	"prewarm/shared/event"
	"prewarm/shared/openfaas"
)

// payload is JSON that is signed as it is.
type payload string

func (p payload) Validate() error              { return nil }
func (p payload) MarshalJSON() ([]byte, error) { return []byte(p), nil }

// sparse returns forecasts in the form in which it travels.
func sparse(t testing.TB, p *event.Forecasts) string {
	t.Helper()
	var sealed struct{ Payload json.RawMessage }
	_, body, err := event.Seal(keys, event.TypeForecasts, 0, "0", p)
	if err == nil {
		err = json.Unmarshal(body, &sealed)
	}
	if err != nil || !strings.Contains(string(sealed.Payload), `"sparse"`) {
		t.Fatalf("sealed as %s, %v", body, err)
	}
	return string(sealed.Payload)
}

// FuzzBatch posts signed forecasts of any content. A batch is decided as a whole or refused,
// and no function gets more replicas than its bounds allow.
func FuzzBatch(f *testing.F) {
	w := newWorld(nil, openfaas.ModeActive)
	for _, n := range []int32{0, 2, 1 << 30} {
		one := w.forecast(name, n)
		one.RecentLoad, one.Estimated, one.LoadRate = []event.Load{0.5}, nil, 25
		one.Capacity = &event.Capacity{Model: "m", From: 1, Carry: []float64{10, 25}}
		one.Earlier = []event.Occurrence{{Ago: 9, Need: 1, Load: 0.5}}
		raw, err := json.Marshal(&event.Forecasts{Model: "m", Forecasts: []event.Forecast{one}})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(raw))
		f.Add(sparse(f, &event.Forecasts{Model: "m", Forecasts: []event.Forecast{one}}))
	}
	f.Fuzz(func(t *testing.T, text string) {
		w := newWorld(t, openfaas.ModeActive)
		_, body, err := event.Seal(keys, event.TypeForecasts, w.now.Unix()/60*60, "0", payload(text))
		if err != nil {
			return // no JSON
		}
		req := handler.Request{Method: http.MethodPost, Body: body}
		req.WithContext(t.Context())
		res, err := w.scaler.Handle(req)
		if err != nil || res.StatusCode != 200 && res.StatusCode/100 != 4 {
			t.Fatalf("answered %d %q, %v", res.StatusCode, res.Body, err)
		}
		if res.StatusCode != 200 && len(w.calls)+len(w.stream) > 0 {
			t.Errorf("refused with %d and decided: %v", res.StatusCode, w.calls)
		}
		for _, d := range w.decisions() {
			if d.Wanted < 0 || d.Wanted > d.Inputs.Max || d.Applied > d.Inputs.Max {
				t.Errorf("decided %+v", d)
			}
		}
	})
}
