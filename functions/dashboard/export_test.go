package dashboard

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"prewarm/shared/event"
)

// archive adds decisions of two functions to the stream, one step a minute.
func archive(t testing.TB, source *fakeSource, steps int) {
	t.Helper()
	for i := range steps {
		at := int64(origin - 60*(steps-1-i))
		source.archive = append(source.archive, seal(t, event.TypeDecisions, &event.Decisions{
			Decisions: []event.Decision{decision("a.ns", at), decision("b.ns", at)},
		}))
	}
	source.archive = append(source.archive, []byte("not an envelope"))
}

func TestDecisionsOfARangeAsCSV(t *testing.T) {
	source := &fakeSource{}
	archive(t, source, 100)
	d := newFake(t, source)
	w := get(d, fmt.Sprintf("/api/decisions.csv?function=a.ns&from=%d&to=%d", origin-600, origin))
	if w.Code != http.StatusOK || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/csv") {
		t.Fatalf("got %d %v", w.Code, w.Header())
	}
	rows, err := csv.NewReader(w.Body).ReadAll()
	if err != nil || len(rows) != 11 {
		t.Fatalf("ten minutes and a header, got %d rows, %v", len(rows), err)
	}
	if rows[0][0] != "function" || rows[1][0] != "a.ns" || rows[1][1] != fmt.Sprint(origin-600) || rows[10][1] != fmt.Sprint(origin-60) || len(rows[1]) != 43 || len(rows[0]) != 43 {
		t.Errorf("got %v", rows[1])
	}
}

func TestTheLogOfPredictionsHasInputsAndReplicas(t *testing.T) {
	source := &fakeSource{}
	archive(t, source, 3)
	rows, err := csv.NewReader(get(newFake(t, source), "/api/predictions.csv?function=b.ns").Body).ReadAll()
	if err != nil || len(rows) != 4 {
		t.Fatalf("three decisions and a header, got %d rows, %v", len(rows), err)
	}
	value, want := map[string]string{}, decision("b.ns", origin)
	for i, name := range rows[0] {
		value[name] = rows[3][i]
	}
	if rows[0][0] != "timestamp" || !slices.Equal(rows[0][len(rows[0])-3:], []string{"predicted", "applied", "function"}) {
		t.Errorf("got columns %v", rows[0])
	}
	for name, text := range map[string]string{
		"timestamp": want.Time.UTC().Format(time.RFC3339Nano), "function": "b.ns", "predicted": fmt.Sprint(want.Wanted), "applied": fmt.Sprint(want.Applied),
		"p_active": fmt.Sprint(want.Inputs.PActive), "calls_per_replica": fmt.Sprint(want.Inputs.CallsPerReplica), "capacity_model": want.Inputs.CapacityModel,
		"readiness_seconds": fmt.Sprint(want.Inputs.ReadinessSeconds), "readiness_measured": "true", "in_flight": fmt.Sprint(want.Inputs.InFlight),
	} {
		if value[name] != text {
			t.Errorf("%s: got %q, want %q", name, value[name], text)
		}
	}
}

func TestDecisionsOfTheLastDayAsJSONLines(t *testing.T) {
	source := &fakeSource{}
	archive(t, source, 3)
	lines := strings.Split(strings.TrimSpace(get(newFake(t, source), "/?api=decisions.jsonl").Body.String()), "\n")
	if len(lines) != 6 {
		t.Fatalf("got %d lines", len(lines))
	}
	var one event.Decision
	if err := json.Unmarshal([]byte(lines[5]), &one); err != nil || !reflect.DeepEqual(one, decision("b.ns", origin)) {
		t.Errorf("got %+v, %v", one, err)
	}
}

func TestAnEmptyRangeHasAHeader(t *testing.T) {
	w := get(newFake(t, &fakeSource{}), "/api/decisions.csv")
	if w.Code != http.StatusOK || !strings.HasPrefix(w.Body.String(), "function,step,") {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

func TestRangesAreChecked(t *testing.T) {
	d := newFake(t, &fakeSource{})
	for _, query := range []string{"from=yesterday", "from=5&to=4", "from=0", "to=x", "from=2026-09-21T00:00:00Z&to=2026-09-20T00:00:00Z"} {
		w := get(d, "/api/decisions.csv?"+query)
		if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "was: ") {
			t.Errorf("%s: got %d %s", query, w.Code, w.Body)
		}
	}
	p, err := readPeriod(func(key string) string { return map[string]string{"to": "2026-09-21T12:00:00+02:00"}[key] }, time.Unix(origin, 0))
	if err != nil || p.to.Sub(p.from) != 24*time.Hour || p.to.UTC().Hour() != 10 {
		t.Errorf("got %+v, %v", p, err)
	}
}

func TestAFailedExportIsNotTakenForAWholeOne(t *testing.T) {
	source := &fakeSource{replayError: errors.New("no route")}
	d := newFake(t, source)
	if w := get(d, "/api/decisions.jsonl"); w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "check NATS") {
		t.Errorf("before the first line: got %d %s", w.Code, w.Body)
	}
	archive(t, source, 2)
	res, err := http.Get(serve(t, d).URL + "/api/decisions.jsonl")
	if err == nil {
		defer res.Body.Close()
		_, err = io.ReadAll(res.Body)
	}
	if err == nil {
		t.Error("the connection must be cut")
	}
}

// slowSource is a source whose Replay waits for hand.
type slowSource struct {
	*fakeSource
	asked, hand chan struct{}
}

func (s slowSource) Replay(ctx context.Context, subject string, since time.Duration, fn func([]byte)) error {
	s.asked <- struct{}{}
	<-s.hand
	return s.fakeSource.Replay(ctx, subject, since, fn)
}

func TestExportsAboveTheBoundAreRefused(t *testing.T) {
	source := slowSource{&fakeSource{}, make(chan struct{}), make(chan struct{})}
	archive(t, source.fakeSource, 3)
	d := newFake(t, source.fakeSource)
	d.source = source
	var running sync.WaitGroup
	for range maxExports {
		running.Go(func() {
			if w := get(d, "/api/decisions.csv"); w.Code != http.StatusOK || strings.Count(w.Body.String(), "\n") != 7 {
				t.Errorf("got %d %s", w.Code, w.Body)
			}
		})
		<-source.asked
	}
	for _, path := range []string{"/api/decisions.csv", "/api/decisions.jsonl", "/api/predictions.csv"} {
		w := get(d, path)
		if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "5" || !strings.Contains(w.Body.String(), "at most 2 exports run at a time") {
			t.Errorf("%s: got %d %v %s", path, w.Code, w.Header(), w.Body)
		}
	}
	close(source.hand)
	running.Wait()
	go func() { <-source.asked }()
	if w := get(d, "/api/decisions.jsonl"); w.Code != http.StatusOK {
		t.Errorf("after the others: got %d %s", w.Code, w.Body)
	}
}

func TestNoCellIsAFormula(t *testing.T) {
	for text, want := range map[string]string{"=1+1": "'=1+1", "+1": "'+1", "-1": "'-1", "@x": "'@x", "\t=1": "'\t=1", "\r=1": "'\r=1", "hold": "hold", "": ""} {
		if got := cell(text); got != want {
			t.Errorf("%q: got %q", text, got)
		}
	}
}

func FuzzPeriod(f *testing.F) {
	f.Add("1790000000", "2026-09-21T12:00:00Z")
	f.Fuzz(func(t *testing.T, from, to string) {
		p, err := readPeriod(func(key string) string { return map[string]string{"from": from, "to": to}[key] }, time.Unix(origin, 0))
		if length := p.to.Sub(p.from); err == nil && (length <= 0 || length > maxRange) {
			t.Errorf("%q to %q: got %v", from, to, length)
		}
	})
}
