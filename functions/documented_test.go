// Package functions_test checks what the functions have in common: the configuration that
// CONFIGURATION.md documents, and the refusal of foreign streams.
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

	"prewarm/deploy/buildcontext"
	"prewarm/deploy/connector"
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
	"prewarm/shared/testbed"
	"prewarm/shared/tracing"
)

// notRead are the keys that it names and that the packages below do not read:
// those of the main function of the external scaler, and of the loggers.
var notRead = []string{"listen", "listen_metrics", "log_level"}

// row matches the keys of a row in a table of CONFIGURATION.md.
var row = regexp.MustCompile("(?m)^\\| (`[A-Za-z_]+`(?:, `[A-Za-z_]+`)*) \\|")

// documented returns the keys that CONFIGURATION.md documents.
func documented(t testing.TB) []string {
	t.Helper()
	text, err := os.ReadFile("CONFIGURATION.md")
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]bool{}
	for _, m := range row.FindAllStringSubmatch(string(text), -1) {
		for key := range strings.SplitSeq(m[1], ", ") {
			if key = strings.Trim(key, "`"); !strings.HasPrefix(key, "prewarm_") { // which is a metric
				keys[key] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(keys))
}

// ofWatchdog are the keys that of-watchdog reads too, from the environment that it shares
// with the function. They mean the same to both.
var ofWatchdog = map[string]string{
	"read_timeout":         "how long a request may take to arrive: the watchdog's bound holds before the function's",
	"write_timeout":        "how long an answer may take, and the drain at the end: both end at the same time",
	"healthcheck_interval": "how long requests still arrive after SIGTERM: the function must accept them as long as the watchdog",
}

// A key of the suite with a name of of-watchdog would configure both.
func TestNoKeyMeansSomethingElseToTheWatchdog(t *testing.T) {
	watchdog := testbed.Watchdog()
	for _, key := range append(read(t), notRead...) {
		_, theirs := watchdog[key]
		if _, agreed := ofWatchdog[key]; theirs != agreed {
			t.Errorf("%s: a variable of of-watchdog: %t, listed as one with the same meaning: %t", key, theirs, agreed)
		}
	}
}

// A misspelt variable in the image or in stack.yml would have no effect.
func TestEveryVariableOfTheImagesAndOfTheStackIsRead(t *testing.T) {
	keys, watchdog := documented(t), testbed.Watchdog()
	t.Chdir("..")
	functions, err := buildcontext.Load("stack.yml")
	if err != nil || len(functions) != 4 {
		t.Fatalf("%d functions: %v", len(functions), err)
	}
	for _, f := range functions {
		image, err := f.Environment(buildcontext.Dirs{})
		if err != nil || len(image) == 0 {
			t.Fatalf("the image of %s has %d variables: %v", f.Name, len(image), err)
		}
		for name := range image {
			if _, theirs := watchdog[name]; !theirs && !slices.Contains(keys, name) {
				t.Errorf("the image of %s sets %s, which nobody reads", f.Name, name)
			}
		}
		for name := range f.Spec.Environment {
			if _, theirs := watchdog[name]; !theirs && !slices.Contains(keys, name) && name != "GOMEMLIMIT" {
				t.Errorf("stack.yml sets %s of %s, which nobody reads", name, f.Name)
			}
		}
	}
}

// read returns the keys that the functions and the external scaler read.
func read(t testing.TB) []string {
	t.Helper()
	dir := secrets(t)
	keys := map[string]bool{}
	getenv := func(key string) string {
		keys[key] = true
		switch key {
		case "secrets_dir":
			return dir
		case "OTEL_EXPORTER_OTLP_ENDPOINT":
			return "http://127.0.0.1:4318" // the other keys of traces are read with it alone
		case "alert_webhook":
			return "http://127.0.0.1/hook" // it is read again as a URL
		}
		return ""
	}
	for _, read := range readers() {
		if err := read(getenv); err != nil {
			t.Error(err)
		}
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

// secrets returns a directory with the secrets that must be mounted.
func secrets(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"prewarm-hmac-key", "prewarm-gateway-password"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("0123456789abcdef"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// readers read the configuration of all packages that start nothing with it.
func readers() []func(getenv func(string) string) error {
	var all []func(func(string) string) error
	for _, read := range []func(*config.Reader){
		func(r *config.Reader) { collector.ReadConfig(r) }, func(r *config.Reader) { scaler.ReadConfig(r) },
		func(r *config.Reader) { dashboard.ReadConfig(r) }, func(r *config.Reader) { keda.ReadConfig(r) },
		func(r *config.Reader) { prom.ReadConfig(r) }, func(r *config.Reader) { openfaas.ReadConfig(r) },
		func(r *config.Reader) { bus.ReadConfig(r) }, func(r *config.Reader) { tracing.ReadConfig(r) },
	} {
		all = append(all, func(getenv func(string) string) error {
			r := config.NewReader(getenv)
			read(r)
			return r.Err()
		})
	}
	return append(all,
		func(getenv func(string) string) error { _, err := connector.ReadConfig(getenv); return err },
		func(getenv func(string) string) error {
			_, err := workload.New(context.Background(), getenv)
			return err
		},
	)
}

func TestEveryKeyThatIsReadIsDocumentedAndNoOther(t *testing.T) {
	want := read(t)
	want = append(want, notRead...)
	slices.Sort(want)
	if got := documented(t); !slices.Equal(got, want) {
		for _, key := range want {
			if !slices.Contains(got, key) {
				t.Errorf("CONFIGURATION.md does not document %s", key)
			}
		}
		for _, key := range got {
			if !slices.Contains(want, key) {
				t.Errorf("CONFIGURATION.md documents %s, which is not read", key)
			}
		}
	}
}
