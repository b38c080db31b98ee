package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"prewarm/deploy/keda"
	"prewarm/deploy/keda/externalscaler"
	"prewarm/deploy/local/natsserver"
	"prewarm/shared/bus"
	"prewarm/shared/event"
	"prewarm/shared/testbed"
)

const signingKey = "a key of sixteen bytes"

func TestTheProgramFromStartToSignal(t *testing.T) {
	// NATS with a decision of now, and a gateway that has the function.
	server, err := natsserver.Start(natsserver.Options{Dir: t.TempDir(), Token: "t0ken", Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	publish(t, server.URL())
	gateway := httptest.NewServer(newGateway())
	t.Cleanup(gateway.Close)

	ctx, signal := context.WithCancel(t.Context())
	addresses, ended := make(chan [2]net.Addr, 1), make(chan error, 1)
	values := map[string]string{
		"nats_url": server.URL(), "nats_token": "t0ken", "gateway_url": gateway.URL, "secrets_dir": secrets(t),
		"listen": "127.0.0.1:0", "listen_metrics": "127.0.0.1:0", "gateway_poll": "100ms", "decisions_max_bytes": "1048576",
	}
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	go func() {
		ended <- run(ctx, func(k string) string { return values[k] }, log, func(a, b net.Addr) { addresses <- [2]net.Addr{a, b} })
	}()
	servers := <-addresses

	conn, err := grpc.NewClient(servers[0].String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	client := externalscaler.NewExternalScalerClient(conn)
	ref := &externalscaler.ScaledObjectRef{Name: "hello", Namespace: "openfaas-fn"}
	testbed.Eventually(t, "KEDA reads the decision", func() bool {
		answer, err := client.GetMetrics(t.Context(), &externalscaler.GetMetricsRequest{ScaledObjectRef: ref, MetricName: keda.Metric})
		return err == nil && answer.MetricValues[0].MetricValueFloat == 4
	})

	base := "http://" + servers[1].String()
	for _, path := range []string{"/healthz", "/readyz"} {
		if status, text := testbed.Get(t, base+path); status != http.StatusOK {
			t.Errorf("%s: %d %s", path, status, text)
		}
	}
	if _, text := testbed.Get(t, base+"/metrics"); !strings.Contains(text, "prewarm_keda_functions 1") || !strings.Contains(text, `prewarm_keda_messages_total{result="learned"} 1`) {
		t.Errorf("metrics:\n%s", text)
	}
	server.Stop()
	testbed.Eventually(t, "the program is not ready without NATS", func() bool {
		status, _ := testbed.Get(t, base+"/readyz")
		return status == http.StatusServiceUnavailable
	})
	if status, _ := testbed.Get(t, base+"/healthz"); status != http.StatusOK {
		t.Error("/healthz must not fail without NATS")
	}
	signal()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestAForeignStreamEndsTheProgram(t *testing.T) {
	server, err := natsserver.Start(natsserver.Options{Dir: t.TempDir(), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	conn, err := nats.Connect(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "events", Subjects: []string{"prewarm.decisions"}}); err != nil {
		t.Fatal(err)
	}
	values := map[string]string{"nats_url": server.URL(), "secrets_dir": secrets(t), "listen": "127.0.0.1:0", "listen_metrics": "127.0.0.1:0"}
	err = run(t.Context(), func(k string) string { return values[k] }, slog.New(slog.DiscardHandler), nil)
	if !errors.Is(err, bus.ErrForeignStream) || !strings.Contains(err.Error(), `"events"`) {
		t.Errorf("got %v", err)
	}
}

func TestAWrongConfigurationIsNamed(t *testing.T) {
	dir := secrets(t)
	for want, values := range map[string]map[string]string{
		"secret prewarm-hmac-key must be":  {"secrets_dir": t.TempDir()},
		"decision_max_age must be between": {"secrets_dir": dir, "decision_max_age": "0s"},
		"listen must be an address":        {"secrets_dir": dir, "listen": "nowhere"},
		"listen_metrics must be":           {"secrets_dir": dir, "listen": "127.0.0.1:0", "listen_metrics": "nowhere"},
	} {
		err := run(t.Context(), func(k string) string { return values[k] }, slog.New(slog.DiscardHandler), nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

func secrets(t *testing.T) string {
	dir := t.TempDir()
	for name, value := range map[string]string{"prewarm-hmac-key": signingKey, "prewarm-gateway-password": "secret"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(value), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func publish(t *testing.T, address string) {
	t.Helper()
	b, err := bus.Connect(bus.Config{URL: address, Token: "t0ken", Timeout: 10 * time.Second, DecisionsAge: time.Hour, DecisionsSize: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	d := event.Decision{Function: "hello.openfaas-fn", Step: time.Now().Unix(), Time: time.Now(), Mode: "active", Actuator: "keda", Current: 1, Wanted: 4, Applied: -1, Observed: -1}
	env, body, err := event.Seal(event.NewKeys("", []byte(signingKey)), event.TypeDecisions, d.Step, "0", &event.Decisions{Decisions: []event.Decision{d}})
	if err != nil {
		t.Fatal(err)
	}
	testbed.Eventually(t, "the decision is published", func() bool { return b.Publish(t.Context(), env, body) == nil })
}

func newGateway() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /system/namespaces", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `["openfaas-fn"]`)
	})
	mux.HandleFunc("GET /system/functions", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `[{"name":"hello","namespace":"openfaas-fn","replicas":1,"availableReplicas":1}]`)
	})
	return mux
}
