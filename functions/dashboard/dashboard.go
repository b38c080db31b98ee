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
	"prewarm/shared/event"
	"prewarm/shared/policy"
)

// Config is the configuration of the dashboard.
type Config struct {
	Key          []byte        // secret prewarm-hmac-key: what the messages are signed with
	Step         time.Duration // step: length of a step; without messages for three, the page warns
	Refresh      time.Duration // dashboard_refresh: how often the page reloads where there is no JavaScript, 0 for never
	Stream       time.Duration // dashboard_stream: after how long a page comes back for updates; below the gateway's timeout
	Savings      time.Duration // dashboard_savings: how far back decisions are counted at the start
	KeepAlive    int           // keep_alive_steps: what savings are compared with
	AlertCold    float64       // alert_cold_starts: expected in the next hour of steps, above which an alert begins
	Webhook      string        // secret prewarm-alert-webhook, or alert_webhook: where alerts are posted, empty for nowhere
	Token        string        // secret prewarm-dashboard-token: lets its owner pause, empty for nobody
	Gateway      string        // gateway_url: whose credentials let their owner pause and set modes
	Path         string        // dashboard_path: where the gateway serves this function
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
		Stream:       r.Duration("dashboard_stream", 25*time.Second, time.Second, time.Hour),
		Savings:      r.Duration("dashboard_savings", 7*24*time.Hour, time.Minute, 90*24*time.Hour),
		KeepAlive:    r.Int("keep_alive_steps", policy.DefaultConfig().KeepAlive, 1, 60),
		AlertCold:    r.Float("alert_cold_starts", 1.5, 0, event.Horizons),
		Webhook:      readWebhook(r),
		Token:        readToken(r),
		Gateway:      r.URL("gateway_url", "http://gateway.openfaas:8080", "http", "https"),
		Path:         r.String("dashboard_path", "/function/dashboard"),
		History:      r.Duration("dashboard_history", 30*time.Minute, time.Second, 24*time.Hour),
		MaxFunctions: r.Int("dashboard_max_functions", 2000, 1, 100_000),
	}
}

// readWebhook returns the address that alerts are posted to, empty for none.
func readWebhook(r *config.Reader) string {
	if secret := r.OptionalSecret("prewarm-alert-webhook"); secret != "" {
		return secret
	}
	if r.String("alert_webhook", "") == "" {
		return ""
	}
	return r.URL("alert_webhook", "", "http", "https")
}

// readToken returns the token that lets its owner pause, empty for none.
func readToken(r *config.Reader) string {
	if r.OptionalSecret("prewarm-dashboard-token") == "" {
		return ""
	}
	return string(r.Key("prewarm-dashboard-token", event.MinKey))
}

// Dashboard is the function. It implements http.Handler.
type Dashboard struct {
	cfg      Config
	source   Source
	view     *view
	ledger   *ledger
	intake   *intake
	watch    *watch
	sessions *sessions
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
		origin: http.NewCrossOriginProtection(), registry: prometheus.NewRegistry(), assets: newAssets(),
		epoch: rand.Text()[:10], exports: make(chan struct{}, maxExports), close: func() error { return nil },
	}
	d.intake = &intake{key: cfg.Key, view: d.view, log: log, metrics: newMetrics(d.registry, d)}
	d.page, d.policy = d.parsePage()
	d.routes = d.newRoutes()
	return d
}

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
