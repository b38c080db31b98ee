// Package dashboard shows what the chain knows and does: per function the last
// calls, the forecast, the replicas and the decisions with their reasons, as a
// page and as JSON. It reads the streams and changes nothing.
package dashboard

import (
	"bytes"
	"context"
	"html/template"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"prewarm/shared/bus"
	"prewarm/shared/config"
	"prewarm/shared/event"
)

// Config is the configuration of the dashboard.
type Config struct {
	Key          []byte        // secret prewarm-hmac-key: what the messages are signed with
	Step         time.Duration // step: length of a step; without messages for three, the page warns
	Refresh      time.Duration // dashboard_refresh: how often the page reloads, 0 for never
	History      time.Duration // dashboard_history: how far back messages are read at the start
	MaxFunctions int           // dashboard_max_functions: how many functions are kept
}

// ReadConfig reads the keys that Config names.
func ReadConfig(r *config.Reader) Config {
	step := r.Duration("step", time.Minute, time.Second, time.Hour)
	return Config{
		Key:          r.Key("prewarm-hmac-key", event.MinKey),
		Step:         step,
		Refresh:      r.Duration("dashboard_refresh", min(max(step, 2*time.Second), 30*time.Second), 0, time.Hour),
		History:      r.Duration("dashboard_history", 30*time.Minute, time.Second, 24*time.Hour),
		MaxFunctions: r.Int("dashboard_max_functions", 2000, 1, 100_000),
	}
}

// Dashboard is the function. It implements http.Handler.
type Dashboard struct {
	cfg      Config
	source   Source
	view     *view
	intake   *intake
	now      func() time.Time
	log      *slog.Logger
	registry *prometheus.Registry
	page     *template.Template
	policy   string // Content-Security-Policy
	routes   map[string]func(http.ResponseWriter, *http.Request)
	close    func() error
}

// New wires the dashboard from the environment and follows the streams until
// ctx ends.
func New(ctx context.Context, getenv func(string) string) (*Dashboard, error) {
	r := config.NewReader(getenv)
	cfg, busCfg := ReadConfig(r), bus.ReadConfig(r)
	busCfg.Name = "prewarm-dashboard"
	if err := r.Err(); err != nil {
		return nil, err
	}
	b, err := bus.Connect(busCfg)
	if err != nil {
		return nil, err
	}
	d := newDashboard(cfg, b, time.Now, slog.Default())
	d.close = b.Close
	go d.intake.run(ctx, b, cfg.History)
	return d, nil
}

func newDashboard(cfg Config, source Source, now func() time.Time, log *slog.Logger) *Dashboard {
	d := &Dashboard{
		cfg: cfg, source: source, view: newView(cfg.MaxFunctions), now: now, log: log,
		registry: prometheus.NewRegistry(), close: func() error { return nil },
	}
	d.intake = &intake{key: cfg.Key, view: d.view, log: log, metrics: newMetrics(d.registry, d.view)}
	d.page, d.policy = parsePage()
	d.routes = map[string]func(http.ResponseWriter, *http.Request){
		"": d.servePage, "/": d.servePage, "/api/functions": d.serveFunctions, "/api/decisions": d.serveDecisions,
	}
	return d
}

// Metrics serves the dashboard's own metrics.
func (d *Dashboard) Metrics() http.Handler {
	return promhttp.HandlerFor(d.registry, promhttp.HandlerOpts{})
}

// Close ends the connection to NATS.
func (d *Dashboard) Close() error { return d.close() }

// ServeHTTP serves the page at / and JSON below /api.
func (d *Dashboard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", d.policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	route, known := d.routes[r.URL.Path]
	switch {
	case !known:
		http.NotFound(w, r)
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		h.Set("Allow", "GET, HEAD")
		http.Error(w, "the dashboard is read only: use GET", http.StatusMethodNotAllowed)
	default:
		route(w, r)
	}
}

// servePage shows all functions, or the one that the query names.
func (d *Dashboard) servePage(w http.ResponseWriter, r *http.Request) {
	status, data := d.overview(r)
	if name := r.URL.Query().Get("function"); name != "" {
		status, data = d.detail(r, name)
	}
	var b bytes.Buffer
	if err := d.page.Execute(&b, data); err != nil {
		d.log.Error("page not made", "error", err)
		http.Error(w, "the page could not be made; see the log of the function dashboard", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes())
}
