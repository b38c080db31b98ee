package functions_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"prewarm/functions/collector"
	"prewarm/functions/dashboard"
	"prewarm/functions/predictor"
	"prewarm/functions/scaler"
)

// A damaged certificate would otherwise show as a connection that never comes about.
func TestEveryFunctionNamesADamagedCertificateAtItsStart(t *testing.T) {
	starts := map[string]func(context.Context, func(string) string) (any, error){
		"collector": func(ctx context.Context, getenv func(string) string) (any, error) { return collector.New(ctx, getenv) },
		"predictor": func(ctx context.Context, getenv func(string) string) (any, error) { return predictor.New(ctx, getenv) },
		"scaler":    func(ctx context.Context, getenv func(string) string) (any, error) { return scaler.New(ctx, getenv) },
		"dashboard": func(ctx context.Context, getenv func(string) string) (any, error) { return dashboard.New(ctx, getenv) },
	}
	for secret, functions := range map[string][]string{
		"gateway-ca":    {"collector", "scaler", "dashboard"},
		"prometheus-ca": {"collector"},
		"nats-ca":       {"collector", "predictor", "scaler", "dashboard"},
	} {
		dir := t.TempDir()
		for name, content := range map[string]string{"prewarm-hmac-key": "0123456789abcdef", "prewarm-gateway-password": "pw", secret: "hunter2"} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		values := map[string]string{"secrets_dir": dir, "gateway_url": "https://gateway/openfaas", "prometheus_url": "https://prometheus"}
		for _, name := range functions {
			_, err := starts[name](t.Context(), func(key string) string { return values[key] })
			if err == nil || !strings.Contains(err.Error(), "secret "+secret+" must hold certificates in PEM") || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%s with a damaged %s: got %v", name, secret, err)
			}
		}
	}
}
