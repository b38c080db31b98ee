package dashboard

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"prewarm/shared/event"
	"prewarm/shared/series"
)

// shortWindow returns a batch with the counts of function a.ns.
func shortWindow(start int64, counts ...int32) *event.Windows {
	w := event.FunctionWindow{Function: "a.ns", InFlight: -1, Concurrency: 1}
	w.StepSeconds, w.Start, w.Counts = 60, start, counts
	return &event.Windows{Windows: []event.FunctionWindow{w}}
}

// expecting returns a forecast with a number of expected cold starts.
func expecting(name string, cold float64, at int64) *event.Forecasts {
	f := forecast(name)
	f.ExpectedCold, f.Origin = cold, at
	return &event.Forecasts{Model: "m", Forecasts: []event.Forecast{f}}
}

func ids(found []alert) string {
	var out []string
	for _, a := range found {
		out = append(out, a.ID)
	}
	return strings.Join(out, " ")
}

func TestAlertsBeginAboveTheThresholdAndEndWellBelow(t *testing.T) {
	d := newFake(t, &fakeSource{})
	d.view.AddWindows(origin, shortWindow(origin-180, 1, 2, 3))
	for i, c := range []struct {
		cold  float64
		alert bool
	}{{1.5, false}, {1.6, true}, {1.4, true}, {1.25, true}, {1.1, false}, {1.4, false}} {
		d.view.AddForecasts(origin, expecting("a.ns", c.cold, origin+int64(i)*60))
		if got := ids(d.updateAlerts(t.Context())); (got == "cold-starts/a.ns") != c.alert {
			t.Errorf("%d: %v expected: got %q", i, c.cold, got)
		}
	}
}

// The alert is about what remains. Its text has both: what keep-alive would have, and what
// prewarm leaves of it.
func TestAnAlertStatesWhatRemains(t *testing.T) {
	for _, c := range []struct {
		story, mode string
		left        float64
		alert       bool
		text        string
	}{
		{"prewarm avoids most", "active", 0.3, false, ""},
		{"prewarm leaves many", "active", 1.7, true, "2.5 cold starts are expected in the next 1 hour with keep-alive alone; 1.7 remain with prewarm. A lower cost ratio leaves fewer."},
		{"prewarm would avoid most", "observe", 0.3, true, "2.5 cold starts are expected in the next 1 hour with keep-alive alone; 0.3 would remain with prewarm in mode active."},
		{"there is no decision", "", 0, true, "2.5 cold starts are expected in the next 1 hour with keep-alive alone, and the scaler makes no decisions that would avoid some. Check it: faas-cli logs scaler"},
	} {
		d := newFake(t, &fakeSource{})
		d.view.AddWindows(origin, shortWindow(origin-180, 1, 2, 3))
		d.view.AddForecasts(origin, expecting("a.ns", 2.5, origin))
		if c.mode != "" {
			one := decision("a.ns", origin)
			one.Mode, one.Inputs.ExpectedColdLeft = c.mode, c.left
			d.view.AddDecisions(origin, &event.Decisions{Decisions: []event.Decision{one}})
		}
		found := d.updateAlerts(t.Context())
		switch {
		case !c.alert && len(found) == 0:
		case !c.alert || len(found) != 1:
			t.Errorf("%s: got %+v", c.story, found)
		case found[0].Text != c.text || found[0].KeepAlive != 2.5:
			t.Errorf("%s: got %+v", c.story, found[0])
		}
	}
}

func TestFailuresOfTheChainAreAlerts(t *testing.T) {
	for want, fail := range map[string]func(*Dashboard, *fakeSource){
		"nats-down":   func(_ *Dashboard, s *fakeSource) { s.health = errors.New("no route") },
		"chain-stale": func(d *Dashboard, _ *fakeSource) { d.now = func() time.Time { return time.Unix(origin+240, 0) } },
		"store-down": func(d *Dashboard, _ *fakeSource) {
			d.view.AddWindows(origin, shortWindow(origin-180, 1, 2, series.NoData))
		},
		"model-missing": func(d *Dashboard, _ *fakeSource) {
			d.view.AddWindows(origin+240, shortWindow(origin, 1, 2, 3, 4))
			d.now = func() time.Time { return time.Unix(origin+250, 0) }
		},
	} {
		source := &fakeSource{}
		d := newFake(t, source)
		d.view.AddWindows(origin, shortWindow(origin-180, 1, 2, 3))
		d.view.AddForecasts(origin, expecting("a.ns", 0, origin))
		if got := ids(d.updateAlerts(t.Context())); got != "" {
			t.Fatalf("%s: nothing is wrong yet, got %q", want, got)
		}
		fail(d, source)
		if got := ids(d.updateAlerts(t.Context())); got != want {
			t.Errorf("got %q, want %s", got, want)
		}
		mustContain(t, get(d, "/?page=alerts").Body.String(), d.updateAlerts(t.Context())[0].Text)
	}
	if got := newFake(t, &fakeSource{}).updateAlerts(t.Context()); len(got) != 0 {
		t.Errorf("before the first message: %v", got)
	}
}

func TestAChangeIsPostedUntilTheWebhookTakesIt(t *testing.T) {
	var got []webhookBody
	answers := []int{500, 200, 200}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body webhookBody
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			t.Error(err)
		}
		got = append(got, body)
		w.WriteHeader(answers[len(got)-1])
	}))
	defer server.Close()
	d, hook := newFake(t, &fakeSource{}), newWebhook(server.URL+"/?token=s3cret")
	d.view.AddWindows(origin, shortWindow(origin-180, 1, 2, 3))
	deliver := func(cold float64, at int64) error {
		d.view.AddForecasts(origin, expecting("a.ns", cold, at))
		d.updateAlerts(t.Context())
		return d.watch.deliver(t.Context(), hook.post)
	}
	if err := deliver(3, origin); err == nil || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("got %v", err)
	}
	for i := range int64(3) {
		if err := deliver(3, origin+60*i); err != nil {
			t.Error(err)
		}
	}
	if err := deliver(0, origin+600); err != nil {
		t.Error(err)
	}
	if len(got) != 3 || got[1].Alerts[0].Status != "firing" || got[1].Alerts[0].Function != "a.ns" || got[2].Alerts[0].Status != "resolved" || got[2].Source != "prewarm" {
		t.Errorf("want a failed post, the same again, and the end of the alert; got %+v", got)
	}
	server.Close()
	d.watch.update(nil, d.now())
	d.watch.update([]alert{{ID: "x"}}, d.now())
	if err := d.watch.deliver(t.Context(), hook.post); err == nil || strings.Contains(err.Error(), "s3cret") || strings.Contains(err.Error(), "http") {
		t.Errorf("the address must not be in the error: %v", err)
	}
}

func TestAlertsRunUntilTheContextEnds(t *testing.T) {
	d := newFake(t, &fakeSource{health: errors.New("no route")})
	ctx, cancel := context.WithCancel(t.Context())
	ended, posted := make(chan struct{}), make(chan []change, 1)
	go func() {
		defer close(ended)
		d.runAlerts(ctx, func(_ context.Context, c []change) error { posted <- c; return nil })
	}()
	if c := <-posted; c[0].Kind != "nats-down" {
		t.Errorf("got %+v", c)
	}
	cancel()
	<-ended
}

func TestWithoutAWebhookNothingIsPosted(t *testing.T) {
	if err := newWebhook("").post(t.Context(), []change{{}}); err != nil {
		t.Error(err)
	}
}

func TestPendingChangesAreBounded(t *testing.T) {
	w := &watch{}
	for i := range 3 * maxPending {
		w.update([]alert{{ID: strings.Repeat("x", i%7+1)}}, time.Unix(int64(i), 0))
	}
	if len(w.pending) != maxPending {
		t.Errorf("got %d", len(w.pending))
	}
}
