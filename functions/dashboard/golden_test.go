package dashboard

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"prewarm/shared/event"
)

var update = flag.Bool("update", false, "rewrite the golden files of this package")

// goldenWorld is a dashboard that knows four functions: shop has everything,
// mail one step, quiet decisions alone, and new no forecast yet.
func goldenWorld(t *testing.T) *Dashboard {
	t.Helper()
	source := &fakeSource{paused: true}
	archive(t, source, 4)
	d := newFake(t, source)
	d.epoch = "epoch"
	feed(t, d, "shop.ns", "mail.ns")
	replay(d, "shop.ns", 30)
	d.view.AddDecisions(origin, &event.Decisions{Decisions: []event.Decision{decision("quiet.ns", origin)}})
	d.view.AddForecasts(origin, &event.Forecasts{Model: "m", Forecasts: []event.Forecast{{
		Function: "new.ns", Origin: origin, StepSeconds: 60, NoData: "two of three steps are known",
		Observation: event.Observation{InFlight: -1},
	}}})
	return d
}

// goldenTargets are the addresses whose answers are pinned, by file name.
var goldenTargets = map[string]string{
	"overview.json":        "/api/overview",
	"functions.json":       "/api/functions",
	"functions-one.json":   "/api/functions?function=shop.ns",
	"functions-part.json":  "/api/functions?q=ai",
	"functions-gone.json":  "/api/functions?function=gone.ns",
	"function.json":        "/api/function?function=shop.ns",
	"function-quiet.json":  "/api/function?function=quiet.ns",
	"function-new.json":    "/api/function?function=new.ns",
	"decisions.json":       "/api/decisions",
	"decisions-limit.json": "/api/decisions?limit=2&function=shop.ns",
	"savings.json":         "/api/savings",
	"savings-hour.json":    "/api/savings?range=hour",
	"savings-week.json":    "/api/savings?range=week",
	"savings-bad.json":     "/api/savings?range=year",
	"quality.json":         "/api/quality",
	"status.json":          "/api/status",
	"alerts.json":          "/api/alerts",
	"session.json":         "/api/session",
	"decisions.csv":        "/api/decisions.csv",
	"predictions.csv":      "/api/predictions.csv?function=a.ns",
	"decisions.jsonl":      "/api/decisions.jsonl",
}

func TestAnswersAreThoseOfTheGoldenFiles(t *testing.T) {
	for name, target := range goldenTargets {
		d := goldenWorld(t)
		golden(t, name, get(d, target).Body.Bytes())
	}
}

// TestEventsAreThoseOfTheGoldenFile reads what a page gets first, and what it
// gets after one more step of one function.
func TestEventsAreThoseOfTheGoldenFile(t *testing.T) {
	d := goldenWorld(t)
	l := listen(t, serve(t, d), "", "")
	var all, status, changed json.RawMessage
	l.next("rows", &all)
	l.next("status", &status)
	step(d, "mail.ns", 31)
	l.next("rows", &changed)
	golden(t, "events.json", slices.Concat([]byte("["), all, []byte(","), status, []byte(","), changed, []byte("]")))
}

// golden fails if text differs from its golden file. The order of JSON fields
// does not matter.
func golden(t *testing.T, name string, text []byte) {
	t.Helper()
	if strings.HasSuffix(name, ".json") {
		text = canonical(t, text)
	}
	path := filepath.Join("testdata", "golden", name)
	if *update {
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(text, want) {
		t.Errorf("%s: got\n%s\nwant\n%s", name, text, want)
	}
}

// canonical writes JSON with sorted fields and numbers as they are.
func canonical(t *testing.T, text []byte) []byte {
	t.Helper()
	var value any
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	if err := dec.Decode(&value); err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return append(out, '\n')
}
