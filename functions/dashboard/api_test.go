package dashboard

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"prewarm/functions/dashboard/view"
	"prewarm/shared/event"
	"prewarm/shared/series"
)

func TestFunctionsAsJSON(t *testing.T) {
	d := newFake(t, &fakeSource{})
	feed(t, d, "shop.ns", "mail.ns")
	quiet := decision("quiet.ns", origin)
	d.view.AddDecisions(origin, &event.Decisions{Decisions: []event.Decision{quiet}})
	var got struct{ Functions []view.Function }
	decode(t, get(d, "/api/functions"), &got)
	if len(got.Functions) != 3 || got.Functions[0].Summary.Function != "mail.ns" {
		t.Fatalf("got %+v", got)
	}
	shop := got.Functions[2]
	if *shop.CallsLast != 3 || *shop.Wanted != 1 || *shop.Replicas != 0 || *shop.ExpectedCold != 2.5 || shop.Forecast != nil ||
		shop.Window.Counts[70] != series.NoData || shop.LastDecision.Reason == "" {
		t.Errorf("got %+v", shop)
	}
	if q := got.Functions[1]; q.Window != nil || q.CallsLast != nil || q.Chance != nil || *q.Mode != "active" {
		t.Errorf("unknown values must be null: %+v", q)
	}
	decode(t, get(d, "/api/functions?function=shop.ns"), &got)
	if len(got.Functions) != 1 || len(got.Functions[0].Forecast.PActive) != event.Horizons {
		t.Errorf("got %+v", got)
	}
	if w := get(d, "/api/functions?function=gone.ns"); w.Code != http.StatusNotFound || !json.Valid(w.Body.Bytes()) {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

func TestDecisionsAsJSON(t *testing.T) {
	d := newFake(t, &fakeSource{})
	for i := range int64(3) {
		list := []event.Decision{decision("a.ns", 600+i*60), decision("b.ns", 630+i*60)}
		d.view.AddDecisions(600+i*60, &event.Decisions{Decisions: list})
	}
	var got struct{ Decisions []event.Decision }
	decode(t, get(d, "/api/decisions?limit=3"), &got)
	if len(got.Decisions) != 3 || got.Decisions[0].Step != 750 || got.Decisions[1].Step != 720 {
		t.Errorf("got %+v", got)
	}
	decode(t, get(d, "/api/decisions?function=a.ns"), &got)
	if len(got.Decisions) != 3 || got.Decisions[2].Step != 600 {
		t.Errorf("got %+v", got)
	}
	for _, limit := range []string{"0", "x", "10001"} {
		w := get(d, "/api/decisions?limit="+limit)
		if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "limit must be between 1 and 10000, was") {
			t.Errorf("%s: got %d %s", limit, w.Code, w.Body)
		}
	}
}

// decode decodes a good answer.
func decode(t *testing.T, w *httptest.ResponseRecorder, into any) {
	t.Helper()
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/json" {
		t.Fatalf("got %d %s", w.Code, w.Body)
	}
	if err := json.Unmarshal(w.Body.Bytes(), into); err != nil {
		t.Fatal(err)
	}
}
