// Package predictor turns windows into forecasts and features of a load into
// replicas. It answers three requests:
//
//   - a signed batch of windows, as the collector sends it: forecasts are published to
//     the stream prewarm.forecasts (batch.go);
//   - one unsigned window, from any caller: its forecast is the answer (window.go);
//   - the features of a load below /predict: the replicas are the answer (predict.go).
package predictor

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"prewarm/shared/bus"
	"prewarm/shared/config"
	"prewarm/shared/event"
	"prewarm/shared/tracing"
)

// Forecaster writes the forecast of windows[i] to dst[i]. Without enough evidence, it
// states so in NoData of that forecast and in the error with the same index.
type Forecaster interface {
	Forecast(dst []event.Forecast, windows []event.FunctionWindow) []error
	Version() string
}

// Publisher stores a sealed message.
type Publisher interface {
	Publish(ctx context.Context, env event.Envelope, body []byte) error
}

// Predictor is the function. It implements handler.FunctionHandler and is safe for
// concurrent use.
type Predictor struct {
	keys     event.Keys // none: signed batches are refused
	model    Forecaster
	shards   int // 1 or more
	maxAge   int // steps after which windows are too old to forecast from
	replicas replicaModel
	bus      Publisher
	now      func() time.Time
	log      *slog.Logger
	registry *prometheus.Registry
	metrics  *metrics
	close    func() error
	failed   <-chan error // of the bus, nil for none
	tracer   *tracing.Tracer
}

// defaultMaxAge is the default of max_age_steps, as in the scaler.
const defaultMaxAge = 3

// New wires the predictor from the environment. Without the secret prewarm-hmac-key,
// the predictor runs outside of the chain and refuses signed batches.
func New(_ context.Context, getenv func(string) string) (*Predictor, error) {
	r := config.NewReader(getenv)
	cfg := bus.ReadConfig(r)
	cfg.Name = "prewarm-predictor"
	traceCfg := tracing.ReadConfig(r)
	keys := readKeys(r)
	replicaPath, maxAge := r.String("replica_model", ""), r.Int("max_age_steps", defaultMaxAge, 1, event.MaxAgeSteps)
	if err := r.Err(); err != nil {
		return nil, err
	}
	// The models are loaded before the connection is made: a damaged file then fails
	// the start and leaves no connection open.
	p, err := load(replicaPath, keys, nil, time.Now, slog.Default())
	if err != nil {
		return nil, err
	}
	b, err := bus.Connect(cfg)
	if err != nil {
		return nil, err
	}
	p.bus, p.maxAge, p.shards, p.close = b, maxAge, cfg.Shards, b.Close
	p.tracer = tracing.New(traceCfg, cfg.Name, slog.Default())
	p.registry.MustRegister(b.Failures(event.TypeForecasts))
	if keys.None() { // it publishes nothing, so that the bus does not fail it
		p.log.Warn("there is no signing key: signed batches are refused, single windows are answered", "secret", event.KeySecret)
		return p, nil
	}
	p.failed = b.Failed()
	return p, nil
}

// readKeys reads the signing keys, none if there is no secret. A secret that is there but too
// short is an error, not a predictor without a key.
func readKeys(r *config.Reader) (none event.Keys) {
	if r.OptionalSecret(event.KeySecret) == "" {
		return none
	}
	return event.ReadKeys(r)
}

// NewFrom wires a predictor with the embedded models from its parts. Close then closes
// nothing. The error is one of the models.
func NewFrom(keys event.Keys, b Publisher, now func() time.Time, log *slog.Logger) (*Predictor, error) {
	return load("", keys, b, now, log)
}

// load is NewFrom with the replica model at a path, empty for the embedded one.
func load(replicaPath string, keys event.Keys, b Publisher, now func() time.Time, log *slog.Logger) (*Predictor, error) {
	model, err := loadForecaster()
	if err != nil {
		return nil, err
	}
	replicas, err := loadReplicaModel(replicaPath)
	if err != nil {
		return nil, err
	}
	return newPredictor(keys, model, replicas, b, now, log), nil
}

// newPredictor wires a predictor from its parts, so that tests can replace bus and
// clock. Close then closes nothing.
func newPredictor(keys event.Keys, model Forecaster, replicas replicaModel, b Publisher, now func() time.Time, log *slog.Logger) *Predictor {
	reg := prometheus.NewRegistry()
	return &Predictor{
		keys: keys, model: model, shards: 1, maxAge: defaultMaxAge, replicas: replicas, bus: b, now: now, log: log,
		registry: reg, metrics: newMetrics(reg), close: func() error { return nil },
	}
}

// Metrics serves the predictor's own metrics.
func (p *Predictor) Metrics() http.Handler {
	return promhttp.HandlerFor(p.registry, promhttp.HandlerOpts{})
}

// Close sends the last spans and ends the connection to NATS.
func (p *Predictor) Close() error {
	p.tracer.Close()
	return p.close()
}

// Failed receives an error with which the predictor must end: a foreign stream has the subjects
// of the chain.
func (p *Predictor) Failed() <-chan error { return p.failed }
