package serve

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	handler "github.com/openfaas/templates-sdk/go-http"

	"prewarm/shared/event"
	"prewarm/shared/testbed"
)

var doorKeys = event.NewKeys("", []byte("a key of sixteen bytes"))

// doored is a function with a Door. It records what it refused.
type doored struct {
	call
	bound func(path string) int64

	mu      sync.Mutex
	refused []string
}

func (d *doored) Door() Door {
	return Door{
		Proof:        Deliveries(doorKeys, event.TypeForecasts, time.Now),
		StrangerBody: d.bound,
		Refused: func(caller string, status int) {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.refused = append(d.refused, fmt.Sprint(caller, " ", status))
		},
	}
}

// told returns what was refused.
func (d *doored) told() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return strings.Join(d.refused, ", ")
}

// open serves a function with 2 places for each class. Its timeouts are an hour where the
// configuration has none.
func open(t *testing.T, function any, cfg serverConfig) *httptest.Server {
	t.Helper()
	cfg.maxBody, cfg.deliveries, cfg.strangers = 100, 2, 2
	cfg.read = time.Hour
	if cfg.strangerBody == 0 {
		cfg.strangerBody = time.Hour
	}
	h, err := newRoutes(function, cfg, discard())
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(h)
	server.Config.ReadTimeout = cfg.read
	server.Start()
	t.Cleanup(server.Close)
	return server
}

// client is a connection of its own, so that a test decides when which byte is sent.
type client struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
}

// begin sends the headers of a POST with a body of size bytes, and the begin of the body.
func begin(t *testing.T, s *httptest.Server, size int, start string, headers ...string) *client {
	t.Helper()
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(time.Minute)) // an answer that never comes is an error
	c := &client{t, conn, bufio.NewReader(conn)}
	lines := append([]string{"POST / HTTP/1.1", "Host: f", fmt.Sprint("Content-Length: ", size)}, headers...)
	c.send(strings.Join(lines, "\r\n") + "\r\n\r\n" + start)
	return c
}

func (c *client) send(text string) {
	c.t.Helper()
	if _, err := io.WriteString(c.conn, text); err != nil {
		c.t.Fatal(err)
	}
}

// answer returns status and body of the answer, and whether the connection was closed then.
func (c *client) answer() (res *http.Response, body string, closed bool) {
	c.t.Helper()
	res, err := http.ReadResponse(c.in, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	text, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return res, string(text), res.Close
}

// reading waits until the server begins to read the body of a request with the header
// "Expect: 100-continue": then the request has its place.
func (c *client) reading() *client {
	c.t.Helper()
	if res, _, _ := c.answer(); res.StatusCode != http.StatusContinue {
		c.t.Fatalf("the body is not read: %s", res.Status)
	}
	return c
}

const expect = "Expect: 100-continue"

// proven returns the header of a delivery of body.
func proven(body string) string {
	return event.DeliveryHeader + ": " + event.ProveDelivery(doorKeys, event.TypeForecasts, []byte(body), time.Now())
}

// who answers with the class of its caller and the body.
func who(r handler.Request) (handler.Response, error) {
	return handler.Response{Body: []byte(Caller(r.Header) + " " + string(r.Body))}, nil
}

func TestStrangersThatFillTheirPlacesKeepNoDeliveryOut(t *testing.T) {
	f := &doored{call: who}
	server := open(t, f, serverConfig{})
	slow := []*client{begin(t, server, 5, "", expect).reading(), begin(t, server, 5, "", expect).reading()}
	late := begin(t, server, 5, "1") // the rest of its body never comes
	res, body, closed := late.answer()
	if res.StatusCode != http.StatusTooManyRequests || res.Header.Get("Retry-After") != "1" || !closed {
		t.Errorf("a stranger too many: got %d %q, closed %t", res.StatusCode, body, closed)
	}
	if _, body, _ := begin(t, server, 4, "body", proven("body")).answer(); body != "delivery body" {
		t.Errorf("a delivery meanwhile got %q", body)
	}
	for _, c := range slow {
		c.send("12345")
		if _, body, _ := c.answer(); body != "stranger 12345" {
			t.Errorf("a stranger with a place got %q", body)
		}
	}
	if got := f.told(); got != "stranger 429" {
		t.Errorf("told of %q", got)
	}
}

func TestDeliveriesHavePlacesOfTheirOwn(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	server := open(t, &doored{call: func(r handler.Request) (handler.Response, error) {
		entered <- struct{}{}
		<-release
		return who(r)
	}}, serverConfig{})
	busy := []*client{begin(t, server, 1, "a", proven("a")), begin(t, server, 1, "b", proven("b"))}
	<-entered
	<-entered
	if res, _, _ := begin(t, server, 1, "", proven("c")).answer(); res.StatusCode != http.StatusTooManyRequests {
		t.Errorf("a delivery too many: got %d", res.StatusCode)
	}
	stranger := begin(t, server, 1, "s")
	<-entered
	close(release)
	for _, c := range append(busy, stranger) {
		if res, _, _ := c.answer(); res.StatusCode != http.StatusOK {
			t.Errorf("got %d", res.StatusCode)
		}
	}
}

func TestASlowStrangerIsCutOffAndADeliveryIsNot(t *testing.T) {
	f := &doored{call: who}
	server := open(t, f, serverConfig{strangerBody: 10 * time.Millisecond})
	delivery := begin(t, server, 4, "", proven("body"), expect).reading()
	for range 5 { // more than there are places: each was given back
		res, body, closed := begin(t, server, 4, "bo").answer()
		if res.StatusCode != http.StatusRequestTimeout || !closed {
			t.Errorf("got %d %q, closed %t", res.StatusCode, body, closed)
		}
	}
	delivery.send("body")
	if _, body, _ := delivery.answer(); body != "delivery body" {
		t.Errorf("the delivery got %q", body)
	}
	if got := f.told(); got != strings.TrimSuffix(strings.Repeat("stranger 408, ", 5), ", ") {
		t.Errorf("told of %q", got)
	}
}

func TestTheTimeForTheBodyDoesNotBoundTheFunction(t *testing.T) {
	server := open(t, &doored{call: func(r handler.Request) (handler.Response, error) {
		select {
		case <-r.Context().Done():
			return handler.Response{Body: []byte("cut off")}, nil
		case <-time.After(60 * time.Millisecond):
			return handler.Response{Body: []byte("done")}, nil
		}
	}}, serverConfig{strangerBody: 20 * time.Millisecond})
	testbed.Eventually(t, "a stranger is answered after stranger_body_timeout", func() bool {
		_, body, _ := begin(t, server, 4, "body").answer() // a busy machine may be slower than 20 ms
		return body == "done"
	})
}

func TestACallerCannotClaimToBeADelivery(t *testing.T) {
	server := open(t, &doored{call: who}, serverConfig{})
	for _, c := range []struct {
		cause, header, status, body, told string
	}{
		{"without a proof", "X-Other: 1", "200 OK", "stranger body", "stranger"},
		{"with the header of the class", CallerHeader + ": delivery", "200 OK", "stranger body", "stranger"},
		{"with a proof that is none", event.DeliveryHeader + ": x", "200 OK", "stranger body", "stranger: " + event.ErrProof.Error()},
		{"with a proof", proven("body"), "200 OK", "delivery body", "delivery"},
		{"with the proof of another body", proven("other"), "401 Unauthorized", "event: not proven to be a delivery: the body is not the one that was proven\n", "delivery"},
	} {
		res, body, _ := begin(t, server, 4, "body", c.header).answer()
		if res.Status != c.status || body != c.body || !strings.HasPrefix(res.Header.Get(CallerHeader), c.told) {
			t.Errorf("%s: got %s %q, told %q", c.cause, res.Status, body, res.Header.Get(CallerHeader))
		}
	}
}

func TestTheBodyOfAStrangerHasABoundOfItsOwn(t *testing.T) {
	bounds := map[string]int64{"/": 4, "/none": 0, "/any": 1000}
	f := &doored{call: who, bound: func(path string) int64 { return bounds[path] }}
	server := open(t, f, serverConfig{})
	post := func(path, body string, header ...string) string {
		r := httptest.NewRequest(http.MethodPost, server.URL+path, strings.NewReader(body))
		r.RequestURI = ""
		for _, line := range header {
			name, value, _ := strings.Cut(line, ": ")
			r.Header.Set(name, value)
		}
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		text, _ := io.ReadAll(res.Body)
		return fmt.Sprint(res.StatusCode, " ", string(text))
	}
	for _, c := range []struct{ cause, got, want string }{
		{"at the bound", post("/", "1234"), "200 stranger 1234"},
		{"above it", post("/", "12345"), "413 body must have at most 4 bytes\n"},
		{"a delivery has max_body_bytes", post("/", "12345", proven("12345")), "200 delivery 12345"},
		{"also a stranger has no more than that", post("/any", strings.Repeat("x", 101)), "413 body must have at most 100 bytes\n"},
		{"a body that is not read", post("/none", "1234"), "200 stranger "},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %q", c.cause, c.got)
		}
	}
}

func TestABodyThatIsNotReadIsNotWaitedFor(t *testing.T) {
	f := &doored{call: who, bound: func(string) int64 { return 0 }}
	server := open(t, f, serverConfig{})
	res, body, closed := begin(t, server, 5, "1").answer()
	if res.StatusCode != http.StatusOK || body != "stranger " || !closed {
		t.Errorf("got %d %q, closed %t", res.StatusCode, body, closed)
	}
	get, err := http.Get(server.URL)
	if err != nil || get.Close {
		t.Errorf("a request without a body: closed %v, %v", get, err)
	}
	_ = get.Body.Close()
}
