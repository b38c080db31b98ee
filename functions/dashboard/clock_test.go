package dashboard

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"prewarm/functions/dashboard/history"
	"prewarm/shared/event"
)

// run gives the dashboard n steps of a function from a step on, while its clock shows the
// time of the messages.
func run(t *testing.T, d *Dashboard, name string, from int64, n int) {
	t.Helper()
	for i := range int64(n) {
		at := from + 60*i
		d.now = func() time.Time { return time.Unix(at+30, 0) }
		if err := receive(t, d, at, name); err != nil {
			t.Fatal(err)
		}
		one := decision(name, at)
		one.Inputs.RecentNeed, one.Inputs.Settled = 0, []int32{0}
		d.ledger.AddDecisions(&event.Decisions{Decisions: []event.Decision{one}})
	}
}

// The clocks of all nodes ran an hour ahead for ten minutes, and are right again. Everything
// that the dashboard shows must be as if that had not happened.
func TestADashboardWhoseClockWasSetBackShowsTheNewSteps(t *testing.T) {
	const before, after = 30, 15
	d, steady := newFake(t, &fakeSource{}), newFake(t, &fakeSource{})
	run(t, d, "shop.ns", origin, before)
	run(t, d, "shop.ns", origin+3600, 10)
	run(t, d, "shop.ns", origin+60*before, after)
	run(t, steady, "shop.ns", origin, before+after)
	end := int64(origin + 60*(before+after-1))
	var status statusJSON
	decode(t, get(d, "/api/status"), &status)
	if status.Newest != end {
		t.Errorf("the newest step must be %d, is %d", end, status.Newest)
	}
	for _, target := range []string{"/api/functions", "/api/decisions", "/api/alerts"} {
		if got, want := get(d, target).Body.String(), get(steady, target).Body.String(); got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", target, got, want)
		}
	}
	// The first ten steps of each part are not compared, as after a restart.
	if total, _ := d.ledger.Sum(60); total.Active.Steps != before-10+after-10 {
		t.Errorf("got %+v", total.Active)
	}
	var got, want functionJSON
	decode(t, get(d, "/api/function?function=shop.ns"), &got)
	decode(t, get(steady, "/api/function?function=shop.ns"), &want)
	// What was predicted for the next hour while the clocks were wrong is gone.
	got.History.Predictions, want.History.Predictions = nil, nil
	if a, b := encoded(t, got.History), encoded(t, want.History); a != b {
		t.Errorf("the history is\n%s\nwant\n%s", a, b)
	}
}

func encoded(t *testing.T, v history.Columns) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// No message comes after the clock was set back: the alert must not wait until the clock
// reaches the step that was named last.
func TestAChainThatStopsWhenTheClockIsSetBackRaisesAnAlert(t *testing.T) {
	d := newFake(t, &fakeSource{})
	run(t, d, "shop.ns", origin+3600, 1)
	d.now = func() time.Time { return time.Unix(origin, 0) }
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		go d.runAlerts(ctx, func(context.Context, []change) error { return nil })
		synctest.Wait()
		cancel()
	})
	d.now = func() time.Time { return time.Unix(origin+600, 0) }
	if text := get(d, "/api/alerts").Body.String(); !strings.Contains(text, "chain-stale") {
		t.Errorf("got %s", text)
	}
	if text := get(d, "/api/status").Body.String(); !strings.Contains(text, "No message for") {
		t.Errorf("got %s", text)
	}
}

// The clock of the dashboard is two hours behind that of the collector.
func TestAClockThatIsBehindIsNamed(t *testing.T) {
	source := &fakeSource{}
	d := newFake(t, source)
	late := func(step int64) {
		w := window("shop.ns", 3)
		w.Start += step - origin
		body := sealAt(t, step, event.TypeWindows, &event.Windows{Windows: []event.FunctionWindow{w}})
		d.receiver.count(event.TypeWindows, d.receiver.windows(body))
	}
	late(origin + 7200)
	if text := get(d, "/api/alerts").Body.String(); !strings.Contains(text, `"clock-behind"`) {
		t.Errorf("before any other message: got %s", text)
	}
	if text := get(d, "/api/status").Body.String(); !strings.Contains(text, "the last one 0s ago was 1h58m30s ahead") {
		t.Errorf("got %s", text)
	}
	// The clock is right again.
	d.now = func() time.Time { return time.Unix(origin+7230, 0) }
	late(origin + 7200)
	if text := get(d, "/api/alerts").Body.String(); strings.Contains(text, "clock-behind") || strings.Contains(text, "chain-stale") {
		t.Errorf("after the repair: got %s", text)
	}
	if w := get(d, "/api/function?function=shop.ns"); w.Code != http.StatusOK {
		t.Errorf("after the repair: got %d", w.Code)
	}
}

// A message may only be about the past, whatever its envelope says.
func TestAStepWithinAMessageIsNotAheadEither(t *testing.T) {
	d := newFake(t, &fakeSource{})
	w, f, one := window("shop.ns", 180), forecast("shop.ns"), decision("shop.ns", origin+3600)
	w.Start, f.Origin = w.Start+3600, f.Origin+3600
	for typ, try := range map[string]error{
		"windows":   d.receiver.windows(seal(t, event.TypeWindows, &event.Windows{Windows: []event.FunctionWindow{w}})),
		"forecasts": d.receiver.forecasts(seal(t, event.TypeForecasts, &event.Forecasts{Model: "m", Forecasts: []event.Forecast{f}})),
		"decisions": d.receiver.decisions(seal(t, event.TypeDecisions, &event.Decisions{Decisions: []event.Decision{one}})),
	} {
		if !isAhead(try) {
			t.Errorf("%s: got %v", typ, try)
		}
	}
}

func TestScrapesOfAClockThatRanAheadHideNothing(t *testing.T) {
	now := time.Unix(origin+3600, 0)
	s := newScrapes(func() time.Time { return now })
	now = time.Unix(origin, 0)
	if got := s.notices(); got != nil {
		t.Errorf("right after the change: got %v", got)
	}
	now = now.Add(scrapeLimit + time.Second)
	if got := s.notices(); len(got) != 1 {
		t.Errorf("got %v", got)
	}
}
