package keda

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"prewarm/deploy/keda/externalscaler"
	"prewarm/shared/event"
	"prewarm/shared/openfaas"
)

var keys = event.NewKeys("", []byte("a key of sixteen bytes"))

// world surrounds a scaler with a stream of decisions, a gateway, and KEDA as its client.
type world struct {
	*clock
	scaler *Scaler
	stream chan []byte
	client externalscaler.ExternalScalerClient
}

func (w *world) List(context.Context) ([]openfaas.Function, error) { return shown(1), nil }

func (w *world) Follow(ctx context.Context, _ string, _ time.Duration, fn func([]byte)) error {
	for {
		select {
		case body := <-w.stream:
			fn(body)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// newWorld runs a scaler on a free port and dials it as KEDA does.
func newWorld(t *testing.T) *world {
	w := &world{clock: newClock(), stream: make(chan []byte)}
	w.client = externalscaler.NewExternalScalerClient(dial(t, w.run(t, nil), insecure.NewCredentials()))
	return w
}

// dial connects to a server.
func dial(t *testing.T, address string, as credentials.TransportCredentials) *grpc.ClientConn {
	t.Helper()
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(as))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// run runs the scaler, and returns its address.
func (w *world) run(t *testing.T, secured *tls.Config) string {
	t.Helper()
	start := w.now
	cfg := Config{Keys: keys, TLS: secured, MaxAge: 5 * time.Minute, Poll: time.Hour}
	w.scaler = New(cfg, w, w, func() time.Time { return start }, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.scaler.Run(ctx, l) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("the scaler ended with %v", err)
		}
	})
	return l.Addr().String()
}

// send sends signed decisions and returns when they are in the cache.
func (w *world) send(t *testing.T, keys event.Keys, decisions ...event.Decision) {
	t.Helper()
	_, body, err := event.Seal(keys, event.TypeDecisions, decisions[0].Step, "0", &event.Decisions{Decisions: decisions})
	if err != nil {
		t.Fatal(err)
	}
	w.stream <- body
	w.stream <- []byte("once this is received, the message before it is stored")
}

func ref() *externalscaler.ScaledObjectRef {
	return &externalscaler.ScaledObjectRef{Name: "hello", Namespace: "openfaas-fn", ScalerMetadata: map[string]string{"scalerAddress": "x:1"}}
}

func TestKEDAReadsTheWantedReplicas(t *testing.T) {
	w := newWorld(t)
	w.send(t, keys, w.decided(1, 3))

	spec, err := w.client.GetMetricSpec(t.Context(), ref())
	if err != nil || len(spec.MetricSpecs) != 1 || spec.MetricSpecs[0].MetricName != Metric || spec.MetricSpecs[0].TargetSizeFloat != 1 {
		t.Errorf("spec: %v, %v", spec, err)
	}
	values, err := w.client.GetMetrics(t.Context(), &externalscaler.GetMetricsRequest{ScaledObjectRef: ref(), MetricName: Metric})
	if err != nil || len(values.MetricValues) != 1 || values.MetricValues[0].MetricValueFloat != 3 || values.MetricValues[0].MetricName != Metric {
		t.Errorf("values: %v, %v", values, err)
	}
	active, err := w.client.IsActive(t.Context(), ref())
	if err != nil || !active.Result {
		t.Errorf("active: %v, %v", active, err)
	}
	named := ref()
	named.Name, named.ScalerMetadata["function"] = "an-object", hello
	if active, err := w.client.IsActive(t.Context(), named); err != nil || !active.Result {
		t.Errorf("a function named in the metadata: %v, %v", active, err)
	}
	w.expectRequests(t, "IsActive", codes.OK, 2)
	w.expectRequests(t, "GetMetrics", codes.OK, 1)
}

// expectRequests checks how many requests were counted.
func (w *world) expectRequests(t *testing.T, method string, code codes.Code, want float64) {
	t.Helper()
	if got := testutil.ToFloat64(w.scaler.metrics.requests.WithLabelValues(method, code.String())); got != want {
		t.Errorf("%v requests of %s with %s are counted, want %v", got, method, code, want)
	}
}

func TestUnknownValuesAreErrors(t *testing.T) {
	w := newWorld(t)
	other := ref()
	other.ScalerMetadata["function"] = "Not A Function"
	observed := w.decided(1, 3)
	observed.Mode = "observe"
	request := func(metric string, ref *externalscaler.ScaledObjectRef) *externalscaler.GetMetricsRequest {
		return &externalscaler.GetMetricsRequest{MetricName: metric, ScaledObjectRef: ref}
	}
	expect := func(want codes.Code, err error) {
		t.Helper()
		if status.Code(err) != want {
			t.Errorf("got %v, want %v", err, want)
		}
	}
	_, err := w.client.IsActive(t.Context(), ref())
	expect(codes.Unavailable, err)
	_, err = w.client.GetMetrics(t.Context(), request(Metric, ref()))
	expect(codes.Unavailable, err)
	_, err = w.client.GetMetrics(t.Context(), request("s0-other", ref()))
	expect(codes.InvalidArgument, err)
	_, err = w.client.GetMetrics(t.Context(), request(Metric, nil))
	expect(codes.InvalidArgument, err)
	_, err = w.client.GetMetricSpec(t.Context(), other)
	expect(codes.InvalidArgument, err)
	w.send(t, keys, observed)
	_, err = w.client.GetMetrics(t.Context(), request(Metric, ref()))
	expect(codes.FailedPrecondition, err)
	w.expectRequests(t, "GetMetrics", codes.InvalidArgument, 2)
	w.expectRequests(t, "GetMetrics", codes.FailedPrecondition, 1)
	// Newer versions of KEDA call this method too, and do without it.
	specs, err := w.client.StreamMetricSpec(t.Context(), ref())
	if err == nil {
		_, err = specs.Recv()
	}
	expect(codes.Unimplemented, err)
}

func TestADecisionWithAWrongSignatureIsRefused(t *testing.T) {
	w := newWorld(t)
	w.send(t, event.NewKeys("", []byte("another key of sixteen bytes")), w.decided(1, 9))
	w.expectRefusal(t, "refused")
}

func TestADecisionDatedTomorrowIsRefused(t *testing.T) {
	w := newWorld(t)
	w.pass(24 * time.Hour)
	w.send(t, keys, w.decided(1, 9))
	w.expectRefusal(t, "ahead")
}

// expectRefusal checks that a message was counted with the result, and that KEDA gets
// an error.
func (w *world) expectRefusal(t *testing.T, result string) {
	t.Helper()
	if _, err := w.client.IsActive(t.Context(), ref()); status.Code(err) != codes.Unavailable {
		t.Errorf("got %v", err)
	}
	count := func(result string) float64 {
		return testutil.ToFloat64(w.scaler.metrics.messages.WithLabelValues(result))
	}
	if count(result) < 1 || count("learned") != 0 {
		t.Errorf("%v messages are counted as %s, %v as learned; want 1 and none", count(result), result, count("learned"))
	}
}

// A push brings a function up from zero without waiting for KEDA's next poll.
func TestAChangeIsPushed(t *testing.T) {
	w := newWorld(t)
	stream, err := w.client.StreamIsActive(t.Context(), ref())
	if err != nil {
		t.Fatal(err)
	}
	for i, wanted := range []int{2, 0, 0, 5} {
		d := w.decided(wanted, wanted)
		d.Step += int64(60 * i)
		w.send(t, keys, d)
		if i == 2 {
			continue // no change, so no message
		}
		got, err := stream.Recv()
		if err != nil || got.Result != (wanted > 0) {
			t.Fatalf("wanted %d: got %v, %v", wanted, got, err)
		}
	}
	bad, err := w.client.StreamIsActive(t.Context(), &externalscaler.ScaledObjectRef{})
	if err == nil {
		_, err = bad.Recv()
	}
	if status.Code(err) != codes.InvalidArgument {
		t.Errorf("got %v", err)
	}
}

func FuzzFunction(f *testing.F) {
	f.Add("hello", "openfaas-fn", "")
	f.Add("", "", "a.b")
	f.Fuzz(func(t *testing.T, name, namespace, named string) {
		got, err := function(&externalscaler.ScaledObjectRef{Name: name, Namespace: namespace, ScalerMetadata: map[string]string{"function": named}})
		if err == nil && event.CheckFunction(got) != nil {
			t.Errorf("%q is not a function name", got)
		}
	})
}
