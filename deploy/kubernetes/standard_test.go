package kubernetes

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

const standardValues = "values/openfaas-standard.yaml"

// standardMetrics are those of the gateway that only the paid editions have.
//
// Source: docs.openfaas.com/architecture/metrics; chart openfaas,
// templates/prometheus-pro-cfg.yaml.
var standardMetrics = []string{"gateway_service_target_load", "gateway_function_invocation_inflight"}

// standardRules are the recording rules of values/openfaas-standard.yaml.
func standardRules(t *testing.T) (all []object) {
	t.Helper()
	for _, o := range render(t, standardValues) {
		rules, _ := o.at("prometheus", "recordingRules").([]any)
		for _, r := range rules {
			all = append(all, r.(map[string]any))
		}
	}
	if len(all) == 0 {
		t.Fatal(standardValues + " has no recording rules")
	}
	return all
}

// TestTheAutoscalerOfOpenFaaSFollowsTheForecast replays stories of the scaling type
// prewarm. The chart puts the rules into a group named load.
func TestTheAutoscalerOfOpenFaaSFollowsTheForecast(t *testing.T) {
	groups := map[string]any{"groups": []object{{"name": "load", "rules": standardRules(t)}}}
	text, err := json.Marshal(groups) // JSON is YAML
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	rules, stories := filepath.Join(dir, "openfaas-standard-rules.yml"), filepath.Join(dir, "stories.yml")
	for path, content := range map[string]string{rules: string(text), stories: read(t, "values/openfaas-standard_test.yml")} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	promtool(t, "check", "rules", "--lint=all", "--lint-fatal", rules)
	promtool(t, "test", "rules", stories)
}

// TestTheScalingTypeIsThatOfTheLabels checks what the autoscaler looks for.
func TestTheScalingTypeIsThatOfTheLabels(t *testing.T) {
	for _, r := range standardRules(t) {
		if r.text("record") == "job:function_current_load:sum" && r.text("labels", "scaling_type") == "prewarm" {
			return
		}
	}
	t.Error("no rule records job:function_current_load:sum with the scaling type prewarm")
}
