package gateway

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"prewarm/shared/testbed"
)

// unready is a function whose replicas become ready when the file exists.
func unready(t *testing.T, f *fixture, labels ...string) (healthy string) {
	t.Helper()
	healthy = filepath.Join(t.TempDir(), "healthy")
	d := hello(labels...)
	d.EnvVars = map[string]string{"healthy_file": healthy}
	f.deploy(d)
	return healthy
}

// waits starts a call and returns when it waits for a replica.
func (f *fixture) waits() <-chan response {
	f.t.Helper()
	answer := make(chan response, 1)
	req := f.request(http.MethodPost, "/function/hello", "body")
	go func() { answer <- f.do(req) }()
	testbed.Eventually(f.t, "the call waits", func() bool { return f.list()[0].pool.Stats().Waiting == 1 })
	return answer
}

func TestACallBringsUpTheMinimum(t *testing.T) {
	f := start(t, nil)
	f.deploy(hello(labelMin, "3"))
	f.scaleTo("hello", 0)
	f.awaitReady("hello", 0)
	if got := f.call(http.MethodPost, "/function/hello", "x"); got.code != http.StatusOK {
		t.Errorf("got %d %q", got.code, got.body)
	}
	f.awaitReady("hello", 3)
}

// Somebody has asked for replicas, and none is ready yet. A call waits for the first of them
// and does not change their number.
func TestACallWaitsWhileAllReplicasArePending(t *testing.T) {
	f := start(t, nil)
	healthy := unready(t, f, labelMin, "2")
	f.scaleTo("hello", 4)
	answer := f.waits()
	f.wantReplicas("hello", "a call waits", 4)
	create(t, healthy)
	if got := <-answer; got.code != http.StatusOK || got.body != "body" || got.header.Get("X-Cold-Start") != "true" {
		t.Errorf("got %+v", got)
	}
	f.awaitReady("hello", 4)
}

// The replica that the call has asked for stays, and serves a later call.
func TestAScaleUpFromZeroMayFail(t *testing.T) {
	f := start(t, func(o *Options) { o.WaitPatience = 50 * time.Millisecond })
	healthy := unready(t, f)
	f.scaleTo("hello", 0)
	got := f.call(http.MethodPost, "/function/hello", "x")
	if got.code != http.StatusServiceUnavailable || !strings.Contains(got.body, "no replica of hello became ready") {
		t.Errorf("got %d %q", got.code, got.body)
	}
	f.wantReplicas("hello", "after the call that failed", 1)
	create(t, healthy)
	f.awaitReady("hello", 1)
	if got := f.call(http.MethodPost, "/function/hello", "x"); got.code != http.StatusOK {
		t.Errorf("a later call: %d %q", got.code, got.body)
	}
}

// A call that waits keeps the function from zero: it would bring it up again at once.
func TestAFunctionIsNotScaledToZeroUnderACall(t *testing.T) {
	f := start(t, nil)
	healthy := unready(t, f)
	answer := f.waits()
	f.scaleTo("hello", 0)
	f.wantReplicas("hello", "a call waits", 1)
	create(t, healthy)
	if got := <-answer; got.code != http.StatusOK {
		t.Errorf("got %d %q", got.code, got.body)
	}
}
