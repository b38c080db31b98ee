package doctor_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"prewarm/deploy/prewarm/doctor"
	"prewarm/shared/bus"
)

func TestAllIsWell(t *testing.T) {
	w := newWorld(t)
	w.chain()
	checks := map[string]bool{}
	for _, l := range w.examine() {
		if l.Level != doctor.OK || l.Do != "" {
			t.Errorf("got %+v", l)
		}
		checks[l.Check] = true
	}
	for _, check := range []string{"gateway", "functions", "dashboard", "store", "store-metrics", "store-lag", "controllers", "nats", "streams", "keys", "cron", "clocks"} {
		if !checks[check] {
			t.Errorf("%s was not checked", check)
		}
	}
}

func TestAWrongAddressOfTheGateway(t *testing.T) {
	w := newWorld(t)
	w.chain()
	other := httptest.NewServer(http.NotFoundHandler())
	defer other.Close()
	w.cfg.Access.Gateway = other.URL // the dashboard is reached by an address of its own
	w.finds("gateway", "something else than an OpenFaaS gateway answers")
	nobody := httptest.NewServer(nil)
	nobody.Close()
	w.cfg.Access.Gateway = nobody.URL
	w.finds("gateway", "does not answer")
}

func TestAWrongPasswordOfTheGateway(t *testing.T) {
	w := newWorld(t)
	w.chain()
	w.cfg.Access.Password = "wrong"
	w.finds("password", "refuses the user admin")
	w.cfg.Access.Password = ""
	w.finds("password", "none is given")
	for _, l := range w.examine() {
		if strings.Contains(l.Text+l.Do, "wrong") {
			t.Errorf("the password is shown: %+v", l)
		}
	}
}

func TestTheCommunityEditionWithAlertManager(t *testing.T) {
	w := newWorld(t)
	w.chain()
	w.provider, w.alerting = "faas-netes-ce", true
	w.finds("controllers", "AlertManager on")
	// Without it nothing else scales, and a store that does not tell is no finding.
	w.alerting = false
	for _, l := range w.examine() {
		if l.Check == "controllers" && (l.Level != doctor.OK || !strings.Contains(l.Text, "without AlertManager")) {
			t.Errorf("got %+v", l)
		}
	}
	w.cfg.Store = nil
	for _, l := range w.examine() {
		if l.Check == "controllers" && (l.Level != doctor.Warning || !strings.Contains(l.Text, "is not known")) {
			t.Errorf("got %+v", l)
		}
	}
	w.setBacks = `[{"by":"alertmanager","count":3,"cold_starts":1}]`
	w.finds("controllers", "alertmanager has set back 3 numbers of prewarm for shop.openfaas-fn")
}

func TestAStoreThatDoesNotAnswer(t *testing.T) {
	w := newWorld(t)
	w.chain()
	w.store.Close()
	w.finds("store", "does not answer")
}

func TestAStoreThatLags(t *testing.T) {
	w := newWorld(t)
	w.chain()
	for _, age := range []time.Duration{2 * time.Minute, 20 * time.Minute} { // the second is beyond the lookback of a query
		w.sampleAge = age
		w.finds("store-lag", "the newest sample of the gateway is "+strings.TrimSuffix(age.String(), "0s"))
	}
	// Scrapes are recent, but are shown late, or are too rare.
	w.sampleAge = 10 * time.Second
	w.tick = strings.Replace(w.tick, `"store_lag_seconds":1`, `"store_lag_seconds":45`, 1)
	w.finds("store-lag", "shows a scrape after 45s")
	w.tick = strings.Replace(strings.Replace(w.tick, `"store_lag_seconds":45`, `"store_lag_seconds":1`, 1), `"scrape_interval_seconds":15`, `"scrape_interval_seconds":120`, 1)
	w.finds("store-lag", "scraped every 2m0s")
}

func TestAStoreWithoutTheMetricsOfTheGateway(t *testing.T) {
	w := newWorld(t)
	w.chain()
	w.lacks = "all"
	w.finds("store-metrics", "no metrics of the gateway")
	w.lacks = "gateway_function_invocation_started"
	w.finds("store-metrics", "lacks gateway_function_invocation_started")
}

func TestNATSThatDoesNotAnswer(t *testing.T) {
	w := newWorld(t)
	w.chain()
	w.nats.Stop()
	w.cfg.NATS.Timeout = 100 * time.Millisecond
	w.finds("nats", "does not answer")
	w.cfg.NATS.URL = "nats://user:hidden@127.0.0.1:1"
	for _, l := range w.examine() {
		if strings.Contains(l.Text+l.Do, "hidden") {
			t.Errorf("the password is shown: %+v", l)
		}
	}
}

// jetStream returns JetStream on a connection of the test.
func (w *world) jetStream() jetstream.JetStream {
	w.t.Helper()
	conn, err := nats.Connect(w.nats.URL())
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(conn.Close)
	js, err := jetstream.New(conn)
	if err != nil {
		w.t.Fatal(err)
	}
	return js
}

func TestAMissingStream(t *testing.T) {
	w := newWorld(t)
	w.chain()
	if err := w.jetStream().DeleteStream(t.Context(), bus.StreamForecasts); err != nil {
		t.Fatal(err)
	}
	w.finds("streams", "the stream PREWARM_FORECASTS is missing")
}

func TestAForeignStream(t *testing.T) {
	w := newWorld(t)
	w.chain()
	js := w.jetStream()
	if err := js.DeleteStream(t.Context(), bus.StreamDecisions); err != nil {
		t.Fatal(err)
	}
	if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "AUDIT", Subjects: []string{"prewarm.decisions"}}); err != nil {
		t.Fatal(err)
	}
	w.finds("streams", `stream "AUDIT" with subjects "prewarm.decisions"`)
}

func TestAMissingKey(t *testing.T) {
	w := newWorld(t)
	w.chain()
	w.mounts["scaler"] = "another-secret"
	w.finds("keys", "is not mounted in: scaler")
	for _, name := range []string{"collector", "predictor", "dashboard"} {
		w.mounts[name] = "another-secret"
	}
	w.secrets = `[]`
	w.finds("keys", "the secret prewarm-hmac-key is missing")
}

// The gateway lists the secrets that it has made, and not those of a chart.
func TestASecretThatTheGatewayDoesNotList(t *testing.T) {
	w := newWorld(t)
	w.chain()
	w.secrets = `[]`
	for _, l := range w.examine() {
		if l.Level == doctor.Finding {
			t.Errorf("found %+v", l)
		}
	}
}

func TestKeysThatDiffer(t *testing.T) {
	w := newWorld(t)
	w.keys["predictor"] = key("x")
	w.chain()
	w.finds("keys", "signs with another key than the rest: predictor")
	// Without a key of its own, doctor has the word of the dashboard.
	w.cfg.Keys = doctor.Config{}.Keys
	w.notices = `[{"class":"error","text":"3 messages were refused, because their signature does not match. All functions of the suite need the same secret prewarm-hmac-key."}]`
	w.finds("keys", "their signature does not match")
}

func TestAKeyThatIsNotThatOfTheChain(t *testing.T) {
	w := newWorld(t)
	w.chain()
	w.cfg.Keys = key("z")
	w.finds("keys", "the given prewarm-hmac-key is not the key of the functions")
}

func TestCronThatDoesNotFire(t *testing.T) {
	w := newWorld(t)
	w.chain()
	w.tick = `{"step_seconds":60,"last_step":0,"last_result":""}`
	w.finds("cron", "nobody has called the collector")
	w.tick = `{"step_seconds":60,"last_step":1700000000,"last_result":"nothing_new"}`
	w.finds("cron", "cron does not fire")
	w.tick = `{"step_seconds":60,"last_step":1700000000,"last_result":"store_unavailable"}`
	w.finds("cron", "the ticks of the collector fail: store_unavailable")
	w.topic = "cron"
	w.finds("cron", "must be cron-function")
}

func TestACollectorThatHangs(t *testing.T) {
	w := newWorld(t)
	w.chain()
	w.tick, w.cfg.Timeout = "", 2*time.Second
	w.finds("functions", "the collector is ready by the gateway, and does not answer")
}

func TestClocksThatAreApart(t *testing.T) {
	w := newWorld(t)
	w.chain()
	w.storeAhead = 3 * time.Minute
	w.finds("clocks", "the clock of store is 3m0s ahead of")
}

// The ages of the other lines are by the clock of the gateway: cron is fine.
func TestAClockOfTheGatewayThatIsBehind(t *testing.T) {
	w := newWorld(t)
	w.chain()
	w.gatewayAhead = -10 * time.Second
	w.finds("clocks", "the clock of gateway is 10s behind")
}

func TestTheClockOfThisMachineIsNoFinding(t *testing.T) {
	w := newWorld(t)
	w.chain()
	w.cfg.Now = func() time.Time { return time.Now().Add(-2 * time.Minute) }
	for _, l := range w.examine() {
		if l.Level == doctor.Finding || l.Check == "clocks" && (l.Level != doctor.Warning || !strings.Contains(l.Text, "this machine is 2m0s behind those of")) {
			t.Errorf("got %+v", l)
		}
	}
}

func TestAnInterruptEndsTheExamination(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	lines := 0
	err := doctor.Run(ctx, w.cfg, func(doctor.Line) { lines++; cancel() })
	if !errors.Is(err, context.Canceled) || lines > 3 {
		t.Errorf("%d lines, %v", lines, err)
	}
}
