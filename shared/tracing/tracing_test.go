package tracing

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"prewarm/shared/config"
	"prewarm/shared/event"
	"prewarm/shared/testbed"
)

// newTracer returns a tracer that sends to an endpoint, with more keys.
func newTracer(t *testing.T, endpoint string, log *slog.Logger, keys map[string]string) *Tracer {
	t.Helper()
	r := config.NewReader(func(key string) string {
		if key == "OTEL_EXPORTER_OTLP_ENDPOINT" {
			return endpoint
		}
		return keys[key]
	})
	c := ReadConfig(r)
	if err := r.Err(); err != nil {
		t.Fatal(err)
	}
	return New(c, "prewarm-test", log)
}

var quiet = slog.New(slog.DiscardHandler)

func TestATraceGoesOnInAnotherProgram(t *testing.T) {
	spans := testbed.NewSpans(t)
	first, second := newTracer(t, spans.URL, quiet, map[string]string{"cluster": "eu"}), newTracer(t, spans.URL, quiet, nil)

	ctx, tick := first.Start(t.Context(), Internal, "tick", first.Now(), attribute.Int("prewarm.step", 60))
	header := http.Header{}
	header.Set(event.TraceHeader, first.Of(ctx))
	tick.End(nil)
	began := time.Now().Add(-time.Minute)
	_, scale := second.Start(second.Receive(t.Context(), header), Client, "scale", began)
	scale.Set(attribute.String("prewarm.reason", strings.Repeat("é", 600)))
	scale.EndAt(began.Add(time.Second), errors.New(strings.Repeat("long ", 500)))
	first.Close()
	second.Close()

	all := spans.All()
	if len(all) != 2 || all[0].Name != "tick" || all[0].Service != "prewarm-test" || all[0].Number("prewarm.step") != 60 {
		t.Fatalf("got %v", all)
	}
	if parent, ok := all[1].Parent(all); !ok || parent.Name != "tick" {
		t.Error("the second span is not below the first one")
	}
	got := all[1]
	if got.Kind != tracepb.Span_SPAN_KIND_CLIENT || got.EndTimeUnixNano-got.StartTimeUnixNano != uint64(time.Second) {
		t.Errorf("kind %v, from %d to %d", got.Kind, got.StartTimeUnixNano, got.EndTimeUnixNano)
	}
	if got.Status.Code != tracepb.Status_STATUS_CODE_ERROR || len(got.Status.Message) > maxText || len([]rune(got.Text("prewarm.reason"))) != 600 {
		t.Errorf("status %v of %d bytes, reason of %d", got.Status.Code, len(got.Status.Message), len(got.Text("prewarm.reason")))
	}
}

// Anybody may write the header: what has not its form begins a trace of its own.
func TestAHostileHeaderIsIgnored(t *testing.T) {
	spans := testbed.NewSpans(t)
	tracer := newTracer(t, spans.URL, quiet, nil)
	for _, value := range []string{"", "00-zz", strings.Repeat("0", 1<<20), "00-00000000000000000000000000000000-b7ad6b7169203331-01", "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"} {
		header := http.Header{"Traceparent": {value}, "Tracestate": {"a=" + strings.Repeat("b", 10_000)}, "Baggage": {"a=b"}}
		ctx, span := tracer.Start(tracer.Receive(t.Context(), header), Consumer, "decide", tracer.Now())
		if got := tracer.Of(ctx); got == value || event.CheckTrace(got) == "" {
			t.Errorf("%.60q becomes %q", value, got)
		}
		span.End(nil)
	}
	tracer.Close()
	for _, span := range spans.All() {
		if len(span.ParentSpanId) != 0 || span.TraceState != "" {
			t.Errorf("a span is below %x, with state %q", span.ParentSpanId, span.TraceState)
		}
	}
	if len(spans.All()) != 5 {
		t.Errorf("%d spans", len(spans.All()))
	}
}

// Without an endpoint nothing is allocated, and nothing runs.
func TestWithoutAnEndpointTracingCostsNothing(t *testing.T) {
	tracer := newTracer(t, "", quiet, map[string]string{"OTEL_EXPORTER_OTLP_PROTOCOL": "is not read"})
	if tracer != nil {
		t.Fatal("there is a tracer")
	}
	header := http.Header{"Traceparent": {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}}
	background := context.Background()
	if n := testing.AllocsPerRun(100, func() {
		ctx, span := tracer.Start(tracer.Receive(background, header), Internal, "tick", tracer.Now())
		if ctx != background || tracer.Of(ctx) != "" || tracer.On() {
			t.Error("something is traced")
		}
		span.Set()
		span.End(nil)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
	tracer.Close()
}

func TestCredentialsAreHeadersOfEachExport(t *testing.T) {
	spans, dir := testbed.NewSpans(t), t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "otlp-headers"), []byte("authorization=Bearer%20secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	tracer := newTracer(t, spans.URL+"/", quiet, map[string]string{
		"secrets_dir": dir, "OTEL_EXPORTER_OTLP_HEADERS": "x-tenant=blue, authorization=lost",
	})
	_, span := tracer.Start(t.Context(), Internal, "tick", tracer.Now())
	span.End(nil)
	tracer.Close()
	got := spans.Requests()
	if len(got) != 1 || got[0].Get("X-Tenant") != "blue" || got[0].Get("Authorization") != "Bearer secret" {
		t.Errorf("got %v", got)
	}
}

func TestEveryProblemOfTheConfigurationIsNamed(t *testing.T) {
	for want, keys := range map[string]map[string]string{
		"OTEL_EXPORTER_OTLP_ENDPOINT must be a URL":                             {"OTEL_EXPORTER_OTLP_ENDPOINT": "collector:4318"},
		`OTEL_EXPORTER_OTLP_PROTOCOL must be one of http/protobuf, was: "grpc"`: {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
		"OTEL_EXPORTER_OTLP_TIMEOUT must be between 1 and 600000, was: 0":       {"OTEL_EXPORTER_OTLP_TIMEOUT": "0"},
		"OTEL_EXPORTER_OTLP_HEADERS must be headers such as x-tenant=blue":      {"OTEL_EXPORTER_OTLP_HEADERS": "secret"},
		"number 2 must not be Host, which the export sets itself":               {"OTEL_EXPORTER_OTLP_HEADERS": "a=b,host=c"},
		"number 1 must have a percent-encoded value after A":                    {"OTEL_EXPORTER_OTLP_HEADERS": "a=%zz"},
		"number 1 must not have control characters in the value of A":           {"OTEL_EXPORTER_OTLP_HEADERS": "a=b%0d%0ahost:c"},
		"number 1 must have a name of letters, digits and hyphens":              {"OTEL_EXPORTER_OTLP_HEADERS": "a b=c"},
		"otlp_cert_file": {"otlp_cert_file": "/nonexistent"},
	} {
		r := config.NewReader(func(key string) string {
			if value, set := keys[key]; set || key != "OTEL_EXPORTER_OTLP_ENDPOINT" {
				return value
			}
			return "https://collector.example:4318"
		})
		if ReadConfig(r); r.Err() == nil || !strings.Contains(r.Err().Error(), want) {
			t.Errorf("want %q, got %v", want, r.Err())
		} else if strings.Contains(r.Err().Error(), "secret") {
			t.Errorf("the error shows a value: %v", r.Err())
		}
	}
}

// A collector that hangs delays no span and no end of the program, and its failure is logged
// once.
func TestACollectorThatHangsDelaysNothing(t *testing.T) {
	hang := make(chan struct{})
	asked := make(chan struct{}, 100)
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked <- struct{}{}; <-hang }))
	defer server.Close()
	defer close(hang)
	t.Setenv("OTEL_BSP_SCHEDULE_DELAY", "1") // milliseconds
	var log testbed.Buffer
	tracer := newTracer(t, server.URL, slog.New(slog.NewTextHandler(&log, nil)), map[string]string{"OTEL_EXPORTER_OTLP_TIMEOUT": "50"})
	for range 2 {
		_, span := tracer.Start(t.Context(), Internal, "tick", tracer.Now())
		span.End(nil)
		<-asked
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 10_000 { // more than the queue holds: the rest is dropped
			_, span := tracer.Start(context.Background(), Internal, "tick", tracer.Now())
			span.End(nil)
		}
		tracer.Close()
	}()
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Fatal("spans wait for the collector")
	}
	if n := strings.Count(log.String(), "spans are not sent"); n != 1 {
		t.Errorf("logged %d times: %s", n, log.String())
	}
}

func TestTheEndOfAnOutageIsLogged(t *testing.T) {
	status := http.StatusServiceUnavailable
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
	defer server.Close()
	var log testbed.Buffer
	c := newClient(Config{Endpoint: server.URL, Timeout: time.Minute, client: server.Client()}, slog.New(slog.NewTextHandler(&log, nil)))
	for _, status = range []int{503, 500, 200, 200, 404} {
		if err := c.UploadTraces(t.Context(), nil); err != nil {
			t.Error(err)
		}
	}
	if text := log.String(); strings.Count(text, "answered 503") != 1 || strings.Contains(text, "answered 500") ||
		strings.Count(text, "sent again") != 1 || strings.Count(text, "answered 404") != 1 {
		t.Errorf("logged %s", text)
	}
}

func FuzzParseHeaders(f *testing.F) {
	f.Add("authorization=Bearer%20abc,x-tenant=blue")
	f.Add("a=b%0a,=,,")
	f.Fuzz(func(t *testing.T, text string) {
		h, err := parseHeaders(text)
		if err != nil {
			if h != nil || !strings.HasPrefix(err.Error(), "must be") {
				t.Errorf("%v with %v", h, err)
			}
			return
		}
		for name, values := range h {
			for _, value := range values {
				if name == "" || strings.ContainsAny(name, "\r\n: ") || value == "" || strings.ContainsAny(value, "\r\n\x00") {
					t.Errorf("%q: %q", name, value)
				}
			}
		}
	})
}
