package main

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"prewarm/deploy/local/natsserver"
	"prewarm/shared/bus"
	"prewarm/shared/event"
	"prewarm/shared/testbed"
)

func TestTheProgramFromStartToSignal(t *testing.T) {
	// NATS with a message, and a gateway whose only function takes it.
	server, err := natsserver.Start(natsserver.Options{Dir: t.TempDir(), Token: "t0ken", Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	publish(t, server.URL())
	received := make(chan string, 1)
	gateway := httptest.NewServer(newGateway(received))
	t.Cleanup(gateway.Close)

	ctx, signal := context.WithCancel(t.Context())
	address, ended := make(chan net.Addr, 1), make(chan error, 1)
	values := map[string]string{
		"nats_url": server.URL(), "nats_token": "t0ken", "gateway_url": gateway.URL,
		"topics": "prewarm.forecasts", "listen": "127.0.0.1:0",
	}
	getenv := func(key string) string { return values[key] }
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	go func() { ended <- run(ctx, getenv, log, func(a net.Addr) { address <- a }) }()
	base := "http://" + (<-address).String()

	if body := <-received; body != "hello" {
		t.Errorf("the function received %q", body)
	}
	if status, _ := testbed.Get(t, base+"/healthz"); status != http.StatusOK {
		t.Errorf("/healthz: %d", status)
	}
	if status, text := testbed.Get(t, base+"/readyz"); status != http.StatusOK {
		t.Errorf("/readyz: %d %s", status, text)
	}
	const figure = `prewarm_connector_deliveries_total{function="scaler.openfaas-fn",result="delivered",subject="prewarm.forecasts"} 1`
	testbed.Eventually(t, "the delivery is in the metrics", func() bool {
		_, text := testbed.Get(t, base+"/metrics")
		return strings.Contains(text, figure)
	})

	signal()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if _, err := net.Dial("tcp", strings.TrimPrefix(base, "http://")); err == nil {
		t.Error("still listening after the end")
	}
}

func TestAProgramThatCannotWorkSaysWhy(t *testing.T) {
	for want, values := range map[string]map[string]string{
		"max_deliver must be between": {"max_deliver": "0"},
		"listen must be":              {"listen": "nowhere"},
		"nats_ca_file":                {"listen": "127.0.0.1:0", "nats_ca_file": "/nonexistent"},
	} {
		err := run(t.Context(), func(key string) string { return values[key] }, slog.New(slog.DiscardHandler), nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

func publish(t *testing.T, address string) {
	t.Helper()
	conn, err := nats.Connect(address, nats.Token("t0ken"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: bus.StreamForecasts, Subjects: []string{event.TypeForecasts}}); err != nil {
		t.Fatal(err)
	}
	if _, err := js.Publish(t.Context(), event.TypeForecasts, []byte("hello")); err != nil {
		t.Fatal(err)
	}
}

func newGateway(received chan<- string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /system/namespaces", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `["openfaas-fn"]`)
	})
	mux.HandleFunc("GET /system/functions", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `[{"name":"scaler","annotations":{"topic":"prewarm.forecasts"}}]`)
	})
	mux.HandleFunc("POST /function/scaler.openfaas-fn", func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		received <- string(body)
	})
	return mux
}
