package predictor

import (
	"encoding/json"
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
	// errModel means that the model made an invalid forecast.
	errModel = errors.New("predictor: the model's forecast is not valid")
)

// answer is the body of a successful response and its media type.
type answer struct {
	media string
	body  []byte
}

const (
	mediaJSON = "application/json"
	mediaCSV  = "text/csv"
)

// jsonAnswer returns v as JSON.
func jsonAnswer(v any) (answer, error) {
	body, err := json.Marshal(v)
	return answer{media: mediaJSON, body: body}, err
}

// Handle answers one request, as the package comment lists them. The returned error is
// always nil.
func (p *Predictor) Handle(req handler.Request) (handler.Response, error) {
	kind, a, err := p.route(req)
	status := statusOf(err)
	p.metrics.requests.WithLabelValues(kind, http.StatusText(status)).Inc()
	if err != nil {
		p.log.Warn("request refused", "kind", kind, "status", status, "error", err)
		a = answer{media: "text/plain; charset=utf-8", body: []byte(err.Error() + "\n")}
	}
	return handler.Response{StatusCode: status, Body: a.body, Header: http.Header{"Content-Type": {a.media}}}, nil
}

// route answers a request by its path and body. kind is the label of its metric.
func (p *Predictor) route(req handler.Request) (kind string, a answer, err error) {
	path := strings.Trim(req.Header.Get(serve.PathHeader), "/")
	switch {
	case path != "" && path != predictPath:
		return "other", a, fmt.Errorf("%w: /%.100s", errPath, path)
	case req.Method != http.MethodPost:
		return "other", a, errMethod
	case path == predictPath:
		a, err = p.predict(req.Body, req.Header.Get("Accept"))
		return "predict", a, err
	case isEnvelope(req.Body):
		a, err = p.batch(req.Context(), req.Body)
		return "batch", a, err
	}
	a, err = p.single(req.Body)
	return "single", a, err
}

// statusOf is the one place that maps errors to status codes. An error that is not
// listed is transient: 503, so that the connector retries.
func statusOf(err error) int {
	if err == nil {
		return http.StatusOK
	}
	for _, c := range []struct {
		err    error
		status int
	}{
		{event.ErrTooLarge, http.StatusRequestEntityTooLarge}, {event.ErrSignature, http.StatusUnauthorized},
		{errModel, http.StatusInternalServerError}, {event.ErrMalformed, http.StatusBadRequest},
		{event.ErrPayload, http.StatusBadRequest}, {capacity.ErrFeatures, http.StatusBadRequest},
		{errMethod, http.StatusMethodNotAllowed}, {errPath, http.StatusNotFound},
	} {
		if errors.Is(err, c.err) {
			return c.status
		}
	}
	return http.StatusServiceUnavailable
}
