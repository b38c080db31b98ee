package kubernetes

import (
	"flag"
	"os"
	"os/exec"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write components/prometheus-operator/prometheusrule.yaml")

const operatorRules = "components/prometheus-operator/prometheusrule.yaml"

func promtool(t *testing.T, args ...string) {
	t.Helper()
	path, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("promtool is not installed (Debian: prometheus)")
	}
	if out, err := exec.Command(path, args...).CombinedOutput(); err != nil {
		t.Errorf("promtool %v: %v\n%s", args, err, out)
	}
}

func TestRulesAreRules(t *testing.T) {
	promtool(t, "check", "rules", "--lint=all", "--lint-fatal", "monitoring/rules.yml")
}

func TestAlertsFireWhenTheyShould(t *testing.T) {
	promtool(t, "test", "rules", "monitoring/rules_test.yml")
}

// TestRulesOfTheOperatorAreTheSame compares the PrometheusRule with rules.yml.
func TestRulesOfTheOperatorAreTheSame(t *testing.T) {
	have, err := os.ReadFile(operatorRules)
	if err != nil {
		t.Fatal(err)
	}
	head, _, found := strings.Cut(string(have), "\nspec:\n")
	if !found {
		t.Fatal("no spec in " + operatorRules)
	}
	want := head + "\nspec:\n" + indent(read(t, "monitoring/rules.yml"))
	if *update {
		if err := os.WriteFile(operatorRules, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if string(have) != want {
		t.Errorf("%s differs from monitoring/rules.yml; run the test with -update", operatorRules)
	}
}

func indent(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if line != "\n" {
			b.WriteString("  ")
		}
		b.WriteString(line)
	}
	return b.String()
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// rules returns the rules of monitoring/rules.yml.
func rules(t *testing.T) []object {
	var all []object
	for _, o := range render(t, "monitoring/rules.yml") {
		for _, g := range o["groups"].([]any) {
			for _, r := range g.(map[string]any)["rules"].([]any) {
				all = append(all, r.(map[string]any))
			}
		}
	}
	return all
}

func TestEveryAlertSaysWhatToDoAndHasAStory(t *testing.T) {
	stories, alerts := read(t, "monitoring/rules_test.yml"), 0
	for _, r := range rules(t) {
		alert := r.text("alert")
		if alert == "" {
			continue
		}
		alerts++
		for _, note := range []string{"summary", "description", "runbook"} {
			if r.text("annotations", note) == "" {
				t.Errorf("%s has no %s", alert, note)
			}
		}
		if !strings.HasPrefix(r.text("annotations", "runbook"), "1. ") || r.text("labels", "severity") == "" {
			t.Errorf("%s needs a runbook of steps and a severity", alert)
		}
		if !strings.Contains(stories, `ALERTS{alertname="`+alert+`",alertstate="firing",severity="`+r.text("labels", "severity")+`"`) {
			t.Errorf("no story in which %s fires", alert)
		}
	}
	if alerts < 10 {
		t.Errorf("%d alerts", alerts)
	}
}
