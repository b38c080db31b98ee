package dashboard

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"prewarm/shared/event"
)

// FuzzMessages sends signed payloads of any content and renders what is accepted.
func FuzzMessages(f *testing.F) {
	f.Add(`{"windows":[{"function":"a.ns","step_seconds":60,"start":600,"counts":[1,-1,3],"in_flight":0,"concurrency":1}]}`)
	f.Add(`{"decisions":[{"function":"a.ns","step":600,"mode":"active","wanted":-5,"inputs":{"p_active":7}}]}`)
	f.Add(`{"model":"m","forecasts":[{"function":"a.ns","origin":600,"step_seconds":60,"no_data":"x","recent":[-1]}]}`)
	f.Fuzz(func(t *testing.T, payload string) {
		d := newFake(t, &fakeSource{})
		for typ, read := range map[string]func([]byte) error{
			event.TypeWindows: d.receiver.windows, event.TypeForecasts: d.receiver.forecasts, event.TypeDecisions: d.receiver.decisions,
		} {
			if !json.Valid([]byte(payload)) {
				return
			}
			_, body, err := event.Seal(key, typ, origin, "0", raw(payload))
			if err == nil {
				d.receiver.count(typ, read(body))
			}
		}
		for _, target := range []string{"/", "/?function=a.ns", "/api/functions", "/api/decisions"} {
			if w := get(d, target); w.Code != http.StatusOK && w.Code != http.StatusNotFound {
				t.Errorf("%s: got %d for %s", target, w.Code, payload)
			}
		}
	})
}

// raw is JSON that is signed as it is.
type raw string

func (r raw) Validate() error              { return nil }
func (r raw) MarshalJSON() ([]byte, error) { return []byte(r), nil }

func FuzzQuery(f *testing.F) {
	f.Add("function=a.ns&q=x&limit=3")
	d := newFake(f, &fakeSource{})
	feed(f, d, "a.ns")
	f.Fuzz(func(t *testing.T, query string) {
		for _, path := range []string{"/", "/api/functions", "/api/decisions"} {
			r := httptest.NewRequest(http.MethodGet, path, nil)
			r.URL.RawQuery = query
			w := httptest.NewRecorder()
			d.ServeHTTP(w, r)
			if w.Code >= http.StatusInternalServerError || strings.Contains(w.Body.String(), "<script>") {
				t.Errorf("%s?%s: got %d", path, query, w.Code)
			}
		}
	})
}
