package scaler

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"

	"prewarm/shared/tracing"
)

// traceMoves writes a span of a batch, or of a look between two steps, and below it one for each
// scale call, which says why the function moves. If nothing moves there is none. It is called
// when all is done and the reasons are whole.
func (s *Scaler) traceMoves(ctx context.Context, name string, began time.Time, actions []*action, attributes ...attribute.KeyValue) {
	if !s.tracer.On() {
		return
	}
	moves := callsOf(actions)
	if len(moves) == 0 {
		return
	}
	attributes = append(attributes, attribute.Int("prewarm.functions", len(actions)), attribute.Int("prewarm.moves", len(moves)))
	ctx, span := s.tracer.Start(ctx, tracing.Consumer, name, began, attributes...)
	for _, a := range moves {
		s.traceMove(ctx, a)
	}
	span.End(nil)
}

// traceMove writes the span of one scale call.
func (s *Scaler) traceMove(ctx context.Context, a *action) {
	if a.span.began.IsZero() { // not tried
		a.span.began = s.tracer.Now()
		a.span.ended = a.span.began
	}
	_, span := s.tracer.Start(ctx, tracing.Client, "scale", a.span.began,
		attribute.String("prewarm.function", a.Function), attribute.Int("prewarm.from", a.Current), attribute.Int("prewarm.to", a.target),
		attribute.String("prewarm.reason", a.Reason))
	span.EndAt(a.span.ended, a.err)
}
