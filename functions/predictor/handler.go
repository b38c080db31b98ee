package predictor

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	handler "github.com/openfaas/templates-sdk/go-http"

	"prewarm/shared/capacity"
	"prewarm/shared/event"
	"prewarm/shared/serve"
)

var (
	errMethod = errors.New("POST a window, or below /predict the features of a load")
	errPath   = errors.New("no such path")
	// errModel means that the forecasts of a batch cannot be sealed.
	errModel = errors.New("predictor: the forecasts cannot be sealed")
)

// Handle answers one request, as the package comment lists them. The returned error is
// always nil.
func (p *Predictor) Handle(req handler.Request) (handler.Response, error) {
	kind, res, err := p.route(req)
	// A nil error maps to 200.
	status := statuses().Of(err)
	caller := serve.Caller(req.Header)
	p.metrics.requests.WithLabelValues(kind, http.StatusText(status), caller).Inc()
	if err != nil {
		p.log.Log(req.Context(), serve.LogLevel(caller, status), "request refused",
			"kind", kind, "caller", caller, "status", status, "error", err)
		return serve.Text(status, err.Error()), nil
	}
	return res, nil
}

// route answers a request by its path and body. kind is the label of its metric.
func (p *Predictor) route(req handler.Request) (kind string, res handler.Response, err error) {
	path := strings.Trim(req.Header.Get(serve.PathHeader), "/")
	switch {
	// %.100s bounds what a caller can put into the log. The path is checked first,
	// so that a wrong path is 404 for every method.
	case path != "" && path != predictPath:
		return "other", res, fmt.Errorf("%w: /%.100s", errPath, path)
	case req.Method != http.MethodPost:
		return "other", res, errMethod
	case path == predictPath:
		res, err = p.predict(req.Body, req.Header.Get("Accept"))
		return "predict", res, err
	// A body that looks like an envelope is never answered as an unsigned window,
	// even if its signature is bad.
	case isEnvelope(req.Body):
		res, err = p.batch(p.tracer.Receive(req.Context(), req.Header), req.Body)
		return "batch", res, err
	}
	res, err = p.single(req.Body)
	return "single", res, err
}

// statuses is the one place that maps errors to status codes. A forecast that does not
// validate wraps event.ErrPayload as well, so errModel comes before it.
func statuses() serve.Statuses {
	return serve.Statuses{
		{Err: event.ErrTooLarge, Code: http.StatusRequestEntityTooLarge}, {Err: event.ErrSignature, Code: http.StatusUnauthorized},
		{Err: event.ErrAudience, Code: http.StatusForbidden}, {Err: event.ErrStale, Code: http.StatusConflict},
		{Err: errModel, Code: http.StatusInternalServerError}, {Err: event.ErrMalformed, Code: http.StatusBadRequest},
		{Err: event.ErrPayload, Code: http.StatusBadRequest}, {Err: capacity.ErrFeatures, Code: http.StatusBadRequest},
		{Err: errMethod, Code: http.StatusMethodNotAllowed}, {Err: errPath, Code: http.StatusNotFound},
	}
}
