package predictor

import (
	"context"
	"slices"
	"time"

	"go.opentelemetry.io/otel/attribute"

	"prewarm/shared/event"
	"prewarm/shared/tracing"
)

// Limits of what stirs.
const (
	// stirSteps is how many steps from the origin on a chance of a call counts: a lookahead is
	// seldom longer.
	stirSteps = 5
	// stirChance is the least chance that counts, a fifth of the default cost ratio.
	stirChance = 0.01
)

// startSpan begins the span of a batch in which something stirs. Of others there is none, and
// ctx keeps the span of the tick, below which the scaler shows a function that moves all the
// same.
func (p *Predictor) startSpan(ctx context.Context, began time.Time, env event.Envelope, forecasts []event.Forecast) (context.Context, tracing.Span) {
	if !p.tracer.On() || !slices.ContainsFunc(forecasts, stirs) {
		return ctx, tracing.Span{}
	}
	return p.tracer.Start(ctx, tracing.Consumer, "forecast", began, attribute.Int64("prewarm.step", env.Step),
		attribute.String("prewarm.batch", env.ID), attribute.Int("prewarm.functions", len(forecasts)), attribute.String("prewarm.model", p.model.Version()))
}

// stirs reports whether the replicas of a function may change with a forecast: there were calls
// in the steps before it, which replicas may be released after, there are calls, or a call is
// likely enough.
func stirs(f event.Forecast) bool {
	likely := func(chance event.Prob) bool { return float64(chance) >= stirChance }
	return f.InFlight > 0 || f.Queued > 0 || slices.ContainsFunc(f.Recent, func(need int32) bool { return need > 0 }) ||
		slices.ContainsFunc(f.PActive[:min(len(f.PActive), stirSteps)], likely)
}
