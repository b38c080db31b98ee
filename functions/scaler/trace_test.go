package scaler

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	handler "github.com/openfaas/templates-sdk/go-http"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"prewarm/shared/config"
	"prewarm/shared/event"
	"prewarm/shared/openfaas"
	"prewarm/shared/serve"
	"prewarm/shared/testbed"
	"prewarm/shared/tracing"
)

const parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

// traced gives the scaler of a world a collector of OpenTelemetry.
func traced(t *testing.T, w *world) *testbed.Spans {
	spans := testbed.NewSpans(t)
	c := tracing.ReadConfig(config.NewReader(func(key string) string {
		return map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": spans.URL}[key]
	}))
	w.scaler.tracer = tracing.New(c, "prewarm-scaler", testLog())
	return spans
}

// deliver sends a batch as the connector does, with a trace.
func (w *world) deliver(body []byte, trace string) {
	w.t.Helper()
	req := handler.Request{Method: http.MethodPost, Body: body, Header: http.Header{serve.CallerHeader: {serve.Delivery}}}
	req.Header.Set(event.TraceHeader, trace)
	req.WithContext(w.t.Context())
	if res, err := w.scaler.Handle(req); err != nil || res.StatusCode != http.StatusOK {
		w.t.Fatalf("answered %d %s, %v", res.StatusCode, res.Body, err)
	}
}

// One of two functions moves. Its span says why, below that of the batch and of the trace of
// the tick.
func TestASpanSaysWhyAFunctionMoved(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	w.deploy("asleep.openfaas-fn", 0, openfaas.ModeActive)
	spans := traced(t, w)
	w.deliver(w.seal(w.forecast(name, 2), w.forecast("asleep.openfaas-fn", 0)), parent)
	w.scaler.Close()

	all := spans.All()
	if len(all) != 2 {
		t.Fatalf("%d spans: %v", len(all), all)
	}
	scale, decide := all[0], all[1]
	if scale.Name != "scale" || scale.Text("prewarm.function") != name || scale.Number("prewarm.from") != 0 || scale.Number("prewarm.to") != 2 ||
		scale.Text("prewarm.reason") != w.decisions()[0].Reason || !strings.Contains(scale.Text("prewarm.reason"), "chance of a call") {
		t.Errorf("got %v", scale)
	}
	if above, ok := scale.Parent(all); !ok || above.Name != "decide" || decide.Number("prewarm.functions") != 2 || decide.Number("prewarm.moves") != 1 {
		t.Errorf("got %v", decide)
	}
	if got := fmt.Sprintf("%x%x", decide.TraceId, decide.ParentSpanId); got != parent[3:35]+parent[36:52] {
		t.Errorf("the batch is in trace and below span %s", got)
	}
	if decide.StartTimeUnixNano > scale.StartTimeUnixNano || decide.EndTimeUnixNano < scale.EndTimeUnixNano {
		t.Error("the call is not within the batch")
	}
}

func TestAFunctionThatStaysHasNoSpan(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	spans := traced(t, w)
	w.deliver(w.seal(w.forecast(name, 0)), parent)
	w.scaler.Close()
	if n := len(spans.All()); n != 0 {
		t.Errorf("%d spans", n)
	}
}

func TestACallThatFailsIsAnErrorOfItsSpan(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	w.gwErr = openfaas.ErrUnavailable
	spans := traced(t, w)
	w.post(w.seal(w.forecast(name, 2)), http.StatusServiceUnavailable)
	w.scaler.Close()
	all := spans.All()
	if len(all) != 2 || all[0].Status.Code != tracepb.Status_STATUS_CODE_ERROR || !strings.Contains(all[0].Status.Message, "not available") {
		t.Errorf("got %v", all)
	}
}

// The same forecasts, with any header, are decided in the same way: the header is no part of
// what is decided.
func TestATraceChangesNoDecision(t *testing.T) {
	var reasons []string
	for _, trace := range []string{"", parent, strings.Repeat("x", 100_000), "00-00000000000000000000000000000000-0000000000000000-ff"} {
		w := newWorld(t, openfaas.ModeActive)
		traced(t, w)
		w.deliver(w.seal(w.forecast(name, 2)), trace)
		w.expectCalls(name + "=2")
		reasons = append(reasons, w.last().Reason)
		w.scaler.Close()
	}
	for _, reason := range reasons {
		if reason != reasons[0] {
			t.Errorf("got %q, without a trace %q", reason, reasons[0])
		}
	}
}
