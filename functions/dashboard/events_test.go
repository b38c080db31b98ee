package dashboard

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"prewarm/functions/dashboard/view"
	"prewarm/shared/event"
	"prewarm/shared/testbed"
)

// listener reads an event stream as a browser does.
type listener struct {
	t      *testing.T
	lines  *bufio.Scanner
	cancel context.CancelFunc
	id     string // of the last event
}

// rowsJSON is the data of an event "rows".
type rowsJSON struct {
	rowsHead
	Rows []view.Row `json:"rows"`
}

// serve serves a dashboard until the end of the test. Cleanups run in reverse: the
// listeners, which are opened later, end first.
func serve(t *testing.T, d *Dashboard) *httptest.Server {
	server := httptest.NewServer(d)
	t.Cleanup(server.Close)
	return server
}

// listen opens a stream; last is the Last-Event-ID, empty for a new client.
func listen(t *testing.T, server *httptest.Server, query, last string) *listener {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	r, _ := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/api/events"+query, nil)
	if last != "" {
		r.Header.Set("Last-Event-ID", last)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { res.Body.Close() })
	if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("got %d %v", res.StatusCode, res.Header)
	}
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(nil, 16<<20)
	return &listener{t: t, lines: lines, cancel: cancel}
}

// next decodes the data of the next event with a name.
func (l *listener) next(name string, into any) {
	l.t.Helper()
	current := ""
	for l.lines.Scan() {
		line := l.lines.Text()
		if text, ok := strings.CutPrefix(line, "event: "); ok {
			current = text
		}
		if text, ok := strings.CutPrefix(line, "id: "); ok {
			l.id = text
		}
		if text, ok := strings.CutPrefix(line, "data: "); ok && current == name {
			if err := json.Unmarshal([]byte(text), into); err != nil {
				l.t.Fatal(err)
			}
			return
		}
	}
	l.t.Fatalf("the stream ended before an event %s: %v", name, l.lines.Err())
}

// step adds the window of step i after the origin, without calls.
func step(d *Dashboard, name string, i int64) {
	w := window(name, 180)
	w.Start += i * 60
	w.Counts = slices.Concat(w.Counts[min(i, 180):], make([]int32, min(i, 180)))
	d.view.AddWindows(origin+60*i, &event.Windows{Windows: []event.FunctionWindow{w}})
}

func TestAStreamStartsWithAllFunctionsAndContinuesWithChanges(t *testing.T) {
	d := newFake(t, &fakeSource{})
	feed(t, d, "a.ns", "b.ns")
	server := serve(t, d)
	l := listen(t, server, "", "")
	var all, next rowsJSON
	l.next("rows", &all)
	if !all.Full || len(all.Rows) != 2 || len(all.Rows[0].Counts) != 180 || all.ID != l.id {
		t.Fatalf("got %+v", all)
	}
	var status statusJSON
	l.next("status", &status)
	if status.Newest != origin || *status.Paused {
		t.Errorf("got %+v", status)
	}
	step(d, "a.ns", 1)
	l.next("rows", &next)
	if next.Full || len(next.Rows) != 1 || next.Rows[0].Function != "a.ns" || len(next.Rows[0].Counts) != 1 || next.Rows[0].Start != origin {
		t.Errorf("want the new step of the changed function alone, got %+v", next)
	}
}

// A client loses its stream again and again. In the end it must know the same as a
// client that has just opened one.
func TestAClientThatComesBackMissesNothing(t *testing.T) {
	d := newFake(t, &fakeSource{})
	feed(t, d, "a.ns", "b.ns", "gone.ns")
	server := serve(t, d)
	known := map[string]view.Row{}
	take := func(l *listener) {
		var rows rowsJSON
		l.next("rows", &rows)
		if rows.Full {
			known = map[string]view.Row{}
		}
		for _, r := range rows.Rows {
			known[r.Function] = r
		}
		for _, name := range rows.Gone {
			delete(known, name)
		}
	}
	l := listen(t, server, "", "")
	take(l)
	for i := range int64(20) {
		l.cancel()
		step(d, []string{"a.ns", "b.ns"}[i%2], i+1)
		step(d, "b.ns", i+2)
		if i == 10 {
			far := decision("a.ns", origin+60*200)
			// 35 steps after its last message the third function is dropped.
			d.view.AddDecisions(origin+60*35, &event.Decisions{Decisions: []event.Decision{far}})
			step(d, "a.ns", i+3)
			step(d, "b.ns", i+3)
		}
		l = listen(t, server, "", l.id)
		take(l)
	}
	want := slices.Collect(d.newRows(d.view.Since(0), "", sentWindows{}).rows)
	if len(known) != len(want) || len(known) != 2 {
		t.Errorf("the client knows %d functions, there are %d", len(known), len(want))
	}
	for _, r := range want {
		if got := known[r.Function]; got.Start != r.Start || !slices.Equal(got.Counts, r.Counts) || *got.Decided != *r.Decided {
			t.Errorf("%s: the client has %d %v, want %d %v", r.Function, got.Start, got.Counts, r.Start, r.Counts)
		}
	}
}

func TestAnIDOfAnotherProcessGetsAllFunctions(t *testing.T) {
	d := newFake(t, &fakeSource{})
	feed(t, d, "a.ns")
	server := serve(t, d)
	for _, id := range []string{"", "x", "other.3", d.epoch + ".999999", d.epoch + ".-1"} {
		var rows rowsJSON
		listen(t, server, "", id).next("rows", &rows)
		if !rows.Full || len(rows.Rows) != 1 {
			t.Errorf("%q: got %+v", id, rows)
		}
	}
}

func TestAStreamOfOneFunctionHasNoOthers(t *testing.T) {
	d := newFake(t, &fakeSource{})
	feed(t, d, "a.ns", "b.ns")
	server := serve(t, d)
	l := listen(t, server, "?function=b.ns", "")
	var rows rowsJSON
	l.next("rows", &rows)
	step(d, "a.ns", 1)
	step(d, "b.ns", 1)
	var next rowsJSON
	l.next("rows", &next)
	if len(rows.Rows) != 1 || len(next.Rows) != 1 || next.Rows[0].Function != "b.ns" {
		t.Errorf("got %+v, %+v", rows, next)
	}
}

// holding is an answer that arrives whole and late, as through a proxy that flushes nothing.
// It notes what each flush would have sent.
type holding struct {
	*httptest.ResponseRecorder
	flushed []string
}

func (h *holding) FlushError() error {
	h.flushed = append(h.flushed, h.Body.String())
	h.Body.Reset()
	return nil
}

// Each event is flushed as a whole, the first one before the status is asked for, and
// silence is broken by an event that a page can see.
func TestEachEventIsFlushedWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newFake(t, &fakeSource{})
		d.cfg.Stream = 3*statusPeriod - 1
		feed(t, d, "a.ns")
		w := &holding{ResponseRecorder: httptest.NewRecorder()}
		d.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/api/events", nil))
		var names []string
		for _, text := range w.flushed {
			_, name, _ := strings.Cut(text, "event: ")
			name, _, _ = strings.Cut(name, "\n")
			names = append(names, name)
			if !strings.HasSuffix(text, "\n\n") || strings.Count(text, "event: ") != 1 {
				t.Errorf("a flush must send one whole event, sent %.100q", text)
			}
		}
		if !slices.Equal(names, []string{"rows", "status", "ping", "ping"}) || w.Body.Len() > 0 {
			t.Errorf("got %v", names)
		}
	})
}

// A page that hears nothing asks for what has changed since its last event.
func TestAPageThatPollsGetsOnlyChanges(t *testing.T) {
	d := newFake(t, &fakeSource{})
	feed(t, d, "a.ns", "b.ns")
	poll := func(query string) (out rowsJSON) {
		t.Helper()
		decode(t, get(d, "/?api=overview"+query), &out)
		return out
	}
	all := poll("")
	if !all.Full || len(all.Rows) != 2 {
		t.Fatalf("got %+v", all)
	}
	if got := poll("&last=" + all.ID); got.Full || len(got.Rows) != 0 {
		t.Errorf("nothing has changed, got %+v", got)
	}
	step(d, "a.ns", 1)
	step(d, "b.ns", 1)
	if got := poll("&function=b.ns&last=" + all.ID); got.Full || len(got.Rows) != 1 || got.Rows[0].Function != "b.ns" || len(got.Rows[0].Counts) != 180 {
		t.Errorf("got %+v", got)
	}
}

func TestStreamsEndBeforeAGatewayCutsThem(t *testing.T) {
	d := newFake(t, &fakeSource{})
	d.cfg.Stream = 50 * time.Millisecond
	stopping := make(chan struct{})
	d.stopping = stopping
	server := serve(t, d)
	ended := func() {
		l := listen(t, server, "", "")
		for l.lines.Scan() {
		}
		if err := l.lines.Err(); err != nil {
			t.Errorf("the stream must end without an error: %v", err)
		}
	}
	ended()
	d.cfg.Stream = time.Hour
	time.AfterFunc(20*time.Millisecond, func() { close(stopping) })
	ended()
	testbed.Eventually(t, "no stream is open", func() bool { return d.limits.streams.count() == 0 })
	for range maxStreams {
		d.limits.streams.take(httptest.NewRecorder(), false, time.Now())
	}
	if w := get(d, "/api/events"); w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") != "5" {
		t.Errorf("a stream above the bound: got %d", w.Code)
	}
}

func FuzzLastEventID(f *testing.F) {
	f.Add("abc.1")
	d := newFake(f, &fakeSource{})
	f.Fuzz(func(t *testing.T, id string) {
		if v := d.versionOf(id); v < 0 || (v > 0 && !strings.HasPrefix(id, d.epoch+".")) {
			t.Errorf("%q: got %d", id, v)
		}
	})
}
