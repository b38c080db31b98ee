package connector

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/prometheus/client_golang/prometheus"

	"prewarm/shared/bus"
	"prewarm/shared/testbed"
)

// newForeign returns a world in which the stream of another team has the subjects.
func newForeign(t *testing.T, subjects ...string) *world {
	t.Helper()
	w := newWorld(t)
	w.gateway.deploy("scaler", "prewarm.forecasts")
	for _, own := range []string{bus.StreamWindows, bus.StreamForecasts} {
		if err := w.js.DeleteStream(w.deadline(), own); err != nil {
			t.Fatal(err)
		}
	}
	w.createStream("events", subjects...)
	w.publish(strings.ReplaceAll(subjects[0], ">", "forecasts"), "1", "theirs")
	return w
}

// run runs the connector until it ends by itself.
func (w *world) run() error {
	w.t.Helper()
	c, err := New(w.config, slog.New(slog.NewTextHandler(w.t.Output(), nil)), prometheus.NewRegistry(), func() float64 { return 0.5 })
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	return c.Run(ctx)
}

func TestAForeignStreamEndsTheConnector(t *testing.T) {
	for subjects, want := range map[string]string{
		"prewarm.>": `stream "events" with subjects "prewarm.>" has prewarm.`,
		"dead.>":    `dead_prefix must be the begin of subjects that no other stream has, was: "dead": `,
	} {
		t.Run(subjects, func(t *testing.T) {
			w := newForeign(t, subjects)
			if err := w.run(); !errors.Is(err, bus.ErrForeignStream) || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), `"events"`) {
				t.Errorf("got %v, want %s", err, want)
			}
			if n := len(w.gateway.calls("scaler")); n != 0 {
				t.Errorf("a function got %d messages of another team", n)
			}
		})
	}
}

func TestAForeignStreamIsFoundWhenNATSComesLater(t *testing.T) {
	w := newForeign(t, "prewarm.>")
	ended := make(chan error, 1)
	w.restartNATS(func() { go func() { ended <- w.run() }() })
	if err := <-ended; !errors.Is(err, bus.ErrForeignStream) {
		t.Errorf("got %v", err)
	}
}

// Subjects that are not the chain's may be in any stream.
func TestOtherSubjectsAreDeliveredFromAnyStream(t *testing.T) {
	w := newForeign(t, "orders.>")
	w.config.Topics = []string{"orders.forecasts"}
	w.gateway.deploy("shop", "orders.forecasts")
	w.start()
	w.gateway.await("shop", 1)
}

// secured serves a gateway below a path, over TLS, to clients with a certificate, and
// without namespaces.
func secured(t *testing.T, authority *testbed.Authority, gateway http.Handler) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.Handle("/openfaas/", http.StripPrefix("/openfaas", gateway))
	mux.Handle("/openfaas/system/namespaces", http.NotFoundHandler())
	srv := httptest.NewUnstartedServer(mux)
	srv.TLS = authority.Server(true)
	srv.StartTLS()
	t.Cleanup(srv.Close)
	return srv.URL + "/openfaas/"
}

// certificates writes certificates of the authority and returns the keys that name them.
func certificates(t *testing.T, authority *testbed.Authority, service string) map[string]string {
	t.Helper()
	cert, key := authority.Issue("connector", time.Now().Add(time.Hour))
	dir, keys := t.TempDir(), map[string]string{}
	for part, content := range map[string][]byte{"ca": authority.PEM(), "cert": cert, "key": key} {
		path := filepath.Join(dir, part)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		keys[service+"_"+part+"_file"] = path
	}
	return keys
}

func TestAGatewayBelowAPathIsCalledOverTLS(t *testing.T) {
	w := newWorld(t)
	authority := testbed.NewAuthority(t)
	keys := certificates(t, authority, "gateway")
	keys["gateway_url"] = secured(t, authority, w.gateway.handler())
	cfg, err := ReadConfig(env(keys))
	if err != nil {
		t.Fatal(err)
	}
	w.config.Gateway = cfg.Gateway
	w.gateway.deploy("scaler", "prewarm.forecasts")
	w.start()
	w.publish("prewarm.forecasts", "1", "1")
	w.gateway.await("scaler", 1)
}

func TestNATSIsReachedOverTLS(t *testing.T) {
	authority := testbed.NewAuthority(t)
	srv, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true, TLSConfig: authority.Server(true)})
	if err != nil {
		t.Fatal(err)
	}
	go srv.Start()
	defer srv.Shutdown()
	if !srv.ReadyForConnections(20 * time.Second) {
		t.Fatal("NATS does not start")
	}
	keys := certificates(t, authority, "nats")
	keys["nats_url"] = strings.Replace(srv.ClientURL(), "nats://", "tls://", 1)
	for want, keys := range map[string]map[string]string{
		"has not listed its functions": keys, // NATS is connected
		"not connected to NATS: mount the certificate of its authority as secret nats-ca": {"nats_url": keys["nats_url"]},
	} {
		cfg, err := ReadConfig(env(keys))
		if err != nil {
			t.Fatal(err)
		}
		cfg.Gateway.URL = "http://127.0.0.1:1"
		c, err := New(cfg, slog.New(slog.DiscardHandler), prometheus.NewRegistry(), func() float64 { return 0.5 })
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- c.Run(ctx) }()
		testbed.Eventually(t, "the connector is not ready: "+want, func() bool {
			err := c.Ready()
			return err != nil && strings.Contains(err.Error(), want)
		})
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}
