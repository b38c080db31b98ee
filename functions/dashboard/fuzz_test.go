package dashboard

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"prewarm/shared/event"
)

// FuzzMessages sends signed payloads of any content and renders what is accepted.
func FuzzMessages(f *testing.F) {
	f.Add(`{"windows":[{"function":"a.ns","step_seconds":60,"start":600,"counts":[1,-1,3],"in_flight":0,"concurrency":1}]}`)
	f.Add(`{"decisions":[{"function":"a.ns","step":600,"mode":"active","wanted":-5,"inputs":{"p_active":7}}]}`)
	f.Add(`{"model":"m","forecasts":[{"function":"a.ns","origin":600,"step_seconds":60,"no_data":"x","recent":[-1]}]}`)
	// Steps before 1970, and so late that their sums overflow.
	f.Add(`{"model":"m","forecasts":[{"function":"a.ns","origin":60,"step_seconds":60,"no_data":"x","in_flight":-1,"recent":[1,2,3]}]}`)
	f.Add(`{"model":"m","forecasts":[{"function":"a.ns","origin":9223372036854775807,"step_seconds":1,"no_data":"x","recent":[1]}]}`)
	f.Add(`{"model":"m","forecasts":[{"function":"a.ns","origin":0,"step_seconds":9223372036854775807,"no_data":"x","recent":[1]}]}`)
	f.Add(`{"decisions":[{"function":"a.ns","step":-60,"mode":"active","set_back":{"by":"x","from":1,"to":0}}]}`)
	f.Add(`{"decisions":[{"function":"a.ns","step":1790000040,"mode":"active","inputs":{"settled":[1,1,1,1,1],"memory_bytes":9223372036854775807,"max":1}}]}`)
	f.Fuzz(func(t *testing.T, payload string) {
		d := newFake(t, &fakeSource{})
		feed(t, d, "a.ns") // so that steps are compared with others
		count := opened(d.receiver, event.TypeDecisions, func(_ int64, batch *event.Decisions) { d.ledger.AddDecisions(batch) })
		for _, in := range []struct {
			typ  string
			read func([]byte) error
		}{
			{event.TypeWindows, d.receiver.windows}, {event.TypeForecasts, d.receiver.forecasts},
			{event.TypeDecisions, d.receiver.decisions}, {event.TypeDecisions, count},
		} {
			if !json.Valid([]byte(payload)) {
				return
			}
			_, body, err := event.Seal(keys, in.typ, origin, "0", raw(payload))
			if err == nil {
				err = in.read(body)
				d.receiver.count(in.typ, err)
			}
			if errors.Is(err, errPanic) {
				t.Error(err)
			}
		}
		for _, target := range []string{"/", "/?function=a.ns", "/?page=savings", "/api/functions", "/api/function?function=a.ns", "/api/decisions", "/api/savings", "/api/quality", "/api/alerts"} {
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

// FuzzQuery asks for each page and answer with any query and header: none fails, and no page
// repeats markup of the query.
func FuzzQuery(f *testing.F) {
	f.Add("function=a.ns&q=x&limit=3", "Last-Event-ID", "x.1")
	f.Add("from=1790000000&to=2026-09-21T12:00:00Z&function=a.ns", "Accept-Encoding", "gzip;q=0")
	f.Add("range=week&page=savings&asset=style.css", "Cookie", "prewarm_session=x")
	f.Add("page=alerts&last=x.1&function=<script>", "X-Forwarded-Host", "<script>")
	source := &fakeSource{archive: [][]byte{seal(f, event.TypeDecisions, &event.Decisions{Decisions: []event.Decision{{Function: "a.ns", Step: origin}}})}}
	d := newFake(f, source)
	feed(f, d, "a.ns")
	var paths []string
	for pattern := range d.handlers() {
		if method, path, _ := strings.Cut(pattern, " "); method == http.MethodGet && path != "/api/events" {
			paths = append(paths, strings.TrimSuffix(path, "{$}"))
		}
	}
	slices.Sort(paths)
	f.Fuzz(func(t *testing.T, query, header, value string) {
		for _, path := range paths {
			r := httptest.NewRequest(http.MethodGet, path, nil)
			r.URL.RawQuery = query
			r.Header.Set(header, value)
			if pathOf(r.URL) == "/api/events" { // which lasts
				continue
			}
			w := httptest.NewRecorder()
			d.ServeHTTP(w, r)
			page := strings.HasPrefix(w.Header().Get("Content-Type"), "text/html")
			if w.Code >= http.StatusInternalServerError || page && strings.Contains(w.Body.String(), "<script>") {
				t.Errorf("%s?%s: got %d", path, query, w.Code)
			}
		}
	})
}

// FuzzChanges sends any body as a stranger and as the operator. A stranger changes nothing,
// and what the operator sets is a mode of a function.
func FuzzChanges(f *testing.F) {
	f.Add("pause", `{"paused":true}`)
	f.Add("mode", `{"function":"a.ns","mode":"off"}`)
	f.Add("mode", `{"function":"a.ns","mode":null}`)
	f.Add("session", `{"token":"x"}`)
	source := &fakeSource{}
	v := &client{d: newFake(f, source)}
	operator := func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) }
	f.Fuzz(func(t *testing.T, api, body string) {
		if api != "pause" && api != "mode" && api != "session" {
			return
		}
		w := v.send(http.MethodPost, api, body)
		if w.Code/100 == 5 || source.paused || len(source.modes) > 0 || w.Code == http.StatusOK && !strings.Contains(body, token) {
			t.Errorf("%s %q of a stranger: got %d", api, body, w.Code)
		}
		if w := v.send(http.MethodPost, api, body, operator); w.Code/100 == 5 {
			t.Errorf("%s %q of the operator: got %d %s", api, body, w.Code, w.Body)
		}
		for name, mode := range source.modes {
			if mode.Validate() != nil || mode.Function != name {
				t.Errorf("%q has set %+v", body, mode)
			}
		}
		source.paused, source.modes = false, nil
	})
}
