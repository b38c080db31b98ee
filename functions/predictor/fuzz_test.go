package predictor

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	handler "github.com/openfaas/templates-sdk/go-http"

	"prewarm/shared/event"
)

// payload is JSON that is signed as it is.
type payload string

func (p payload) Validate() error              { return nil }
func (p payload) MarshalJSON() ([]byte, error) { return []byte(p), nil }

// sparse returns windows in the form in which they travel.
func sparse(t testing.TB, p *event.Windows) string {
	t.Helper()
	var sealed struct{ Payload json.RawMessage }
	_, body, err := event.Seal(keys, event.TypeWindows, 0, "0", p)
	if err == nil {
		err = json.Unmarshal(body, &sealed)
	}
	if err != nil || !strings.Contains(string(sealed.Payload), `"sparse"`) {
		t.Fatalf("sealed as %s, %v", body, err)
	}
	return string(sealed.Payload)
}

// FuzzBatch posts signed windows of any content: they are refused, or each has a valid
// forecast.
func FuzzBatch(f *testing.F) {
	stated := window(1, 2, 3)
	stated.CallsPerReplica, stated.CarriesBy, stated.Note, stated.Peak = 45, "com.openfaas.scale.target (rps)", "x", 2
	modelled := window(0, 7, -1)
	modelled.ReplicaModel, modelled.Queued = "hello.fn", 3
	for _, w := range []event.FunctionWindow{window(1, 2, 3), stated, modelled} {
		raw, err := json.Marshal(&event.Windows{Windows: []event.FunctionWindow{w}})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(raw))
		f.Add(sparse(f, &event.Windows{Windows: []event.FunctionWindow{w}}))
	}
	f.Fuzz(func(t *testing.T, text string) {
		var sent event.Windows
		if json.Unmarshal([]byte(text), &sent) != nil || len(sent.Windows) == 0 {
			return
		}
		_, body, err := event.Seal(keys, event.TypeWindows, max(0, sent.Windows[0].End()), "7", payload(text))
		if err != nil {
			return
		}
		p, s := newTest(keys)
		req := handler.Request{Method: http.MethodPost, Body: body}
		req.WithContext(t.Context())
		res, err := p.Handle(req)
		if err != nil || res.StatusCode != 200 && res.StatusCode/100 != 4 {
			t.Fatalf("answered %d %q, %v", res.StatusCode, res.Body, err)
		}
		for _, message := range s.messages {
			var out event.Forecasts
			if _, err := event.Open(keys, event.TypeForecasts, message, &out); err != nil || len(out.Forecasts) != len(sent.Windows) {
				t.Errorf("%d windows became %d forecasts: %v", len(sent.Windows), len(out.Forecasts), err)
			}
		}
	})
}
