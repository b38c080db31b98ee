package dashboard

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"prewarm/shared/testbed"
)

func recorder() http.ResponseWriter { return httptest.NewRecorder() }

func TestStrangersCannotTakeThePlacesOfKnownCallers(t *testing.T) {
	p := &places{strangers: 2, known: 1}
	now := time.Unix(origin, 0)
	one, _ := p.take(recorder(), false, now)
	p.take(recorder(), false, now)
	if _, ok := p.take(recorder(), false, now); ok {
		t.Error("a third stranger has a place")
	}
	if _, ok := p.take(recorder(), true, now); !ok {
		t.Error("a known caller has no place")
	}
	if _, ok := p.take(recorder(), true, now); ok {
		t.Error("a second known caller has a place while all are taken")
	}
	p.leave(one)
	if _, ok := p.take(recorder(), true, now); !ok {
		t.Error("a known caller may have the place of a stranger")
	}
	if n := p.count(); n != 3 {
		t.Errorf("%d places are taken", n)
	}
}

// Clients that read or send nothing keep nobody out.
func TestThePlaceThatWaitedLongestForItsClientIsTaken(t *testing.T) {
	p := &places{strangers: 2, known: 0, patience: time.Second}
	now := time.Now()
	wait := func(known bool, since time.Duration) *place {
		one, ok := p.take(recorder(), known, now)
		if !ok {
			t.Fatal("no place")
		}
		one.waiting = now.Add(-since)
		return one
	}
	short, long := wait(false, 1100*time.Millisecond), wait(false, 2*time.Second)
	next, ok := p.take(recorder(), false, now)
	if !ok || !long.gone || short.gone {
		t.Fatalf("got %t, the place that waits 2 s is cut off: %t, the other: %t", ok, long.gone, short.gone)
	}
	if _, err := long.Write([]byte("x")); err == nil {
		t.Error("a place that was taken writes")
	}
	short.ended() // its client took something
	if _, ok := p.take(recorder(), false, now); ok {
		t.Error("a place that does not wait was taken")
	}
	p.leave(long)
	p.leave(next)
	if n := p.count(); n != 1 {
		t.Errorf("%d places are taken", n)
	}
}

func TestAStrangerDoesNotCutOffAKnownCaller(t *testing.T) {
	p := &places{strangers: 0, known: 1}
	one, _ := p.take(recorder(), true, time.Now())
	one.waiting = time.Now().Add(-time.Hour)
	if _, ok := p.take(recorder(), false, time.Now()); ok || one.gone {
		t.Error("a stranger took the place of a known caller")
	}
	if _, ok := p.take(recorder(), true, time.Now()); !ok || !one.gone {
		t.Error("another known caller must get the place of one that waits")
	}
}

// slowly sends a request without the end of its body, and returns what is answered.
func slowly(t *testing.T, server *httptest.Server, header string) *bufio.Reader {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(server.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	fmt.Fprintf(c, "POST /api/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n%s\r\n{", header)
	return bufio.NewReader(c)
}

func TestTheBodyOfAStrangerMustArriveInTime(t *testing.T) {
	d := newFake(t, &fakeSource{})
	answer := slowly(t, serve(t, d), "")
	began := time.Now()
	if line, err := answer.ReadString('\n'); err != nil || !strings.Contains(line, "408") {
		t.Errorf("got %q, %v", line, err)
	}
	if took := time.Since(began); took < strangerBody/2 {
		t.Errorf("the body had only %v", took)
	}
}

// All places of strangers are taken by bodies that do not arrive: a browser that is not known
// signs in all the same, at once.
func TestSlowBodiesKeepNobodyOut(t *testing.T) {
	d := newFake(t, &fakeSource{})
	server := serve(t, d)
	for range 2 * maxChanges {
		slowly(t, server, "")
	}
	testbed.Eventually(t, "all places are taken", func() bool { return d.limits.changes.count() == maxChanges })
	(&client{d: d}).signIn(t, `{"token":"`+token+`"}`)
}

func TestAPageWithoutAPlaceOffersToSignIn(t *testing.T) {
	d := newFake(t, &fakeSource{})
	v := forgetful(t, d, `{"token":"`+token+`"}`)
	for range maxAnswers {
		d.limits.answers.take(recorder(), false, time.Now())
	}
	w := get(d, "/")
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") != "5" {
		t.Errorf("got %d %v", w.Code, w.Header())
	}
	mustContain(t, w.Body.String(), "signin.js", "this browser has a place of its own")
	if w := get(d, "/api/decisions"); w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") != "5" || !strings.Contains(w.Body.String(), "too many requests") {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
	if w := v.send(http.MethodGet, "decisions", ""); w.Code != http.StatusOK {
		t.Errorf("a known browser: got %d", w.Code)
	}
}

// pipes is a listener of connections in memory, whose deadlines follow virtual time.
type pipes chan net.Conn

func (p pipes) Accept() (net.Conn, error) {
	c, open := <-p
	if !open {
		return nil, net.ErrClosed
	}
	return c, nil
}
func (p pipes) Close() error   { close(p); return nil }
func (p pipes) Addr() net.Addr { return &net.TCPAddr{} }

// One client takes nothing of a large answer, another one a kilobyte every second.
func TestAClientThatTakesNothingIsCutOffAndASlowOneIsNot(t *testing.T) {
	for story, c := range map[string]struct {
		perSecond int
		after     time.Duration // the client is cut off
	}{
		"takes nothing": {0, stall},
		"slow":          {1 << 10, time.Minute}, // the longest time of an answer
	} {
		synctest.Test(t, func(t *testing.T) {
			d := newFake(t, &fakeSource{})
			for i := range 200 {
				feed(t, d, fmt.Sprintf("f%d.ns", i))
			}
			listener := make(pipes, 1)
			server := &http.Server{Handler: d}
			go func() { _ = server.Serve(listener) }()
			client, accepted := net.Pipe()
			listener <- accepted
			fmt.Fprint(client, "GET /api/decisions?limit=10000 HTTP/1.1\r\nHost: x\r\n\r\n")
			ctx, cancel := context.WithCancel(t.Context())
			go func() {
				for ctx.Err() == nil && c.perSecond > 0 {
					_, _ = io.ReadFull(client, make([]byte, c.perSecond))
					time.Sleep(time.Second)
				}
			}()
			time.Sleep(c.after - 100*time.Millisecond)
			if n := d.limits.answers.count(); n != 1 {
				t.Errorf("%s: cut off before %v", story, c.after)
			}
			time.Sleep(200 * time.Millisecond)
			if n := d.limits.answers.count(); n != 0 {
				t.Errorf("%s: not cut off after %v", story, c.after)
			}
			cancel()
			client.Close()
			server.Close()
			time.Sleep(2 * time.Second) // until the client has noticed it
		})
	}
}

// A client that is cut off in the middle must not take a part of the list for the whole.
func TestAListThatIsCutOffIsNotTakenForAWholeOne(t *testing.T) {
	d := newFake(t, &fakeSource{})
	rows := func(yield func(any) bool) { _ = yield("a") && yield(func() {}) } // no JSON
	server := httptest.NewServer(d.bound(d.limits.answers, compressor()(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		answerList(w, struct{}{}, "rows", rows)
	}))))
	defer server.Close()
	res, err := http.Get(server.URL)
	if err == nil {
		defer res.Body.Close()
		_, err = io.ReadAll(res.Body)
	}
	if err == nil {
		t.Error("the client saw no error")
	}
	if n := d.limits.answers.count(); n != 0 {
		t.Errorf("%d places are still taken", n)
	}
}

func TestAListFollowsTheFieldsOfItsHead(t *testing.T) {
	for want, c := range map[string]struct {
		head any
		rows []int
	}{
		`{"rows":[]}`:            {struct{}{}, nil},
		`{"rows":[1,2]}`:         {map[string]int{}, []int{1, 2}},
		`{"id":"x","rows":[1]}`:  {map[string]string{"id": "x"}, []int{1}},
		`{"a":"}","rows":[1,2]}`: {map[string]string{"a": "}"}, []int{1, 2}},
	} {
		w := httptest.NewRecorder()
		answerList(w, c.head, "rows", func(yield func(int) bool) {
			for _, row := range c.rows {
				if !yield(row) {
					return
				}
			}
		})
		if got := w.Body.String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
