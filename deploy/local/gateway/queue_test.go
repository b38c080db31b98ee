package gateway

import (
	"context"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/openfaas/faas-provider/types"

	"prewarm/shared/testbed"
)

// pendingOf is the sample of the calls that wait for a function.
func pendingOf(queue, function string) string {
	return `queue_worker_pending_messages{function_name="` + function + `.openfaas-fn",queue_name="` + queue + `"}`
}

// asyncVisit is the path of an asynchronous call that lasts until the door opens.
func asyncVisit(d *door, name string) string {
	return strings.Replace(d.visit(), "/function/hello", "/async-function/"+name, 1)
}

// queued is a deployment whose asynchronous calls have a queue of their own.
func queued(name, queue string) types.FunctionDeployment {
	d := hello()
	d.Service, d.Annotations = name, &map[string]string{annotationQueue: queue}
	return d
}

func TestPendingMessagesAreThoseThatNoWorkerHolds(t *testing.T) {
	js, door := startNATS(t), newDoor(t)
	f := start(t, func(o *Options) { o.JetStream, o.AsyncWorkers = js, 1 })
	f.deploy(hello())
	if _, found := f.metric(pendingOf("faas-request", "hello")); found {
		t.Error("a function that was never called has a number of waiting calls")
	}
	// The one worker makes the first call; three wait.
	for range 4 {
		f.enqueueCall(asyncVisit(door, "hello"), "", "")
	}
	door.next()
	f.wantMetric(pendingOf("faas-request", "hello"), 3)
	// The second call begins, two wait.
	door.open()
	door.next()
	f.wantMetric(pendingOf("faas-request", "hello"), 2)
	door.open()
	door.next()
	door.open()
	door.next()
	door.open()
	f.wantMetric(pendingOf("faas-request", "hello"), 0)
}

func TestCallsThatAreTriedAgainArePending(t *testing.T) {
	js := startNATS(t)
	f := start(t, func(o *Options) { o.JetStream, o.WaitPatience = js, 1 })
	d := hello()
	d.EnvVars = map[string]string{"healthy_file": filepath.Join(t.TempDir(), "never")}
	f.deploy(d)
	f.enqueueCall("/async-function/hello", "", "")
	testbed.Eventually(t, "an attempt has failed", func() bool {
		n, _ := f.metric(`gateway_function_invocation_total{code="503",function_name="hello.openfaas-fn"}`)
		return n >= 1
	})
	f.wantMetric(pendingOf("faas-request", "hello"), 1)
}

func TestPendingMessagesAreUnknownWithoutNATS(t *testing.T) {
	s := serveNATS(t, -1, t.TempDir())
	js := connect(t, s)
	f := start(t, func(o *Options) { o.JetStream = js })
	f.deploy(hello())
	f.enqueueCall("/async-function/hello", "", "")
	f.wantMetric(pendingOf("faas-request", "hello"), 0)
	s.Shutdown()
	testbed.Eventually(t, "the metric has no value", func() bool {
		_, found := f.metric(pendingOf("faas-request", "hello"))
		return !found
	})
}

func TestCommunityHasOneQueueAndNoMetricOfIt(t *testing.T) {
	js := startNATS(t)
	f := start(t, func(o *Options) { o.JetStream, o.Edition = js, Community })
	f.deploy(queued("hello", "slow"))
	url, results := callbacks(t)
	f.enqueueCall("/async-function/hello", "", url)
	receive(t, results)
	if _, err := js.Stream(context.Background(), "slow"); err != jetstream.ErrStreamNotFound {
		t.Errorf("stream of another queue: %v", err)
	}
	if body := f.call(http.MethodGet, "/metrics", "").body; strings.Contains(body, "queue_worker_") {
		t.Error("the community edition has the metrics of the paid queue-worker")
	}
}

// A slow function in its own queue does not hold up the others.
func TestAFunctionMayHaveAQueueOfItsOwn(t *testing.T) {
	js, door := startNATS(t), newDoor(t)
	f := start(t, func(o *Options) { o.JetStream, o.AsyncWorkers = js, 1 })
	f.deploy(queued("slow", "slow-queue"))
	f.deploy(hello())
	for range 2 {
		f.enqueueCall(asyncVisit(door, "slow"), "", "")
	}
	door.next()
	f.wantMetric(pendingOf("slow-queue", "slow"), 1)
	url, results := callbacks(t)
	f.enqueueCall("/async-function/hello", "quick", url)
	if got := receive(t, results); got.body != "quick" {
		t.Errorf("callback: %+v", got)
	}
	f.wantMetric(pendingOf("faas-request", "hello"), 0)
	door.open()
	door.next()
	door.open()
	f.wantMetric(pendingOf("slow-queue", "slow"), 0)
}

func TestCallsInAQueueOfTheirOwnSurviveARestart(t *testing.T) {
	js := startNATS(t)
	f := start(t, func(o *Options) { o.JetStream = js })
	d := queued("hello", "own")
	healthy := filepath.Join(t.TempDir(), "healthy")
	d.EnvVars = map[string]string{"healthy_file": healthy}
	f.deploy(d)
	url, results := callbacks(t)
	f.enqueueCall("/async-function/hello", "kept", url)
	f.restart()
	create(t, healthy)
	if got := receive(t, results); got.body != "kept" {
		t.Errorf("callback: %+v", got)
	}
}

func TestAQueueDoesNotTakeTheStreamOfSomebodyElse(t *testing.T) {
	js := startNATS(t)
	f := start(t, func(o *Options) { o.JetStream = js })
	ctx := context.Background()
	if _, err := js.CreateStream(ctx, jetstream.StreamConfig{Name: "ORDERS", Subjects: []string{"orders.*"}}); err != nil {
		t.Fatal(err)
	}
	f.deploy(queued("hello", "ORDERS"))
	if got := f.call(http.MethodPost, "/async-function/hello", ""); got.code != http.StatusServiceUnavailable || !strings.Contains(got.body, `["orders.*"]`) {
		t.Errorf("got %d %q", got.code, got.body)
	}
	stream, err := js.Stream(ctx, "ORDERS")
	if err != nil || len(stream.CachedInfo().Config.Subjects) != 1 {
		t.Errorf("the stream was changed: %v", err)
	}
}

func TestTheNameOfAQueueIsValidated(t *testing.T) {
	f := start(t, nil)
	for _, name := range []string{"", "a.b", "a b", ">", "-a", strings.Repeat("q", 64)} {
		code, err := f.client.Deploy(context.Background(), queued("hello", name))
		if code != http.StatusBadRequest || !strings.Contains(err.Error(), annotationQueue) {
			t.Errorf("queue %q: %d %v", name, code, err)
		}
	}
}

// The caller has its 202 before anybody looks for the function.
func TestAnAsynchronousCallOfNothingFailsInTheWorker(t *testing.T) {
	js := startNATS(t)
	f := start(t, func(o *Options) { o.JetStream = js })
	for _, name := range []string{"nope", "nope.openfaas-fn", "hello.other", "a..b"} {
		url, results := callbacks(t)
		f.enqueueCall("/async-function/"+name+"/path", "", url)
		got := receive(t, results)
		if got.header.Get("X-Function-Status") != "404" || got.header.Get("X-Function-Name") != name || !strings.Contains(got.body, "not found") {
			t.Errorf("%s: callback %+v", name, got)
		}
	}
	f.awaitEmptyQueue(js)
}
