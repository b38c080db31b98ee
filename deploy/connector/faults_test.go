package connector

import (
	"fmt"
	"net"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
)

func TestNATSRestartsWhileACallIsInFlight(t *testing.T) {
	w := newWorld(t)
	w.config.AckWait = 2 * time.Second
	w.gateway.deploy("scaler", "prewarm.forecasts")
	release := w.gateway.block("scaler")
	w.start()
	for i := range 3 {
		w.publish("prewarm.forecasts", "", fmt.Sprint(i))
	}
	w.gateway.await("scaler", 1)

	// The function ends its work while NATS is away.
	w.restartNATS(func() {
		release()
		w.eventually("the call ends", func() bool { return w.gateway.applied("scaler") == 1 })
	})

	// Nothing is lost, and the message whose acknowledgement came late is not
	// applied again.
	w.awaitAcknowledged("prewarm.forecasts", 3)
	bodies := map[string]int{}
	for _, c := range w.gateway.calls("scaler") {
		bodies[c.body]++
	}
	if len(bodies) != 3 || bodies["0"] != 1 || bodies["1"] != 1 || bodies["2"] != 1 {
		t.Errorf("want each message once, got %v", bodies)
	}
}

func TestNATSIsUnavailableAtTheStart(t *testing.T) {
	w := newWorld(t)
	w.gateway.deploy("scaler", "prewarm.forecasts")
	w.publish("prewarm.forecasts", "1", "1")
	w.restartNATS(func() {
		w.start()
		w.eventually("functions are known", func() bool { return w.connector.listed.Load() })
		if err := w.connector.Ready(); err == nil {
			t.Error("ready without NATS")
		}
	})
	w.gateway.await("scaler", 1)
	w.awaitAcknowledged("prewarm.forecasts", 1)
}

func TestTheGatewayIsUnavailableAtTheStart(t *testing.T) {
	w := newWorld(t)
	w.gateway.deploy("scaler", "prewarm.forecasts")
	w.gateway.restart(func() {
		w.start()
		w.publish("prewarm.forecasts", "1", "1")
		failed := func() float64 {
			return testutil.ToFloat64(w.connector.metrics.lookups.WithLabelValues("error"))
		}
		w.eventually("lookups fail", func() bool { return failed() >= 2 })
		if err := w.connector.Ready(); err == nil {
			t.Error("ready without knowing any function")
		}
	})
	w.gateway.await("scaler", 1)
	w.awaitAcknowledged("prewarm.forecasts", 1)
	if err := w.connector.Ready(); err != nil {
		t.Error(err)
	}
}

func TestAFailedLookupKeepsTheKnownFunctions(t *testing.T) {
	w := newWorld(t)
	w.gateway.deploy("scaler", "prewarm.forecasts")
	w.start()
	w.eventually("functions are known", func() bool { return w.connector.listed.Load() })

	// The gateway fails with an empty body, as if there were no functions.
	w.gateway.do(func() { w.gateway.down = 500 })
	failures := w.connector.metrics.lookups.WithLabelValues("error")
	w.eventually("a lookup fails", func() bool { return testutil.ToFloat64(failures) >= 1 })

	w.publish("prewarm.forecasts", "1", "1")
	w.gateway.await("scaler", 1)
}

func TestTheGatewayRestartsInMidStream(t *testing.T) {
	w := newWorld(t)
	w.config.MaxDeliver = 1000 // the gateway's absence is not counted out
	w.gateway.deploy("scaler", "prewarm.forecasts")
	w.start()
	w.publish("prewarm.forecasts", "1", "1")
	w.awaitAcknowledged("prewarm.forecasts", 1)

	w.gateway.restart(func() {
		w.publish("prewarm.forecasts", "2", "2")
		failed := w.connector.metrics.deliveries.WithLabelValues("prewarm.forecasts", "scaler.openfaas-fn", "failed")
		w.eventually("a delivery fails", func() bool { return testutil.ToFloat64(failed) >= 1 })
	})

	w.awaitAcknowledged("prewarm.forecasts", 2)
	if n := w.gateway.applied("scaler"); n != 2 {
		t.Errorf("want 2 messages applied, got %d", n)
	}
}

func TestTheGatewayAsksForCredentials(t *testing.T) {
	w := newWorld(t)
	w.gateway.user = "admin"
	w.config.Gateway.Username, w.config.Gateway.Password = "admin", "s3cret"
	w.gateway.deploy("scaler", "prewarm.forecasts")
	w.start()
	w.publish("prewarm.forecasts", "1", "1")

	if got := w.gateway.await("scaler", 1)[0].header.Get("Authorization"); got != "" {
		t.Errorf("a function received the gateway's credentials: %q", got)
	}
}

func TestMissingCredentialsAreAnErrorAtOnce(t *testing.T) {
	_, err := connect(NATSConfig{CredsFile: "/nonexistent"}, nil, nil)
	if err == nil || !containsAll(err.Error(), "nats_creds_file", "/nonexistent") {
		t.Errorf("want an error that names the key and the file, got %v", err)
	}
}

// restart closes the gateway with all its connections, calls meanwhile and
// serves again on the same address.
func (g *gateway) restart(meanwhile func()) {
	g.t.Helper()
	address := g.server.Listener.Addr().String()
	g.server.CloseClientConnections()
	g.server.Close()
	meanwhile()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		g.t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(g.handler())
	server.Listener.Close()
	server.Listener = listener
	server.Start()
	g.server = server
}
