// Package functions_test checks what the functions have in common: the configuration that
// README.md documents, and the refusal of foreign streams.
package functions_test

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"prewarm/deploy/keda"
	"prewarm/functions/collector"
	"prewarm/functions/dashboard"
	"prewarm/functions/predictor"
	"prewarm/functions/scaler"
	"prewarm/functions/workload"
	"prewarm/shared/bus"
	"prewarm/shared/config"
	"prewarm/shared/openfaas"
	prom "prewarm/shared/prometheus"
	"prewarm/shared/serve"
)

// notRead are the keys that the README names and that the packages below do not read:
// those of the main function of the external scaler, and of the loggers.
var notRead = []string{"listen", "listen_metrics", "log_level"}

// row matches the keys of a row in a table of the section "Configuration".
var row = regexp.MustCompile("(?m)^\\| (`[a-z_]+`(?:, `[a-z_]+`)*) \\|")

// documented returns the keys that README.md documents.
func documented(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n## Configuration\n")
	section, _, _ = strings.Cut(section, "\n## ")
	keys := map[string]bool{}
	for _, m := range row.FindAllStringSubmatch(section, -1) {
		for key := range strings.SplitSeq(m[1], ", ") {
			keys[strings.Trim(key, "`")] = true
		}
	}
	return slices.Sorted(maps.Keys(keys))
}

// read returns the keys that the functions and the external scaler read.
func read(t *testing.T) []string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "prewarm-hmac-key"), []byte("0123456789abcdef"), 0o600); err != nil {
		t.Fatal(err)
	}
	keys := map[string]bool{}
	getenv := func(key string) string {
		keys[key] = true
		switch key {
		case "secrets_dir":
			return dir
		case "alert_webhook":
			return "http://127.0.0.1/hook" // it is read again as a URL
		}
		return ""
	}
	r := config.NewReader(getenv)
	collector.ReadConfig(r)
	scaler.ReadConfig(r)
	dashboard.ReadConfig(r)
	keda.ReadConfig(r)
	prom.ReadConfig(r)
	openfaas.ReadConfig(r)
	bus.ReadConfig(r)
	if _, err := workload.New(t.Context(), getenv); err != nil {
		t.Error(err)
	}
	p, err := predictor.New(t.Context(), getenv)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	// Main reads its configuration first, and then refuses nil, which is not a function.
	if err := serve.Main(context.Background(), getenv, nil); err == nil {
		t.Error("nil was served as a function")
	}
	return slices.Sorted(maps.Keys(keys))
}

func TestTheREADMEHasEveryKeyThatIsReadAndNoOther(t *testing.T) {
	want := read(t)
	want = append(want, notRead...)
	slices.Sort(want)
	if got := documented(t); !slices.Equal(got, want) {
		for _, key := range want {
			if !slices.Contains(got, key) {
				t.Errorf("README.md does not document %s", key)
			}
		}
		for _, key := range got {
			if !slices.Contains(want, key) {
				t.Errorf("README.md documents %s, which is not read", key)
			}
		}
	}
}
