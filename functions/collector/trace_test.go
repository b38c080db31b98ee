package collector

import (
	"log/slog"
	"net/http"
	"testing"
	"time"

	handler "github.com/openfaas/templates-sdk/go-http"

	"prewarm/shared/config"
	"prewarm/shared/event"
	"prewarm/shared/testbed"
	"prewarm/shared/tracing"
)

// traced gives a collector a collector of OpenTelemetry.
func traced(t *testing.T, c *Collector) *testbed.Spans {
	spans := testbed.NewSpans(t)
	c.tracer = tracing.New(tracing.ReadConfig(config.NewReader(func(key string) string {
		return map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": spans.URL}[key]
	})), "prewarm-collector", slog.New(slog.DiscardHandler))
	return spans
}

// However many functions sleep, a tick is three spans, and all its messages are in its trace.
func TestATickOfSleepingFunctionsIsAHandfulOfSpans(t *testing.T) {
	w := newWorld(t)
	w.deploy(names(500)...)
	w.pass(2*time.Minute, nil)
	c := w.collector()
	spans := traced(t, c)
	w.tick(c, resultPublished)
	w.tick(c, resultNothingNew) // no span
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	all := spans.All()
	if len(all) != 3 || all[0].Name != "read store" || all[1].Name != "publish windows" || all[2].Name != "tick" {
		t.Fatalf("got %v", all)
	}
	for _, span := range all[:2] {
		if above, ok := span.Parent(all); !ok || above.Name != "tick" {
			t.Errorf("%s is not below the tick", span.Name)
		}
	}
	if all[2].Number("prewarm.functions") != 500 || all[1].Number("prewarm.batches") != 10 || len(w.sent) != 10 {
		t.Errorf("got %v", all)
	}
	for _, m := range w.sent {
		if event.CheckTrace(m.env.Trace) == "" || m.env.Trace != w.sent[0].env.Trace {
			t.Errorf("a message is in %q", m.env.Trace)
		}
	}
}

// Anybody may call a collector, and name any trace.
func TestATickIsATraceOfItsOwn(t *testing.T) {
	w := newWorld(t)
	w.deploy(a)
	w.pass(2*time.Minute, nil)
	c := w.collector()
	spans := traced(t, c)
	req := handler.Request{Method: http.MethodPost, Header: http.Header{}}
	req.Header.Set(event.TraceHeader, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	if res, err := c.Handle(req); err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("got %d, %v", res.StatusCode, err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	for _, span := range spans.All() {
		if span.Name == "tick" && len(span.ParentSpanId) == 0 {
			return
		}
	}
	t.Errorf("got %v", spans.All())
}
