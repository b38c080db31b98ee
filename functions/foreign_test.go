package functions_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"prewarm/deploy/local/natsserver"
	"prewarm/functions/collector"
	"prewarm/functions/dashboard"
	"prewarm/functions/predictor"
	"prewarm/functions/scaler"
	"prewarm/shared/bus"
	"prewarm/shared/serve"
)

// foreignStream starts NATS with the stream of another team, and returns the environment of
// the functions.
func foreignStream(t *testing.T) func(string) string {
	t.Helper()
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
	if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "events", Subjects: []string{"prewarm.>"}}); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, content := range map[string]string{"prewarm-hmac-key": "0123456789abcdef", "prewarm-gateway-password": "pw"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	values := map[string]string{"secrets_dir": dir, "nats_url": server.URL(), "bind": "127.0.0.1", "handler_port": "0"}
	return func(key string) string { return values[key] }
}

// A function in a stream of somebody else would lose messages by its limits, and give its
// readers what they do not understand.
func TestEveryFunctionEndsIfAForeignStreamHasItsSubjects(t *testing.T) {
	getenv := foreignStream(t)
	for name, start := range map[string]func(context.Context) (any, error){
		"collector": func(ctx context.Context) (any, error) { return collector.New(ctx, getenv) },
		"predictor": func(ctx context.Context) (any, error) { return predictor.New(ctx, getenv) },
		"scaler":    func(ctx context.Context) (any, error) { return scaler.New(ctx, getenv) },
		"dashboard": func(ctx context.Context) (any, error) { return dashboard.New(ctx, getenv) },
	} {
		ctx, cancel := context.WithCancel(t.Context())
		function, err := start(ctx)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		err = serve.Main(ctx, getenv, function)
		cancel()
		if !errors.Is(err, bus.ErrForeignStream) || !strings.Contains(err.Error(), `stream "events" with subjects "prewarm.>"`) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
