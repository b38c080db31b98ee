package scaler

import (
	"errors"
	"net/http"

	handler "github.com/openfaas/templates-sdk/go-http"

	"prewarm/shared/event"
)

var (
	// errReplayed means that all functions of the batch are decided for its step or
	// a later one.
	errReplayed = errors.New("scaler: these forecasts were applied before")
	// errStale means that the batch is too old, or lies in the future.
	errStale = errors.New("scaler: these forecasts are not current")
)

// Handle applies one signed batch of forecasts. The body of the response is a line
// of text; the returned error is always nil.
func (s *Scaler) Handle(req handler.Request) (handler.Response, error) {
	if req.Method != http.MethodPost {
		return text(http.StatusMethodNotAllowed, "POST a signed batch of forecasts"), nil
	}
	var batch event.Forecasts
	env, err := event.Open(s.cfg.Key, event.TypeForecasts, req.Body, &batch)
	if err == nil {
		err = s.apply(req.Context(), env, &batch)
	}
	status := statusOf(err)
	s.metrics.batches.WithLabelValues(http.StatusText(status)).Inc()
	if err != nil {
		s.log.Warn("batch not applied", "id", shorten(env.ID, 200), "status", status, "error", err)
		return text(status, err.Error()), nil
	}
	return text(status, "applied"), nil
}

// refusal is an error for which a batch is refused, and its status code.
type refusal struct {
	err    error
	status int
}

// refusals is the one place that maps errors to status codes.
func refusals() []refusal {
	return []refusal{
		{event.ErrTooLarge, http.StatusRequestEntityTooLarge}, {event.ErrSignature, http.StatusUnauthorized},
		{event.ErrMalformed, http.StatusBadRequest}, {event.ErrPayload, http.StatusBadRequest},
		{errReplayed, http.StatusConflict}, {errStale, http.StatusConflict},
	}
}

// statusOf returns the status code of an error. An error that is no refusal is
// transient: 503, so that the connector retries.
func statusOf(err error) int {
	for _, r := range refusals() {
		if errors.Is(err, r.err) {
			return r.status
		}
	}
	if err != nil {
		return http.StatusServiceUnavailable
	}
	return http.StatusOK
}

// statuses returns all that statusOf can return, some of them more than once.
func statuses() []int {
	all := []int{http.StatusOK, http.StatusServiceUnavailable}
	for _, r := range refusals() {
		all = append(all, r.status)
	}
	return all
}

func text(status int, s string) handler.Response {
	return handler.Response{StatusCode: status, Body: []byte(s + "\n"), Header: http.Header{"Content-Type": {"text/plain; charset=utf-8"}}}
}
