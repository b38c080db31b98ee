package serve

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	handler "github.com/openfaas/templates-sdk/go-http"

	"prewarm/shared/testbed"
)

// call adapts a func to a FunctionHandler.
type call func(handler.Request) (handler.Response, error)

func (c call) Handle(r handler.Request) (handler.Response, error) { return c(r) }

// full is a function with all optional methods.
type full struct {
	call
	healthy error
	closed  bool
}

func (f *full) Health(context.Context) error { return f.healthy }
func (f *full) Metrics() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "calls_total 1\n") })
}
func (f *full) Close() error { f.closed = true; return nil }

func echo(r handler.Request) (handler.Response, error) {
	return handler.Response{
		Body:       []byte(r.Method + " " + r.Header.Get(PathHeader) + "?" + r.QueryString + " " + string(r.Body)),
		StatusCode: http.StatusAccepted, Header: http.Header{"x-seen": {r.Host, r.Header.Get("X-Call-Id")}},
	}, nil
}

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

func routes(t *testing.T, function any, maxBody int64, log *slog.Logger) http.Handler {
	t.Helper()
	h, err := newRoutes(function, serverConfig{maxBody: maxBody}, log)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func ask(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestAFunctionSeesTheWholeRequest(t *testing.T) {
	r := httptest.NewRequest(http.MethodPut, "http://shop.example/a//b/../c?x=1&y=2", strings.NewReader("body"))
	r.Header.Set("X-Call-Id", "42")
	r.Header.Set("x-path", "/forged")
	w := ask(routes(t, call(echo), 10, discard()), r)
	if w.Code != http.StatusAccepted || w.Body.String() != "PUT /a//b/../c?x=1&y=2 body" {
		t.Errorf("got %d %q", w.Code, w.Body)
	}
	if got := w.Header().Values("X-Seen"); len(got) != 2 || got[0] != "shop.example" || got[1] != "42" {
		t.Errorf("headers of the answer: %v", w.Header())
	}
}

func TestAFunctionStopsWithItsCaller(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	h := routes(t, call(func(r handler.Request) (handler.Response, error) {
		return handler.Response{Body: []byte(r.Context().Err().Error())}, nil
	}), 10, discard())
	w := ask(h, httptest.NewRequest(http.MethodGet, "/", nil).WithContext(ctx))
	if w.Code != http.StatusOK || w.Body.String() != context.Canceled.Error() {
		t.Errorf("got %d %q", w.Code, w.Body)
	}
}

func TestBodiesAreBounded(t *testing.T) {
	h := routes(t, call(echo), 4, discard())
	if w := ask(h, httptest.NewRequest(http.MethodPost, "/", strings.NewReader("1234"))); w.Code != http.StatusAccepted {
		t.Errorf("a body at the bound: got %d", w.Code)
	}
	w := ask(h, httptest.NewRequest(http.MethodPost, "/", strings.NewReader("12345")))
	if w.Code != http.StatusRequestEntityTooLarge || !strings.Contains(w.Body.String(), "at most 4 bytes") {
		t.Errorf("a body above the bound: got %d %q", w.Code, w.Body)
	}
	w = ask(h, httptest.NewRequest(http.MethodPost, "/", io.MultiReader(strings.NewReader("1"), brokenReader{})))
	if w.Code != http.StatusBadRequest {
		t.Errorf("an incomplete body: got %d", w.Code)
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestFailuresAreLoggedAndNotShown(t *testing.T) {
	for name, f := range map[string]call{
		"error": func(handler.Request) (handler.Response, error) {
			return handler.Response{}, errors.New("db at 10.0.0.7 down")
		},
		"panic":  func(handler.Request) (handler.Response, error) { panic("db at 10.0.0.7 down") },
		"status": func(handler.Request) (handler.Response, error) { return handler.Response{StatusCode: 7}, nil },
	} {
		var logged bytes.Buffer
		w := ask(routes(t, f, 10, NewLogger(&logged, os.Getenv)), httptest.NewRequest(http.MethodGet, "/p", nil))
		if w.Code != http.StatusInternalServerError || w.Body.String() != "Internal Server Error\n" {
			t.Errorf("%s: got %d %q", name, w.Code, w.Body)
		}
		if !strings.Contains(logged.String(), `"path":"/p"`) {
			t.Errorf("%s: log: %s", name, &logged)
		}
		if name == "panic" && !strings.Contains(logged.String(), "serve_test.go") {
			t.Errorf("the log of a panic has no stack: %s", &logged)
		}
	}
}

func TestAPanicOfAStreamClosesTheConnection(t *testing.T) {
	var logged bytes.Buffer
	server := httptest.NewServer(routes(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "half")
		w.(http.Flusher).Flush()
		panic("lost the rest")
	}), 10, NewLogger(&logged, os.Getenv)))
	res, err := http.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	server.Close()
	if string(body) != "half" || err == nil {
		t.Errorf("got %q and error %v: an incomplete answer must be an error", body, err)
	}
	if !strings.Contains(logged.String(), "lost the rest") {
		t.Errorf("log: %s", &logged)
	}
}

func TestStreamsArriveBeforeTheyEnd(t *testing.T) {
	release := make(chan struct{})
	server := httptest.NewServer(routes(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "first\n")
		w.(http.Flusher).Flush()
		<-release
	}), 10, discard()))
	defer server.Close()
	defer close(release)
	res, err := http.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if line, err := bufio.NewReader(res.Body).ReadString('\n'); err != nil || line != "first\n" {
		t.Errorf("got %q, %v", line, err)
	}
}

func TestHealthAndMetrics(t *testing.T) {
	f := &full{call: echo}
	h := routes(t, f, 10, discard())
	get := func(h http.Handler, path string) *httptest.ResponseRecorder {
		return ask(h, httptest.NewRequest(http.MethodGet, path, nil))
	}
	// OpenFaaS asks both paths of a container; of-watchdog passes /_/ready on as /_/health.
	for _, path := range []string{"/_/health", "/_/ready"} {
		f.healthy = nil
		if w := get(h, path); w.Code != http.StatusOK || w.Body.String() != "OK" {
			t.Errorf("%s, healthy: got %d %q", path, w.Code, w.Body)
		}
		f.healthy = errors.New("nats does not answer")
		if w := get(h, path); w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "nats does not answer") {
			t.Errorf("%s, unhealthy: got %d %q", path, w.Code, w.Body)
		}
	}
	if w := get(h, "/metrics"); !strings.Contains(w.Body.String(), "calls_total 1") {
		t.Errorf("metrics: got %d %q", w.Code, w.Body)
	}
	plain := routes(t, call(echo), 10, discard())
	if w := get(plain, "/_/health"); w.Code != http.StatusOK {
		t.Errorf("health of a function without the method: got %d", w.Code)
	}
	if w := get(plain, "/metrics"); w.Code != http.StatusNotFound {
		t.Errorf("a scrape must not call the function: got %d", w.Code)
	}
}

func TestMainRefusesAFunctionThatIsNoHandler(t *testing.T) {
	err := Main(t.Context(), func(string) string { return "" }, 42)
	if err == nil || !strings.Contains(err.Error(), "was: int") {
		t.Errorf("got %v", err)
	}
	err = Main(t.Context(), func(key string) string { return map[string]string{"handler_port": "70000"}[key] }, call(echo))
	if err == nil || !strings.Contains(err.Error(), "port must be between 0 and 65535") {
		t.Errorf("got %v", err)
	}
}

func TestMainServesUntilItsContextEndsAndCloses(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	f := &full{call: echo}
	done := make(chan error, 1)
	env := map[string]string{"handler_port": "0", "bind": "127.0.0.1"}
	go func() { done <- Main(ctx, func(key string) string { return env[key] }, f) }()
	cancel()
	if err := <-done; err != nil || !f.closed {
		t.Errorf("got %v, closed %v", err, f.closed)
	}
}

// process is a running serveUntil.
type process struct {
	url     string
	signals chan os.Signal
	ended   chan error
}

func start(t *testing.T, function any, cfg serverConfig) *process {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &process{"http://" + l.Addr().String(), make(chan os.Signal, 2), make(chan error, 1)}
	cfg.read, cfg.maxBody = time.Minute, 10
	server := newServer(routes(t, function, 10, discard()), function, cfg, discard())
	go func() { p.ended <- serveUntil(t.Context(), p.signals, l, server, cfg, discard()) }()
	return p
}

func TestATerminatedFunctionServesThroughTheNoticeAndFinishesItsRequests(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	p := start(t, call(func(r handler.Request) (handler.Response, error) {
		if r.Header.Get(PathHeader) == "/slow" {
			close(entered)
			<-release
		}
		return handler.Response{Body: []byte("done")}, nil
	}), serverConfig{write: time.Minute, notice: time.Hour})

	var slow sync.WaitGroup
	slow.Go(func() {
		if body, err := fetch(p.url + "/slow"); body != "done" {
			t.Errorf("the request in flight got %q, %v", body, err)
		}
	})
	<-entered
	p.signals <- syscall.SIGTERM
	testbed.Eventually(t, "the signal is received, so that the notice period runs", func() bool { return len(p.signals) == 0 })
	if body, err := fetch(p.url + "/late"); body != "done" {
		t.Errorf("a call within the notice period got %q, %v", body, err)
	}
	if body, err := fetch(p.url + "/_/health"); body != "OK" {
		t.Errorf("health within the notice period: %q, %v", body, err)
	}
	p.signals <- syscall.SIGTERM // ends the notice period, but not the requests
	close(release)
	slow.Wait()
	if err := <-p.ended; err != nil {
		t.Error(err)
	}
	if _, err := fetch(p.url); err == nil {
		t.Error("the port still answers")
	}
}

func TestARequestThatDoesNotEndIsCutOff(t *testing.T) {
	entered := make(chan struct{})
	p := start(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(entered)
		<-r.Context().Done()
	}), serverConfig{write: time.Millisecond})
	go func() { _, _ = fetch(p.url) }()
	<-entered
	p.signals <- os.Interrupt
	if err := <-p.ended; err == nil || !strings.Contains(err.Error(), "still open after 1ms") {
		t.Errorf("got %v", err)
	}
}

func fetch(url string) (string, error) {
	res, err := http.Get(url)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return string(body), err
}

// failing is a function that receives its failure while it runs.
type failing struct {
	full
	failed chan error
}

func (f *failing) Failed() <-chan error { return f.failed }

func TestAFailureEndsTheFunctionWithItsError(t *testing.T) {
	f := &failing{full{call: echo}, make(chan error, 1)}
	cause := errors.New("another stream has the subjects")
	f.failed <- cause
	env := map[string]string{"handler_port": "0", "bind": "127.0.0.1"}
	if err := Main(t.Context(), func(key string) string { return env[key] }, f); !errors.Is(err, cause) || !f.closed {
		t.Errorf("got %v, closed %v", err, f.closed)
	}
}

func TestTimeoutsAreSecondsOrDurations(t *testing.T) {
	env := map[string]string{"read_timeout": "7", "write_timeout": "1m30s", "healthcheck_interval": "5", "bind": "::1", "handler_port": "9"}
	s, err := readConfig(func(key string) string { return env[key] })
	if err != nil || s.read != 7*time.Second || s.write != 90*time.Second || s.notice != 5*time.Second || s.address != "[::1]:9" {
		t.Errorf("got %+v, %v", s, err)
	}
	env["write_timeout"] = "0"
	if _, err := readConfig(func(key string) string { return env[key] }); err == nil || !strings.Contains(err.Error(), "write_timeout") {
		t.Errorf("got %v", err)
	}
}

func TestLogsAreJSONOfTheChosenLevel(t *testing.T) {
	var b bytes.Buffer
	log := NewLogger(&b, func(string) string { return "warn" })
	log.Info("quiet")
	log.Warn("loud")
	if got := b.String(); strings.Contains(got, "quiet") || !strings.Contains(got, `"msg":"loud"`) {
		t.Error(got)
	}
}

func FuzzAdapter(f *testing.F) {
	f.Add("POST", "/a", "x=1", []byte("body"))
	h, err := newRoutes(call(echo), serverConfig{maxBody: 64}, discard())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, method, path, query string, body []byte) {
		r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(body))
		r.Method, r.URL.Path, r.URL.RawQuery = method, "/f"+path, query
		w := ask(h, r)
		if large := len(body) > 64; large != (w.Code == http.StatusRequestEntityTooLarge) {
			t.Errorf("body of %d bytes: got %d", len(body), w.Code)
		}
	})
}
