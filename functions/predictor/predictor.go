// Package predictor turns windows into forecasts: signed batches of the chain,
// and single windows that anybody posts. Below /predict it turns the features of
// a load into replicas.
package predictor

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	handler "github.com/openfaas/templates-sdk/go-http"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"prewarm/shared/bus"
	"prewarm/shared/capacity"
	"prewarm/shared/config"
	"prewarm/shared/event"
	"prewarm/shared/serve"
)

// Forecaster writes the forecast of windows[i] to dst[i]. What has too little
// evidence says so in NoData and in the error of that window.
type Forecaster interface {
	Forecast(dst []event.Forecast, windows []event.FunctionWindow) []error
	Version() string
}

// Publisher stores a sealed message.
type Publisher interface {
	Publish(ctx context.Context, env event.Envelope, body []byte) error
}

// Predictor is the function. It implements handler.FunctionHandler.
type Predictor struct {
	key      []byte // nil: no chain, signed batches are refused
	model    Forecaster
	replicas replicaModel
	bus      Publisher
	now      func() time.Time
	log      *slog.Logger
	registry *prometheus.Registry
	metrics  *metrics
	close    func() error
}

// New wires the predictor from the environment. Without the secret
// prewarm-hmac-key it has no chain, and answers single windows only.
func New(_ context.Context, getenv func(string) string) (*Predictor, error) {
	r := config.NewReader(getenv)
	cfg := bus.ReadConfig(r)
	cfg.Name = "prewarm-predictor"
	var key []byte
	if r.OptionalSecret(keySecret) != "" {
		key = r.Key(keySecret, event.MinKey)
	}
	replicaPath := r.String("replica_model", "")
	if err := r.Err(); err != nil {
		return nil, err
	}
	model, err := loadForecaster()
	if err != nil {
		return nil, err
	}
	replicas, err := loadReplicas(replicaPath)
	if err != nil {
		return nil, err
	}
	b, err := bus.Connect(cfg)
	if err != nil {
		return nil, err
	}
	p := newPredictor(key, model, replicas, b, time.Now, slog.Default())
	p.close = b.Close
	if key == nil {
		p.log.Warn("no secret, no chain: only single windows are answered", "secret", keySecret)
	}
	return p, nil
}

const keySecret = "prewarm-hmac-key"

func newPredictor(key []byte, model Forecaster, replicas replicaModel, b Publisher, now func() time.Time, log *slog.Logger) *Predictor {
	reg := prometheus.NewRegistry()
	return &Predictor{
		key: key, model: model, replicas: replicas, bus: b, now: now, log: log,
		registry: reg, metrics: newMetrics(reg), close: func() error { return nil },
	}
}

// Metrics serves the predictor's own metrics.
func (p *Predictor) Metrics() http.Handler {
	return promhttp.HandlerFor(p.registry, promhttp.HandlerOpts{})
}

// Close ends the connection to NATS.
func (p *Predictor) Close() error { return p.close() }

var (
	errMethod = errors.New("POST a window, or below /predict the features of a load")
	errPath   = errors.New("no such path")
)

// answer is what a request comes back with.
type answer struct {
	media string
	body  []byte
}

const (
	mediaJSON = "application/json"
	mediaCSV  = "text/csv"
)

// Handle answers a signed batch of windows by publishing forecasts, a single
// unsigned window by returning its forecast, and the features of a load by
// returning its replicas.
func (p *Predictor) Handle(req handler.Request) (handler.Response, error) {
	kind, a, err := p.route(req)
	status := statusOf(err)
	p.metrics.requests.WithLabelValues(kind, http.StatusText(status)).Inc()
	if err != nil {
		p.log.Warn("request refused", "kind", kind, "status", status, "error", err)
		return text(status, err.Error()), nil
	}
	return handler.Response{StatusCode: status, Body: a.body, Header: http.Header{"Content-Type": {a.media}}}, nil
}

func (p *Predictor) route(req handler.Request) (kind string, a answer, err error) {
	path := strings.Trim(req.Header.Get(serve.PathHeader), "/")
	if path != "" && path != predictPath {
		return "other", a, fmt.Errorf("%w: /%.100s", errPath, path)
	}
	if req.Method != http.MethodPost {
		return "other", a, errMethod
	}
	if path == predictPath {
		a, err = p.predict(req)
		return "predict", a, err
	}
	a.media = mediaJSON
	if isEnvelope(req.Body) {
		a.body, err = p.batch(req.Context(), req.Body)
		return "batch", a, err
	}
	a.body, err = p.single(req.Body)
	return "single", a, err
}

// isEnvelope tells a message of the chain from a window that somebody posts,
// by the fields that only an envelope has.
func isEnvelope(body []byte) bool {
	var fields struct {
		Type, Payload, Signature json.RawMessage
	}
	if len(body) > event.MaxBody || json.Unmarshal(body, &fields) != nil {
		return bytes.Contains(body, []byte(`"payload"`))
	}
	return fields.Type != nil || fields.Payload != nil || fields.Signature != nil
}

// batch forecasts a signed batch and publishes the result under the batch's
// own number, so that a batch that comes twice is stored once.
func (p *Predictor) batch(ctx context.Context, body []byte) ([]byte, error) {
	if p.key == nil {
		return nil, fmt.Errorf("%w: this predictor has no key", event.ErrSignature)
	}
	var in event.Windows
	env, err := event.Open(p.key, event.TypeWindows, body, &in)
	if err != nil {
		return nil, err
	}
	for i := range in.Windows {
		if end := in.Windows[i].End(); end != env.Step {
			return nil, fmt.Errorf("%w: windows[%d] must end at the envelope's step %d, ended: %d", event.ErrPayload, i, env.Step, end)
		}
	}
	out := &event.Forecasts{Model: p.model.Version(), Forecasts: p.forecast(in.Windows)}
	sealed, message, err := event.Seal(p.key, event.TypeForecasts, env.Step, env.ID[strings.LastIndexByte(env.ID, '/')+1:], out)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errModel, err)
	}
	if err := p.bus.Publish(ctx, sealed, message); err != nil {
		return nil, err
	}
	return json.Marshal(map[string]any{"forecasts": len(out.Forecasts), "id": sealed.ID})
}

// single forecasts one window that came without a signature; nothing is
// published. function may be left out, concurrency is 1 then as well.
func (p *Predictor) single(body []byte) ([]byte, error) {
	if len(body) > event.MaxBody {
		return nil, fmt.Errorf("%w: at most %d bytes, was: %d", event.ErrTooLarge, event.MaxBody, len(body))
	}
	w := event.FunctionWindow{Function: "posted.window", Concurrency: 1}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&w); err != nil {
		return nil, malformed(err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, fmt.Errorf("%w: there is more after the window", event.ErrMalformed)
	}
	if err := noNulls(body); err != nil {
		return nil, err
	}
	if err := (&event.Windows{Windows: []event.FunctionWindow{w}}).Validate(); err != nil {
		return nil, err
	}
	return json.Marshal(&event.Forecasts{Model: p.model.Version(), Forecasts: p.forecast([]event.FunctionWindow{w})})
}

// malformed names the field of a value of the wrong kind.
func malformed(err error) error {
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		return fmt.Errorf("%w: %s must not be a %s", event.ErrMalformed, kind.Field, kind.Value)
	}
	return fmt.Errorf("%w: %w", event.ErrMalformed, err)
}

// noNulls refuses nulls in the lists of a window, which would count as 0: what
// is unknown is -1.
func noNulls(body []byte) error {
	var lists map[string]json.RawMessage
	if err := json.Unmarshal(body, &lists); err != nil {
		return malformed(err)
	}
	for name, list := range lists {
		if bytes.Contains(list, []byte("null")) && list[0] == '[' {
			return fmt.Errorf("%w: %s must hold numbers, -1 in counts where there is no data, was: null", event.ErrMalformed, name)
		}
	}
	return nil
}

func (p *Predictor) forecast(windows []event.FunctionWindow) []event.Forecast {
	timer := prometheus.NewTimer(p.metrics.seconds)
	defer timer.ObserveDuration()
	out := make([]event.Forecast, len(windows))
	for _, err := range p.model.Forecast(out, windows) {
		if err != nil {
			p.metrics.noData.Inc()
		}
	}
	for i := range out {
		p.replicas.describe(&out[i], &windows[i])
	}
	p.metrics.forecasts.Add(float64(len(out)))
	return out
}

// errModel means that the model made a forecast that is none.
var errModel = errors.New("predictor: the model's forecast is not valid")

// statusOf is the one place that maps errors to status codes. What is not
// named is the world's fault for now: 503, to be tried again.
func statusOf(err error) int {
	for _, c := range []struct {
		err    error
		status int
	}{
		{event.ErrTooLarge, http.StatusRequestEntityTooLarge}, {event.ErrSignature, http.StatusUnauthorized},
		{errModel, http.StatusInternalServerError}, {event.ErrMalformed, http.StatusBadRequest},
		{event.ErrPayload, http.StatusBadRequest}, {capacity.ErrFeatures, http.StatusBadRequest}, {errMethod, http.StatusMethodNotAllowed}, {errPath, http.StatusNotFound},
	} {
		if errors.Is(err, c.err) {
			return c.status
		}
	}
	if err != nil {
		return http.StatusServiceUnavailable
	}
	return http.StatusOK
}

func text(status int, s string) handler.Response {
	return handler.Response{StatusCode: status, Body: []byte(s + "\n"), Header: http.Header{"Content-Type": {"text/plain; charset=utf-8"}}}
}
