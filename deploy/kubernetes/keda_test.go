package kubernetes

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

const kedaExample = "examples/scaledobject-prometheus.yaml"

// triggers returns the metadata of the triggers of a type in the examples, by file.
func triggers(t *testing.T, kind string) map[string]object {
	t.Helper()
	files, err := filepath.Glob("examples/scaledobject*.yaml")
	if err != nil || len(files) < 4 {
		t.Fatal("no examples", err)
	}
	found := map[string]object{}
	for _, file := range files {
		for _, o := range render(t, file) {
			all, _ := o.at("spec", "triggers").([]any)
			for _, one := range all {
				if trigger := object(one.(map[string]any)); trigger.text("type") == kind {
					found[file] = trigger.at("metadata").(map[string]any)
				}
			}
		}
	}
	return found
}

// kedaQuery returns the query of the example that reads Prometheus.
func kedaQuery(t *testing.T) string {
	t.Helper()
	query := triggers(t, "prometheus")[kedaExample].text("query")
	if query == "" {
		t.Fatal(kedaExample + " has no query")
	}
	return query
}

// TestTheExternalScalerIsAskedAtItsService checks the address that the certificate of
// scaledobject-tls.yaml is for.
func TestTheExternalScalerIsAskedAtItsService(t *testing.T) {
	pushes := triggers(t, "external-push")
	if len(pushes) != 3 {
		t.Errorf("three examples must ask the external scaler, did: %v", pushes)
	}
	for file, metadata := range pushes {
		if address := metadata.text("scalerAddress"); address != "prewarm-keda.openfaas:6000" {
			t.Errorf("%s asks %s", file, address)
		}
	}
}

// TestNoValueIsNotZeroForKEDA checks what KEDA makes of an answer without a value: by default
// its Prometheus trigger takes it for 0, and with a fallback of 0 replicas it releases the last one.
func TestNoValueIsNotZeroForKEDA(t *testing.T) {
	if ignore := triggers(t, "prometheus")[kedaExample].text("ignoreNullValues"); ignore != "false" {
		t.Errorf("ignoreNullValues must be false, was: %q", ignore)
	}
	fallbacks := 0
	for _, file := range []string{kedaExample, "examples/scaledobject-fallback.yaml"} {
		for _, o := range render(t, file) {
			if fallbacks++; o.at("spec", "fallback", "behavior") != "currentReplicas" || o.at("spec", "fallback", "replicas") == float64(0) {
				t.Errorf("%s: the fallback must keep the replicas: %v", file, o.at("spec", "fallback"))
			}
		}
	}
	if fallbacks != 2 {
		t.Errorf("%d fallbacks were checked", fallbacks)
	}
}

// TestTheQueryOfKEDAHasAValueForACurrentDecisionAlone replays decisions: the wanted replicas, the
// actuator and mode, and when they were decided.
func TestTheQueryOfKEDAHasAValueForACurrentDecisionAlone(t *testing.T) {
	series := func(name, labels, values string) object {
		return object{"series": fmt.Sprintf(`%s{function_name="hello.openfaas-fn",%s}`, name, labels), "values": values}
	}
	const scaler, before = `instance="scaler"`, `instance="before"`
	wanted, decided := series("prewarm_wanted_replicas", scaler, "3x20"), series("prewarm_decision_timestamp_seconds", scaler, "0+60x20")
	actuator := series("prewarm_function_actuator", scaler+`,mode="active",actuator="keda"`, "1x20")
	stale := series("prewarm_decision_timestamp_seconds", scaler, "0x20")
	var tests []object
	for name, story := range map[string]struct {
		series []object
		value  any // nil for none
	}{
		"a current decision":                 {[]object{wanted, decided, actuator}, 3},
		"one of another function":            {[]object{{"series": `prewarm_wanted_replicas{function_name="other.openfaas-fn",instance="scaler"}`, "values": "3x20"}, decided, actuator}, nil},
		"a decision of ten minutes ago":      {[]object{wanted, stale, actuator}, nil},
		"a function in mode observe":         {[]object{wanted, decided, series("prewarm_function_actuator", scaler+`,mode="observe",actuator="keda"`, "1x20")}, nil},
		"a function of the actuator gateway": {[]object{wanted, decided, series("prewarm_function_actuator", scaler+`,mode="active",actuator="gateway"`, "1x20")}, nil},
		"an old number of a replaced scaler": {[]object{wanted, decided, actuator, series("prewarm_wanted_replicas", before, "9x20"), series("prewarm_decision_timestamp_seconds", before, "0x20")}, 3},
	} {
		samples := []object{}
		if story.value != nil {
			samples = append(samples, object{"labels": "{}", "value": story.value})
		}
		tests = append(tests, object{
			"name": name, "interval": "1m", "input_series": story.series,
			"promql_expr_test": []object{{"expr": kedaQuery(t), "eval_time": "10m", "exp_samples": samples}},
		})
	}
	text, err := json.Marshal(object{"evaluation_interval": "1m", "tests": tests}) // JSON is YAML
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "keda.yml")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	promtool(t, "test", "rules", file)
}
