// Package dashboard shows what the chain knows and does: per function the last
// calls, the forecast, the replicas and the decisions with their reasons, as a
// page that keeps itself up to date and as JSON; what that saves; and what is
// wrong. It reads the streams. Who signs in may pause all scaling and set the
// mode of a function.
package dashboard

import (
	"bytes"
	"context"
	"crypto/rand"
	"html/template"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"prewarm/shared/bus"
	"prewarm/shared/config"
)

// Dashboard is the function. It implements http.Handler.
type Dashboard struct {
	cfg      Config
	source   Source
	view     *view
	ledger   *ledger
	intake   *intake
	watch    *watch
	sessions *sessions
	devices  devices
	throttle throttle
	gateway  controller // nil where there is none
	origin   *http.CrossOriginProtection
	now      func() time.Time
	log      *slog.Logger
	registry *prometheus.Registry
	page     *template.Template
	policy   string // Content-Security-Policy
	assets   map[string]asset
	routes   map[string]func(http.ResponseWriter, *http.Request)
	epoch    string // of the IDs of events
	streams  atomic.Int64
	exports  chan struct{}   // holds one for each that is under way
	stopping <-chan struct{} // closed when streams must end
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
	gateway, err := newOpenFaaS(cfg.Gateway)
	if err != nil {
		return nil, err
	}
	b, err := bus.Connect(busCfg)
	if err != nil {
		return nil, err
	}
	d := newDashboard(cfg, b, time.Now, slog.Default())
	d.gateway, d.close = gateway, b.Close
	d.stopping = stopSignal(ctx)
	go d.intake.run(ctx, b, cfg.History)
	go d.intake.tally(ctx, b, d.ledger, cfg.Savings)
	go d.watchRun(ctx, newWebhook(cfg.Webhook).post)
	return d, nil
}

// stopSignal is closed at the first sign of the end: a stream would otherwise
// hold up the server, which waits for its answers to finish.
func stopSignal(ctx context.Context) <-chan struct{} {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM, os.Interrupt)
	context.AfterFunc(ctx, stop)
	return ctx.Done()
}

func newDashboard(cfg Config, source Source, now func() time.Time, log *slog.Logger) *Dashboard {
	d := &Dashboard{
		cfg: cfg, source: source, view: newView(cfg.MaxFunctions), now: now, log: log,
		ledger: newLedger(int64(cfg.Step.Seconds()), cfg.KeepAlive, cfg.MaxFunctions), watch: &watch{}, sessions: newSessions(),
		devices: newDevices(cfg.Key), origin: http.NewCrossOriginProtection(), registry: prometheus.NewRegistry(), assets: newAssets(),
		epoch: rand.Text()[:10], exports: make(chan struct{}, maxExports), close: func() error { return nil },
	}
	d.intake = &intake{key: cfg.Key, view: d.view, log: log, metrics: newMetrics(d.registry, d), latest: d.latest}
	d.page, d.policy = d.parsePage()
	d.routes = d.newRoutes()
	return d
}

// latest returns the newest step that can have come, in Unix seconds: clocks may
// differ by one step.
func (d *Dashboard) latest() int64 { return d.now().Add(d.cfg.Step).Unix() }

// newRoutes returns what is served, by method and path.
func (d *Dashboard) newRoutes() map[string]func(http.ResponseWriter, *http.Request) {
	return map[string]func(http.ResponseWriter, *http.Request){
		"GET /":                    packed(d.servePage),
		"GET /assets":              d.serveAsset,
		"GET /api/openapi.json":    packed(d.serveOpenAPI),
		"GET /api/overview":        packed(d.serveOverview),
		"GET /api/function":        packed(d.serveFunction),
		"GET /api/functions":       packed(d.serveFunctions),
		"GET /api/decisions":       packed(d.serveDecisions),
		"GET /api/decisions.csv":   packed(d.fewAtATime(d.serveExport("text/csv; charset=utf-8", "decisions.csv", newCSVRows))),
		"GET /api/predictions.csv": packed(d.fewAtATime(d.serveExport("text/csv; charset=utf-8", "predictions.csv", newPredictionRows))),
		"GET /api/decisions.jsonl": packed(d.fewAtATime(d.serveExport("application/jsonl", "decisions.jsonl", newJSONLines))),
		"GET /api/savings":         packed(d.serveSavings),
		"GET /api/quality":         packed(d.serveQuality),
		"GET /api/alerts":          packed(d.serveAlerts),
		"GET /api/status":          packed(d.serveStatus),
		"GET /api/events":          d.serveEvents,
		"GET /api/session":         d.serveSession,
		"POST /api/session":        d.changing(d.signIn),
		"DELETE /api/session":      d.changing(d.signOut),
		"POST /api/pause":          d.changing(d.pause),
		"POST /api/mode":           d.changing(d.setMode),
	}
}

// Metrics serves the dashboard's own metrics.
func (d *Dashboard) Metrics() http.Handler {
	return promhttp.HandlerFor(d.registry, promhttp.HandlerOpts{})
}

// Close ends the connection to NATS.
func (d *Dashboard) Close() error { return d.close() }

// pathOf returns the path of a route. The page may be open at an address with
// or without a slash at its end, of which the function sees nothing; links on
// it therefore have only a query: ?api=functions is /api/functions.
func pathOf(r *http.Request) string {
	path := strings.TrimSuffix(r.URL.Path, "/")
	if path != "" {
		return path
	}
	query := r.URL.Query()
	switch {
	case query.Has("api"):
		return "/api/" + query.Get("api")
	case query.Has("asset"):
		return "/assets"
	}
	return "/"
}

// ServeHTTP serves the pages at / and JSON below /api.
func (d *Dashboard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", d.policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	path, method := pathOf(r), r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	if route, known := d.routes[method+" "+path]; known {
		route(w, r)
		return
	}
	var allowed []string
	for _, other := range []string{http.MethodGet, http.MethodPost, http.MethodDelete} {
		if _, known := d.routes[other+" "+path]; known {
			allowed = append(allowed, other)
		}
	}
	if len(allowed) == 0 {
		http.NotFound(w, r)
		return
	}
	h.Set("Allow", strings.Join(allowed, ", "))
	http.Error(w, "use "+strings.Join(allowed, " or "), http.StatusMethodNotAllowed)
}

// servePage shows all functions, the one that the query names, or another page.
func (d *Dashboard) servePage(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	build := d.overview
	switch {
	case query.Get("function") != "":
		build = d.detail
	case query.Get("page") == "savings":
		build = d.savingsPage
	case query.Get("page") == "alerts":
		build = d.alertsPage
	}
	status, data := build(r)
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
