package gateway

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	neturl "net/url"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/openfaas/faas-provider/types"

	"prewarm/shared/testbed"
)

// callbacks receives the results of asynchronous calls.
func callbacks(t *testing.T) (url string, results <-chan response) {
	t.Helper()
	got := make(chan response, 100)
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- response{header: r.Header, body: string(body)}
	}))
	t.Cleanup(s.Close)
	return s.URL, got
}

func receive(t *testing.T, results <-chan response) response {
	t.Helper()
	select {
	case got := <-results:
		return got
	case <-time.After(20 * time.Second):
		t.Fatal("no callback within 20 s")
		return response{}
	}
}

func (f *fixture) enqueueCall(path, body, callback string) response {
	f.t.Helper()
	req := f.request(http.MethodPost, path, body)
	if callback != "" {
		req.Header.Set("X-Callback-Url", callback)
	}
	got := f.do(req)
	if got.code != http.StatusAccepted {
		f.t.Fatalf("enqueue: %d %s", got.code, got.body)
	}
	return got
}

func TestAsynchronousCallPostsItsResult(t *testing.T) {
	js := startNATS(t)
	f := start(t, func(o *Options) { o.JetStream = js })
	f.deploy(hello())
	url, results := callbacks(t)

	accepted := f.enqueueCall("/async-function/hello.openfaas-fn/a%2Fb?c=d", "work", url)
	id := accepted.header.Get("X-Call-Id")
	if id == "" || accepted.header.Get("X-Start-Time") == "" {
		t.Errorf("accepted: %v", accepted.header)
	}
	got := receive(t, results)
	if got.body != "work" || got.header.Get("X-Call-Id") != id || got.header.Get("X-Function-Name") != "hello.openfaas-fn" ||
		got.header.Get("X-Function-Status") != "200" {
		t.Errorf("callback: %+v", got)
	}
	if _, err := strconv.ParseFloat(got.header.Get("X-Duration-Seconds"), 64); err != nil {
		t.Errorf("duration: %v", err)
	}

	// An error status of the function is a result; the call is not repeated.
	f.enqueueCall("/async-function/hello/status?code=500", "", url)
	if got := receive(t, results); got.header.Get("X-Function-Status") != "500" {
		t.Errorf("callback: %+v", got)
	}
	f.wantMetric(`gateway_function_invocation_total{code="500",function_name="hello.openfaas-fn"}`, 1)
	f.awaitEmptyQueue(js)
}

func (f *fixture) awaitEmptyQueue(js jetstream.JetStream) {
	f.t.Helper()
	stream, err := js.Stream(context.Background(), defaultQueue)
	if err != nil {
		f.t.Fatal(err)
	}
	testbed.Eventually(f.t, "the queue is empty", func() bool {
		info, err := stream.Info(context.Background())
		return err == nil && info.State.Msgs == 0
	})
}

func TestSDKClientInvokesAsynchronously(t *testing.T) {
	js := startNATS(t)
	f := start(t, func(o *Options) { o.JetStream = js })
	f.deploy(hello())
	req, err := http.NewRequest(http.MethodPost, "/", strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	res, err := f.client.InvokeFunction("hello", Namespace, true, false, req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusAccepted || res.Header.Get("X-Call-Id") == "" {
		t.Errorf("got %d %v", res.StatusCode, res.Header)
	}
	f.awaitEmptyQueue(js)
}

func TestAsynchronousCallIsRetriedUntilTheFunctionAnswers(t *testing.T) {
	js := startNATS(t)
	f := start(t, func(o *Options) {
		o.JetStream = js
		o.WaitPatience = 20 * time.Millisecond
	})
	d := hello()
	healthy := filepath.Join(t.TempDir(), "healthy")
	d.EnvVars = map[string]string{"healthy_file": healthy}
	f.deploy(d)
	url, results := callbacks(t)
	f.enqueueCall("/async-function/hello", "late", url)
	testbed.Eventually(t, "an attempt finds no replica", func() bool {
		n, _ := f.metric(`gateway_function_invocation_total{code="503",function_name="hello.openfaas-fn"}`)
		return n >= 1
	})
	create(t, healthy)
	if got := receive(t, results); got.body != "late" || got.header.Get("X-Function-Status") != "200" {
		t.Errorf("callback: %+v", got)
	}
}

// The function becomes ready only after the restart, so that the call is still queued.
func TestQueuedCallSurvivesARestart(t *testing.T) {
	js := startNATS(t)
	f := start(t, func(o *Options) { o.JetStream = js })
	d := hello()
	healthy := filepath.Join(t.TempDir(), "healthy")
	d.EnvVars = map[string]string{"healthy_file": healthy}
	f.deploy(d)
	url, results := callbacks(t)
	f.enqueueCall("/async-function/hello", "kept", url)
	f.restart()
	create(t, healthy)
	if got := receive(t, results); got.body != "kept" || got.header.Get("X-Function-Status") != "200" {
		t.Errorf("callback: %+v", got)
	}
}

func TestAsynchronousCallsGoOnAfterNATSRestarts(t *testing.T) {
	dir := t.TempDir()
	s := serveNATS(t, -1, dir)
	js := connect(t, s)
	f := start(t, func(o *Options) { o.JetStream = js })
	f.deploy(hello())
	url, results := callbacks(t)
	f.enqueueCall("/async-function/hello", "before", url)
	receive(t, results)

	address, err := neturl.Parse(s.ClientURL())
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(address.Port())
	if err != nil {
		t.Fatal(err)
	}
	s.Shutdown()
	s.WaitForShutdown()
	serveNATS(t, port, dir)
	testbed.Eventually(t, "the gateway accepts calls again", func() bool {
		req := f.request(http.MethodPost, "/async-function/hello", "after")
		req.Header.Set("X-Callback-Url", url)
		return f.do(req).code == http.StatusAccepted
	})
	if got := receive(t, results); got.body != "after" {
		t.Errorf("callback: %+v", got)
	}
}

func TestQueuedCallOfADeletedFunctionEnds(t *testing.T) {
	js := startNATS(t)
	f := start(t, func(o *Options) { o.JetStream = js })
	url, results := callbacks(t)
	u, err := parseCallback(url)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.queues.get(defaultQueue).publish(context.Background(), &types.QueueRequest{Method: http.MethodPost, Function: "gone", CallbackURL: u}); err != nil {
		t.Fatal(err)
	}
	if got := receive(t, results); got.header.Get("X-Function-Status") != "404" {
		t.Errorf("callback: %+v", got)
	}
	if _, err := js.Publish(context.Background(), defaultQueue, []byte("garbage")); err != nil {
		t.Fatal(err)
	}
	f.awaitEmptyQueue(js)
}

func TestAsynchronousCallsAreValidated(t *testing.T) {
	js := startNATS(t)
	f := start(t, func(o *Options) { o.JetStream = js })
	f.deploy(hello())
	if got := f.call(http.MethodPost, "/async-function/hello", strings.Repeat("x", 1<<20)); got.code != http.StatusRequestEntityTooLarge {
		t.Errorf("too large: %d %s", got.code, got.body)
	}
	for _, callback := range []string{"ftp://x/", "/path", "http://", ":"} {
		req := f.request(http.MethodPost, "/async-function/hello", "")
		req.Header.Set("X-Callback-Url", callback)
		if got := f.do(req); got.code != http.StatusBadRequest {
			t.Errorf("callback %q: %d", callback, got.code)
		}
	}
}

func FuzzDecodeQueueRequest(f *testing.F) {
	f.Add([]byte(`{"Method":"POST","Function":"hello","Path":"/a","QueryString":"b=c","Body":"eA==","Header":{"A":["b"]},"CallbackUrl":{"Scheme":"http"}}`))
	f.Add([]byte(`{"Function":"hello","Path":"?x"}`))
	f.Fuzz(func(t *testing.T, message []byte) {
		queued, req, err := decodeQueueRequest(message)
		if err != nil {
			return
		}
		if !strings.HasPrefix(req.URL.EscapedPath(), "/function/"+queued.Function) {
			t.Errorf("path %q for function %q", req.URL.EscapedPath(), queued.Function)
		}
		if u := replicaURL(req.URL); u.Host != "" || !strings.HasPrefix(u.Path, "/") {
			t.Errorf("replica URL %q", u)
		}
		if _, err := json.Marshal(queued); err != nil {
			t.Error(err)
		}
	})
}
