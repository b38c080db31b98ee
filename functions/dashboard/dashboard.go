// Package dashboard is the function that shows what the chain knows and does.
//
// It reads the streams of windows, forecasts and decisions, and serves them as
// pages that update themselves, as a JSON API and as a stream of events. It also
// sums the savings, watches for alerts, and lets authenticated users pause all
// scaling and set the mode of a function.
//
// The state and its measures are in the packages view, history, quality and
// ledger below this one; the package itself wires them and handles requests.
package dashboard

import (
	"context"
	"crypto/rand"
	"html/template"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"prewarm/functions/dashboard/ledger"
	"prewarm/functions/dashboard/view"
	"prewarm/shared/bus"
	"prewarm/shared/config"
)

// Dashboard is the function. It implements http.Handler.
type Dashboard struct {
	cfg      Config
	source   Source
	view     *view.View
	ledger   *ledger.Ledger
	receiver *receiver
	watch    *watch
	scrapes  *scrapes
	now      func() time.Time
	log      *slog.Logger
	registry *prometheus.Registry

	// Pages and routes.
	page   *template.Template
	busy   http.Handler // the page to sign in, for a browser without a place
	policy string       // Content-Security-Policy
	assets map[string]asset
	routes http.Handler

	// Authentication.
	sessions *sessions
	devices  deviceCookies
	throttle throttle
	gateway  controller // nil if there is none
	origin   *http.CrossOriginProtection

	limits   limits
	epoch    string          // prefix of event IDs, different in each process
	stopping <-chan struct{} // closed when event streams must end

	close  func() error
	failed <-chan error // of the bus, nil for none
}

// New wires the dashboard from the environment and reads the streams until ctx
// ends.
func New(ctx context.Context, getenv func(string) string) (*Dashboard, error) {
	r := config.NewReader(getenv)
	cfg, busCfg := ReadConfig(r), bus.ReadConfig(r)
	busCfg.Name, busCfg.Keys = "prewarm-dashboard", cfg.Keys
	if err := r.Err(); err != nil {
		return nil, err
	}
	gateway, err := newGateway(cfg.Gateway, cfg.GatewayTLS)
	if err != nil {
		return nil, err
	}
	b, err := bus.Connect(busCfg)
	if err != nil {
		return nil, err
	}
	d := newDashboard(cfg, b, time.Now, slog.Default())
	d.gateway, d.close, d.failed = gateway, b.Close, b.Failed()
	d.stopping = stopSignal(ctx)
	// All of them end with ctx.
	go d.followModes(ctx)
	go d.receiver.follow(ctx, b, cfg.History)
	go d.receiver.followSavings(ctx, b, d.ledger, cfg.Savings)
	go d.runAlerts(ctx, newWebhook(cfg.Webhook).post)
	return d, nil
}

// stopSignal returns a channel that is closed at the first signal to stop. The
// server waits for its requests to finish, and event streams would hold it up.
func stopSignal(ctx context.Context) <-chan struct{} {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM, os.Interrupt)
	context.AfterFunc(ctx, stop)
	return ctx.Done()
}

// newDashboard returns a dashboard that reads no stream yet. Tests pass their own source
// and clock.
func newDashboard(cfg Config, source Source, now func() time.Time, log *slog.Logger) *Dashboard {
	d := &Dashboard{
		cfg: cfg, source: source, now: now, log: log, watch: &watch{}, scrapes: newScrapes(now), registry: prometheus.NewRegistry(),
		view: view.New(cfg.MaxFunctions), ledger: ledger.New(cfg.stepSeconds(), cfg.KeepAlive, cfg.MaxFunctions),
		assets: newAssets(), sessions: newSessions(), devices: newDeviceCookies(cfg.Keys), origin: http.NewCrossOriginProtection(),
		epoch: rand.Text()[:10], limits: newLimits(cfg.Stream), close: func() error { return nil },
	}
	d.receiver = newReceiver(cfg.Keys, d.view, clock{func() time.Time { return d.now() }, d.latestStep, d.forgetAhead}, newMetrics(d.registry, d), log)
	d.page, d.policy = d.parsePage()
	if cfg.Origin != "" {
		_ = d.origin.AddTrustedOrigin(cfg.Origin) // the configuration has checked it
	}
	d.busy = d.signInPage(http.StatusServiceUnavailable, "Too many pages are being loaded. Sign in, and this browser has a place of its own; or load the page again in some seconds.")
	// Last, because the routes refer to all other parts.
	d.routes = d.newMux()
	return d
}

// latestStep returns the latest time that a message may be about, in Unix seconds.
// The clocks of two nodes may differ by one step.
func (d *Dashboard) latestStep() int64 { return d.now().Add(d.cfg.Step).Unix() }

// Metrics returns the handler of the dashboard's own metrics.
func (d *Dashboard) Metrics() http.Handler {
	return d.scrapes.watch(promhttp.HandlerFor(d.registry, promhttp.HandlerOpts{}))
}

// Close closes the connection to NATS.
func (d *Dashboard) Close() error { return d.close() }

// Failed receives an error with which the dashboard must end: a foreign stream has the subjects
// of the chain.
func (d *Dashboard) Failed() <-chan error { return d.failed }
