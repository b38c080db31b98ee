package scaler

import (
	"errors"
	"net/http"

	handler "github.com/openfaas/templates-sdk/go-http"

	"prewarm/shared/event"
	"prewarm/shared/serve"
)

// errReplayed means that all functions of the batch are decided for its step or a later one.
var errReplayed = errors.New("scaler: these forecasts were applied before")

// Handle applies one signed batch of forecasts. The body of the response is a line
// of text; the returned error is always nil.
func (s *Scaler) Handle(req handler.Request) (handler.Response, error) {
	if req.Method == http.MethodGet && s.shards != nil {
		return serve.JSON(s.shards.status())
	}
	if req.Method != http.MethodPost {
		return serve.Text(http.StatusMethodNotAllowed, "POST a signed batch of forecasts"), nil
	}
	var batch event.Forecasts
	env, err := event.Open(s.cfg.Keys, event.TypeForecasts, req.Body, &batch)
	// The signature is checked before anything else is done with the batch.
	if err == nil {
		err = s.applyAll(s.tracer.Receive(req.Context(), req.Header), env, &batch, req.Body)
	}
	status := statuses().Of(err)
	caller := serve.Caller(req.Header)
	s.metrics.batches.WithLabelValues(http.StatusText(status), caller).Inc()
	if err != nil {
		// The ID comes from a body whose signature may be bad, so its length is
		// bounded.
		s.log.Log(req.Context(), serve.LogLevel(caller, status), "batch not applied",
			"id", shorten(env.ID, 200), "caller", caller, "status", status, "error", err)
		return serve.Text(status, err.Error()), nil
	}
	return serve.Text(status, "applied"), nil
}

// statuses is the one place that maps errors to status codes.
func statuses() serve.Statuses {
	return serve.Statuses{
		{Err: event.ErrTooLarge, Code: http.StatusRequestEntityTooLarge}, {Err: event.ErrSignature, Code: http.StatusUnauthorized},
		{Err: event.ErrAudience, Code: http.StatusForbidden}, {Err: event.ErrMalformed, Code: http.StatusBadRequest}, {Err: event.ErrPayload, Code: http.StatusBadRequest},
		{Err: errReplayed, Code: http.StatusConflict}, {Err: event.ErrStale, Code: http.StatusConflict},
	}
}
