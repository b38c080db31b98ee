package kubernetes

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/openfaas/go-sdk/stack"
	"github.com/robfig/cron/v3"
)

const stackFile = "../../stack.yml"

// overlays are the folders with a stack.env beside their manifests.
var overlays = []string{"community", "standard"}

// sourced returns the variables of an overlay's stack.env as a shell would export
// them.
func sourced(t *testing.T, overlay string) map[string]string {
	t.Helper()
	path, values := filepath.Join("overlays", overlay, "stack.env"), map[string]string{}
	for line := range strings.Lines(read(t, path)) {
		key, _, ok := strings.Cut(line, "=")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		out, err := exec.Command("sh", "-aec", `. "./$0"; printenv "$1"`, path, key).CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %s: %v\n%s", path, key, err, out)
		}
		values[key] = strings.TrimSuffix(string(out), "\n")
	}
	return values
}

// collector returns the collector as faas-cli would deploy it with the variables.
func collector(t *testing.T, variables map[string]string) stack.Function {
	t.Helper()
	for key, value := range variables {
		t.Setenv(key, value)
	}
	services, err := stack.ParseYAMLFile(stackFile, "", "", true)
	if err != nil {
		t.Fatal(err)
	}
	return services.Functions["collector"]
}

func TestStackValuesAreThoseOfTheStackFile(t *testing.T) {
	text := read(t, stackFile)
	for _, overlay := range overlays {
		for key := range sourced(t, overlay) {
			if !strings.Contains(text, "${"+key+":-") {
				t.Errorf("%s: stack.yml has no %s", overlay, key)
			}
		}
	}
}

func TestTheCollectorIsCalledAsTheVariablesSay(t *testing.T) {
	settings := map[string]map[string]string{
		"nothing set": {"STEP": "", "SCHEDULE": ""},
		"short steps": {"STEP": "10s", "SCHEDULE": "@every 10s"},
		"long steps":  {"STEP": "5m", "SCHEDULE": "*/5 * * * *"},
	}
	for _, overlay := range overlays {
		settings[overlay] = sourced(t, overlay)
	}
	for name, set := range settings {
		t.Run(name, func(t *testing.T) {
			want := map[string]string{"STEP": "1m", "SCHEDULE": "*/1 * * * *"}
			for key := range want {
				if set[key] != "" {
					want[key] = set[key]
				}
			}
			f := collector(t, set)
			schedule := (*f.Annotations)["schedule"]
			if f.Environment["step"] != want["STEP"] || schedule != want["SCHEDULE"] {
				t.Errorf("want %v, got step %q and schedule %q", want, f.Environment["step"], schedule)
			}
			if _, err := cron.ParseStandard(schedule); err != nil {
				t.Error(err)
			}
		})
	}
}

// ageBound is a comparison of an age, in seconds, in a query.
var ageBound = regexp.MustCompile(`(?:time\(\) -|_age_seconds)[^<>]*[<>] (\d+)`)

// TestOneMissedStepDoesNotExpireADecision checks that every rule that lets a decision
// expire, or alerts on missing ones, waits for at least two and a half steps.
func TestOneMissedStepDoesNotExpireADecision(t *testing.T) {
	keda := regexp.MustCompile(`name: decision_max_age\n +value: (\w+)`).FindStringSubmatch(read(t, "components/keda/keda.yaml"))
	if keda == nil {
		t.Fatal("components/keda/keda.yaml sets no decision_max_age")
	}
	ages := map[string][]string{"components/keda/keda.yaml": {keda[1]}}
	for query, where := range queries(t) {
		for _, match := range ageBound.FindAllStringSubmatch(query, -1) {
			ages[where] = append(ages[where], match[1]+"s")
		}
	}
	for _, where := range []string{"rule prewarm:wanted_replicas:active", "rule PrewarmDecisionsSilent", "rule PrewarmCollectorSilent", "rule PrewarmExternalScalerStale", "prometheus-adapter", "openfaas-standard prewarm:wanted_replicas:openfaas"} {
		if len(ages[where]) == 0 {
			t.Errorf("%s: no bound of an age was found", where)
		}
	}
	for _, overlay := range overlays {
		step := duration(t, sourced(t, overlay)["STEP"])
		for where, bounds := range ages {
			for _, bound := range bounds {
				if least := step * 5 / 2; duration(t, bound) < least {
					t.Errorf("%s: %s: the bound must be at least %v with steps of %v, was: %s", overlay, where, least, step, bound)
				}
			}
		}
	}
}

func duration(t *testing.T, text string) time.Duration {
	t.Helper()
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestAClusterHasOneName checks that functions, connector and external scaler of an overlay
// take each other's messages.
func TestAClusterHasOneName(t *testing.T) {
	for _, overlay := range overlays {
		variables, pods := sourced(t, overlay), 0
		want, found := variables["CLUSTER"]
		if !found || collector(t, variables).Environment["cluster"] != want {
			t.Errorf("%s: stack.env must set the cluster of stack.yml", overlay)
		}
		for _, o := range render(t, "overlays/"+overlay) {
			walk(o.at("spec", "template", "spec"), func(m object) {
				if m.text("name") == "cluster" {
					if pods++; m.text("value") != want {
						t.Errorf("%s: %s: the cluster must be %q, was: %q", overlay, o.name(), want, m.text("value"))
					}
				}
			})
		}
		if wanted := map[string]int{"community": 1, "standard": 2}[overlay]; pods != wanted {
			t.Errorf("%s: %d pods have the key cluster, want %d", overlay, pods, wanted)
		}
	}
}
