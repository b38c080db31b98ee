package functions_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"prewarm/functions/collector"
	"prewarm/functions/predictor"
	"prewarm/functions/scaler"
	"prewarm/shared/event"
)

// An alert on the increase of a counter sees the first failure only if it was 0 before.
func TestEveryPublisherExportsItsFailuresFromZero(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{event.KeySecret: "0123456789abcdef", "prewarm-gateway-password": "pw"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	values := map[string]string{"secrets_dir": dir, "nats_url": "nats://127.0.0.1:1"}
	getenv := func(key string) string { return values[key] }
	type function interface {
		Metrics() http.Handler
		Close() error
	}
	for subject, start := range map[string]func(context.Context) (function, error){
		event.TypeWindows:   func(ctx context.Context) (function, error) { return collector.New(ctx, getenv) },
		event.TypeForecasts: func(ctx context.Context) (function, error) { return predictor.New(ctx, getenv) },
		event.TypeDecisions: func(ctx context.Context) (function, error) { return scaler.New(ctx, getenv) },
	} {
		f, err := start(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		f.Metrics().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
		for _, cause := range []string{"refused", "unavailable"} {
			if want := `prewarm_publish_failures_total{cause="` + cause + `",subject="` + subject + `"} 0`; !strings.Contains(w.Body.String(), want) {
				t.Errorf("no %s in:\n%s", want, w.Body)
			}
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}
