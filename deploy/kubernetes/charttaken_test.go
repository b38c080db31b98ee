package kubernetes

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
)

// TestWrongValuesAreRefused sees that the error names the value and what it must be.
func TestWrongValuesAreRefused(t *testing.T) {
	wants := []string{
		"secrets.gatewayPassword must be set", "nats.url must be set", "secrets.natsPassword must be set", "prometheus.create must be false",
		"'/edition': value must be one of 'ce', 'standard'", "'/registry'", "'/decisionMaxAge'", "'/shards': maximum", "'/nats'",
		"additional properties 'replicas' not allowed", "'/hpa/0': missing property 'max'", "'/functions/scaler': additional properties 'env'",
		"'/costRatio'", "'/costRatio'", "'/waitPrice': minimum",
	}
	wrong := []object{
		{}, with(given(), "nats", object{"create": false}),
		{"secrets": object{"gatewayPassword": "x"}, "nats": object{"create": false, "url": "nats://x"}},
		with(given(), "store", object{"url": "https://mimir/prometheus"}),
		with(given(), "edition", "edge"), with(given(), "registry", "example.org/"), with(given(), "decisionMaxAge", "300s"), with(given(), "shards", 65),
		with(given(), "nats", true), with(given(), "replicas", 2), with(given(), "hpa", []object{{"function": "hello"}}),
		with(given(), "functions", object{"scaler": object{"env": object{}}}),
		with(given(), "costRatio", 1), with(given(), "costRatio", "cheap"), with(given(), "waitPrice", 0),
	}
	var requests []installation
	for _, values := range wrong {
		requests = append(requests, installation{Values: values})
	}
	for i, r := range install(t, requests...) {
		if !strings.Contains(r.Error, wants[i]) {
			t.Errorf("want %q, got %q", wants[i], r.Error)
		}
	}
}

func TestTheNotesSayWhatToDoNext(t *testing.T) {
	for overlay, want := range map[string]string{"community": "alertmanager.create=false", "standard": "com.openfaas.scale.max"} {
		if r := install(t, editionsOfChart()[overlay])[0]; !strings.Contains(r.Notes, want) || !strings.Contains(r.Notes, "/function/dashboard/") {
			t.Errorf("%s: %s", overlay, r.Notes)
		}
	}
}

// written returns the path of a file with an entry of a config map.
func written(t *testing.T, r installed, configMap, entry string, replace *strings.Replacer) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), entry)
	for _, o := range r.Objects {
		if o.name() == "ConfigMap "+configMap {
			if err := os.WriteFile(path, []byte(replace.Replace(o.text("data", entry))), 0o600); err != nil {
				t.Fatal(err)
			}
			return path
		}
	}
	t.Fatalf("no config map %s: %s", configMap, r.Error)
	return ""
}

// TestTheServersTakeWhatValuesMakeOfTheirConfigurations reads them with NATS and promtool.
func TestTheServersTakeWhatValuesMakeOfTheirConfigurations(t *testing.T) {
	values := with(given(), "nats", object{"credentials": false, "maxFileStore": "6GB"})
	values = with(with(values, "prometheus", object{"alertmanagers": []string{"am.monitoring:9093"}}), "decisionMaxAge", "10m")
	values = with(values, "functionNamespace", "team-a")
	r := install(t, installation{Values: values})[0]

	opts, err := server.ProcessConfigFile(written(t, r, "prewarm-nats-config", "nats.conf", strings.NewReplacer()))
	if err != nil || opts.Username != "" || opts.JetStreamMaxStore != 6<<30 || opts.LameDuckDuration == 0 {
		t.Errorf("%v: %+v", err, opts)
	}
	rules := written(t, r, "prewarm-rules", "rules.yml", strings.NewReplacer())
	promtool(t, "check", "rules", "--lint=all", "--lint-fatal", rules)
	if text := read(t, rules); strings.Contains(text, " 300") || strings.Count(text, " 600") < 7 {
		t.Errorf("the rules have another age than 10 minutes:\n%s", text)
	}
	config := written(t, r, "prewarm-prometheus-config", "prometheus.yml", strings.NewReplacer("/etc/prometheus/rules/rules.yml", rules))
	promtool(t, "check", "config", config)
	if text := read(t, config); !strings.Contains(text, "am.monitoring:9093") || strings.Count(text, ".team-a:8080") != 4 {
		t.Error(text)
	}
}
