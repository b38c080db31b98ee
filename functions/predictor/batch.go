package predictor

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	handler "github.com/openfaas/templates-sdk/go-http"
	"github.com/prometheus/client_golang/prometheus"

	"prewarm/shared/event"
	"prewarm/shared/serve"
)

// isEnvelope distinguishes a signed batch from a single window by the fields that only
// an envelope has. A body that is not JSON counts as an envelope if it mentions a
// payload, so that a truncated batch is refused as a malformed batch.
func isEnvelope(body []byte) bool {
	var fields struct {
		Type, Payload, Signature json.RawMessage
	}
	if len(body) > event.MaxBody || json.Unmarshal(body, &fields) != nil {
		return bytes.Contains(body, []byte(`"payload"`))
	}
	return fields.Type != nil || fields.Payload != nil || fields.Signature != nil
}

// batch forecasts a signed batch and publishes the result. The forecasts have the
// number of their batch in their ID, so that NATS stores them once even if the batch
// is delivered twice.
func (p *Predictor) batch(ctx context.Context, body []byte) (handler.Response, error) {
	began := p.tracer.Now()
	windows, env, err := p.open(body)
	if err != nil {
		return handler.Response{}, err
	}
	forecasts := &event.Forecasts{Model: p.model.Version(), Forecasts: p.forecast(windows)}
	ctx, span := p.startSpan(ctx, began, env, forecasts.Forecasts)
	id, err := p.publish(ctx, env, forecasts)
	span.End(err)
	if err != nil {
		return handler.Response{}, err
	}
	return serve.JSON(map[string]any{"forecasts": len(windows), "id": id})
}

// publish publishes the forecasts of a batch, those of each shard in a message, and returns the
// ID of the last one.
func (p *Predictor) publish(ctx context.Context, env event.Envelope, forecasts *event.Forecasts) (id string, err error) {
	// The collector numbers the batches of a step. With the same number, a batch and
	// its forecasts can be matched in the streams.
	number := env.ID[strings.LastIndexByte(env.ID, '/')+1:]
	for shard, part := range forecasts.Split(p.shards) {
		sealed, message, err := event.Seal(p.keys, event.TypeForecasts, env.Step, number, part)
		if err != nil {
			// Every forecast is valid, so that this is a fault of the whole batch, such as its size.
			return "", fmt.Errorf("%w: %w", errModel, err)
		}
		id, sealed.Subject, sealed.Trace = sealed.ID, event.Subject(event.TypeForecasts, shard, p.shards), p.tracer.Of(ctx)
		if err := p.bus.Publish(ctx, sealed, message); err != nil {
			return "", err
		}
	}
	return id, nil
}

// open checks the signature of a batch, that all its windows end at its step, and that they
// are current: a forecast from old windows would be refused by the scaler.
func (p *Predictor) open(body []byte) ([]event.FunctionWindow, event.Envelope, error) {
	if p.keys.None() {
		return nil, event.Envelope{}, fmt.Errorf("%w: this predictor has no key", event.ErrSignature)
	}
	var batch event.Windows
	env, err := event.Open(p.keys, event.TypeWindows, body, &batch)
	if err != nil {
		return nil, env, err
	}
	for i, w := range batch.Windows {
		// The signature covers env.Step. A window that ends elsewhere would give a
		// forecast whose origin is not the one that was signed.
		if end := w.End(); end != env.Step {
			return nil, env, fmt.Errorf("%w: windows[%d] must end at the envelope's step %d, ended: %d", event.ErrPayload, i, env.Step, end)
		}
		if err := event.CheckAge(p.now(), env.Step, w.StepSeconds, p.maxAge); err != nil {
			return nil, env, err
		}
	}
	return batch.Windows, env, nil
}

// forecast returns the forecast of each window, with what a replica carries.
func (p *Predictor) forecast(windows []event.FunctionWindow) []event.Forecast {
	// Whole batches are timed: the model shares work between the windows of one
	// call.
	timer := prometheus.NewTimer(p.metrics.seconds)
	defer timer.ObserveDuration()
	out := make([]event.Forecast, len(windows))
	for _, err := range p.model.Forecast(out, windows) {
		if err != nil {
			p.metrics.noData.Inc()
		}
	}
	for i := range out {
		// Also for windows without a forecast: an observation needs no history.
		p.replicas.describe(&out[i].Observation, &windows[i])
		p.checkForecast(&out[i])
	}
	p.metrics.forecasts.Add(float64(len(out)))
	return out
}

// checkForecast replaces a forecast that the messages do not allow by one without data: one
// function must not keep its whole batch from being published. What was observed stays, unless
// that is not valid either.
func (p *Predictor) checkForecast(f *event.Forecast) {
	err := f.Check()
	if err == nil {
		return
	}
	p.metrics.invalid.Inc()
	p.log.Error("a forecast is not valid", "function", f.Function, "origin", f.Origin, "error", err)
	blank := event.Forecast{
		Function: f.Function, Origin: f.Origin, StepSeconds: f.StepSeconds, Observation: f.Observation,
		NoData: fmt.Sprintf("the model's forecast is not valid: %v", err),
	}
	if blank.Check() != nil {
		blank.Observation = event.Observation{InFlight: -1, Peak: -1}
	}
	*f = blank
}
