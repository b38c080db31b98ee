// Package tracing writes spans of the chain for OpenTelemetry: one trace per tick of the
// collector, from there over windows and forecasts to the scale calls.
//
// A span costs memory, processor time and network, and ten thousand functions sleep most of
// the time. So there are spans for a tick, for batches in which something stirs, and for
// functions that move; none for a function that stays as it is.
//
// Without OTEL_EXPORTER_OTLP_ENDPOINT there is no Tracer: New returns nil, and a nil *Tracer
// does nothing. Spans are sent in the background. An exporter that fails or hangs delays
// nothing; its spans are dropped.
//
// Traces decide nothing. The trace of a message is not part of what is signed, so that a
// receiver takes it from deliveries alone, in one form alone (event.CheckTrace), and uses it
// for spans only.
package tracing

import (
	"context"
	"net/http"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"prewarm/shared/event"
)

// Tracer begins spans. A nil Tracer begins none. It is safe for concurrent use.
type Tracer struct {
	tracer   trace.Tracer
	provider *sdktrace.TracerProvider
}

// Kinds of spans.
const (
	Internal = trace.SpanKindInternal
	Producer = trace.SpanKindProducer // publishes messages
	Consumer = trace.SpanKindConsumer // works on a message
	Client   = trace.SpanKindClient   // calls another program
)

// Span is a part of a trace. The zero Span does nothing.
type Span struct{ span trace.Span }

// On reports whether there are spans at all, for a caller that would have to prepare their
// attributes.
func (t *Tracer) On() bool { return t != nil }

// Now returns the present time for Start, and the zero time if there are no spans.
func (t *Tracer) Now() time.Time {
	if t == nil {
		return time.Time{}
	}
	return time.Now()
}

// Start begins a span below that of ctx, or a trace if ctx has none. The span begins at the
// given time, which may lie back: only then it may be known whether it is worth a span.
func (t *Tracer) Start(ctx context.Context, kind trace.SpanKind, name string, at time.Time, attributes ...attribute.KeyValue) (context.Context, Span) {
	if t == nil {
		return ctx, Span{}
	}
	ctx, span := t.tracer.Start(ctx, name, trace.WithSpanKind(kind), trace.WithTimestamp(at), trace.WithAttributes(attributes...))
	return ctx, Span{span}
}

// Set adds attributes.
func (s Span) Set(attributes ...attribute.KeyValue) {
	if s.span != nil {
		s.span.SetAttributes(attributes...)
	}
}

// End ends the span now. An error becomes its status.
func (s Span) End(err error) { s.EndAt(time.Time{}, err) }

// EndAt is End at a time that may lie back; zero for now.
func (s Span) EndAt(at time.Time, err error) {
	if s.span == nil {
		return
	}
	if err != nil {
		s.span.SetStatus(codes.Error, shorten(err.Error()))
	}
	if at.IsZero() {
		s.span.End()
		return
	}
	s.span.End(trace.WithTimestamp(at))
}

// maxText bounds the text of an error, in bytes. It may hold an answer from outside.
const maxText = 1000

// shorten returns at most maxText bytes of a text.
func shorten(text string) string {
	return strings.ToValidUTF8(text[:min(len(text), maxText)], "")
}

// propagator reads and writes the header of the W3C. The state of other vendors is not passed
// on: it may be long, and nobody here reads it.
var propagator = propagation.TraceContext{}

// Of returns the event.TraceHeader of the span in ctx, "" if there is none.
func (t *Tracer) Of(ctx context.Context) string {
	if t == nil || !trace.SpanContextFromContext(ctx).IsValid() {
		return ""
	}
	carrier := propagation.MapCarrier{}
	propagator.Inject(ctx, carrier)
	return event.CheckTrace(carrier.Get(event.TraceHeader))
}

// Receive returns ctx with the span that the header of a delivery names, or ctx if it names
// none in a valid form. package serve removes the header of strangers.
func (t *Tracer) Receive(ctx context.Context, h http.Header) context.Context {
	if t == nil {
		return ctx
	}
	value := event.CheckTrace(h.Get(event.TraceHeader))
	if value == "" {
		return ctx
	}
	return propagator.Extract(ctx, propagation.MapCarrier{event.TraceHeader: value})
}

// closeGrace bounds how long the last spans may take to be sent when the program ends.
const closeGrace = 2 * time.Second

// Close sends the spans that wait, for a short time at most.
func (t *Tracer) Close() {
	if t == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeGrace)
	defer cancel()
	_ = t.provider.Shutdown(ctx) // the exporter has logged it
}
