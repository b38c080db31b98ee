package doctor_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"prewarm/deploy/local/natsserver"
	"prewarm/deploy/prewarm/access"
	"prewarm/deploy/prewarm/doctor"
	"prewarm/shared/bus"
	"prewarm/shared/event"
	prom "prewarm/shared/prometheus"
	"prewarm/shared/series"
)

// world is an OpenFaaS with prewarm in which all is well, until a test breaks a part of it. The
// servers are in this process.
type world struct {
	t               *testing.T
	gateway, store  *httptest.Server
	nats            *natsserver.Server
	password        string // of the gateway
	provider        string // of /system/info
	secrets         string // JSON of /system/secrets
	mounts          map[string]string
	topic, schedule string // of the collector
	tick            string // JSON of the collector, "" if it hangs
	notices         string // JSON of the dashboard
	setBacks        string
	gatewayAhead    time.Duration // of its clock
	storeAhead      time.Duration
	sampleAge       time.Duration // of the newest sample in the store
	lacks           string        // metric that the store lacks, all for all of them
	alerting        bool          // the store sends alerts to an AlertManager
	keys            map[string]event.Keys
	cfg             doctor.Config
}

// key returns the keys of the chain in tests.
func key(secret string) event.Keys {
	return event.NewKeys("", []byte(strings.Repeat(secret, event.MinKey)))
}

// newWorld starts a world in which all is well.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{
		t: t, password: "right", provider: "faas-netes", topic: "cron-function", schedule: "*/1 * * * *", notices: "[]", setBacks: "[]",
		secrets: `[{"name":"prewarm-hmac-key"},{"name":"prewarm-gateway-password"}]`, mounts: map[string]string{}, sampleAge: 10 * time.Second,
		tick: fmt.Sprintf(`{"step_seconds":60,"last_step":%d,"last_result":"published","store_lag_seconds":1,"scrape_interval_seconds":15}`, time.Now().Unix()-20),
		keys: map[string]event.Keys{"collector": key("k"), "predictor": key("k"), "scaler": key("k")},
	}
	w.gateway, w.store = httptest.NewServer(http.HandlerFunc(w.serveGateway)), httptest.NewServer(http.HandlerFunc(w.serveStore))
	t.Cleanup(w.gateway.Close)
	t.Cleanup(w.store.Close)
	nats, err := natsserver.Start(natsserver.Options{Dir: t.TempDir(), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nats.Stop)
	w.nats = nats
	w.cfg = doctor.Config{
		Access: access.Config{Gateway: w.gateway.URL, Dashboard: w.gateway.URL + "/function/dashboard", User: "admin", Password: "right"},
		Store:  &prom.Config{URL: w.store.URL}, NATS: w.bus(nats.URL()), Keys: key("k"), Timeout: 5 * time.Second, Now: time.Now,
	}
	return w
}

func (w *world) bus(url string) *bus.Config {
	return &bus.Config{URL: url, Timeout: 2 * time.Second, DecisionsAge: time.Hour, DecisionsSize: 1 << 20, TransitSize: 1 << 20, Keys: key("k"), Log: slog.New(slog.DiscardHandler)}
}

// chain creates the streams, and sends a message of each function with its own key.
func (w *world) chain() {
	w.t.Helper()
	b, err := bus.Connect(*w.cfg.NATS)
	if err != nil {
		w.t.Fatal(err)
	}
	defer b.Close()
	if err := b.EnsureStreams(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	step := time.Now().Unix() / 60 * 60
	for function, payload := range payloads(step) {
		typ := map[string]string{"collector": event.TypeWindows, "predictor": event.TypeForecasts, "scaler": event.TypeDecisions}[function]
		env, body, err := event.Seal(w.keys[function], typ, step, "0", payload)
		if err == nil {
			err = b.Publish(w.t.Context(), env, body)
		}
		if err != nil {
			w.t.Fatal(err)
		}
	}
}

// payloads returns a message of each function about one step.
func payloads(step int64) map[string]event.Payload {
	const shop = "shop.openfaas-fn"
	window := series.Window{StepSeconds: 60, Start: step - 120, Counts: []int32{0, 1}}
	return map[string]event.Payload{
		"collector": &event.Windows{Windows: []event.FunctionWindow{{Function: shop, Window: window, Concurrency: 1}}},
		"predictor": &event.Forecasts{Model: "m", Forecasts: []event.Forecast{{Function: shop, Origin: step, StepSeconds: 60, NoData: "not enough steps", Observation: event.Observation{Concurrency: 1}}}},
		"scaler":    &event.Decisions{Decisions: []event.Decision{{Function: shop, Step: step, Time: time.Now(), Mode: "active"}}},
	}
}

// serveGateway is the gateway, with the functions behind it.
func (w *world) serveGateway(rw http.ResponseWriter, r *http.Request) {
	rw.Header().Set("Date", time.Now().Add(w.gatewayAhead).UTC().Format(http.TimeFormat))
	rw.Header().Set("Content-Type", "application/json")
	if _, password, _ := r.BasicAuth(); strings.HasPrefix(r.URL.Path, "/system/") && password != w.password {
		http.Error(rw, "invalid credentials", http.StatusUnauthorized)
		return
	}
	switch r.URL.Path {
	case "/system/functions":
		_ = json.NewEncoder(rw).Encode(w.functions())
	case "/system/namespaces":
		fmt.Fprint(rw, `["openfaas-fn"]`)
	case "/system/info":
		fmt.Fprintf(rw, `{"provider":{"provider":%q,"orchestration":"kubernetes"}}`, w.provider)
	case "/system/secrets":
		fmt.Fprint(rw, w.secrets)
	case "/function/collector":
		if w.tick == "" {
			<-r.Context().Done()
			return
		}
		fmt.Fprint(rw, w.tick)
	case "/function/dashboard/api/status":
		fmt.Fprintf(rw, `{"newest":%d,"paused":false,"alerts":0,"notices":%s}`, time.Now().Unix()-20, w.notices)
	case "/function/dashboard/api/overview":
		fmt.Fprintf(rw, `{"step_seconds":60,"rows":[{"function":"shop.openfaas-fn","set_backs":%s}]}`, w.setBacks)
	default:
		http.NotFound(rw, r)
	}
}

// functions is the answer of /system/functions.
func (w *world) functions() (list []map[string]any) {
	for _, name := range []string{"collector", "predictor", "scaler", "dashboard"} {
		mounted := w.mounts[name]
		if mounted == "" {
			mounted = "prewarm-hmac-key"
		}
		f := map[string]any{"name": name, "namespace": "openfaas-fn", "replicas": 1, "availableReplicas": 1, "secrets": []string{mounted}, "labels": map[string]string{}}
		if name == "collector" {
			f["annotations"] = map[string]string{"topic": w.topic, "schedule": w.schedule}
		}
		list = append(list, f)
	}
	shop := map[string]any{
		"name": "shop", "namespace": "openfaas-fn", "replicas": 1, "availableReplicas": 1,
		"labels": map[string]string{"com.openfaas.scale.min": "1", "com.openfaas.scale.max": "1"}, "annotations": map[string]string{"prewarm.mode": "active"},
	}
	return append(list, shop)
}

// serveStore is a Prometheus.
func (w *world) serveStore(rw http.ResponseWriter, r *http.Request) {
	rw.Header().Set("Date", time.Now().Add(w.storeAhead).UTC().Format(http.TimeFormat))
	rw.Header().Set("Content-Type", "application/json")
	query := r.FormValue("query")
	switch r.URL.Path {
	case "/api/v1/query":
		if query == "1" {
			fmt.Fprint(rw, `{"status":"success","data":{"resultType":"scalar","result":[1,"1"]}}`)
			return
		}
		result := "[]"
		if v, some := w.value(query); some {
			result = fmt.Sprintf(`[{"metric":{},"value":[1,"%g"]}]`, v)
		}
		fmt.Fprintf(rw, `{"status":"success","data":{"resultType":"vector","result":%s}}`, result)
	case "/api/v1/alertmanagers":
		active := "[]"
		if w.alerting {
			active = `[{"url":"http://alertmanager:9093/api/v2/alerts"}]`
		}
		fmt.Fprintf(rw, `{"status":"success","data":{"activeAlertmanagers":%s,"droppedAlertmanagers":[]}}`, active)
	case "/api/v1/rules":
		fmt.Fprint(rw, `{"status":"success","data":{"groups":[{"name":"openfaas","rules":[{"name":"APIHighInvocationRate","type":"alerting"}]}]}}`)
	default:
		http.NotFound(rw, r)
	}
}

// value is the answer to a query of the newest sample, or of the number of samples. Like
// Prometheus, it dates samples by its own clock, and shows none after five minutes without one.
func (w *world) value(query string) (float64, bool) {
	switch {
	case w.lacks == "all" || w.lacks != "" && strings.Contains(query, w.lacks+"{") || w.lacks != "" && strings.Contains(query, w.lacks+")"):
		return 0, false
	case strings.HasPrefix(query, "max(timestamp("):
		return float64(time.Now().Add(w.storeAhead-w.sampleAge).UnixMilli()) / 1000, w.sampleAge < 5*time.Minute
	case strings.HasPrefix(query, "max_over_time("):
		return float64(time.Now().Add(w.storeAhead-w.sampleAge).UnixMilli()) / 1000, true
	case strings.HasPrefix(query, "max(count_over_time("):
		return 40, true
	}
	w.t.Errorf("the store was asked %q", query)
	return 0, false
}

// examine runs doctor, and returns all lines.
func (w *world) examine() (lines []doctor.Line) {
	w.t.Helper()
	if err := doctor.Run(context.Background(), w.cfg, func(l doctor.Line) { lines = append(lines, l) }); err != nil {
		w.t.Fatal(err)
	}
	return lines
}

// finds checks that doctor has one finding, of a check, whose text has a part, and which says
// what to do.
func (w *world) finds(check, part string) {
	w.t.Helper()
	var found []doctor.Line
	for _, l := range w.examine() {
		if l.Level == doctor.Finding {
			found = append(found, l)
		}
	}
	if len(found) != 1 || found[0].Check != check || !strings.Contains(found[0].Text, part) || found[0].Do == "" {
		w.t.Errorf("want the finding %s with %q, got %+v", check, part, found)
	}
}
