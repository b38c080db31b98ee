package kubernetes

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// object is a manifest as JSON.
type object map[string]any

// at returns the value at the path keys, or nil.
func (o object) at(keys ...string) any {
	var value any = map[string]any(o)
	for _, k := range keys {
		m, _ := value.(map[string]any)
		value = m[k]
	}
	return value
}

func (o object) text(keys ...string) string {
	s, _ := o.at(keys...).(string)
	return s
}

func (o object) name() string { return o.text("kind") + " " + o.text("metadata", "name") }

// custom reports whether the object is of a CustomResourceDefinition.
func (o object) custom() bool {
	v := o.text("apiVersion")
	return strings.HasPrefix(v, "keda.sh/") || strings.HasPrefix(v, "monitoring.coreos.com/") || strings.HasPrefix(v, "openfaas.com/")
}

// render returns the documents of folders and files.
func render(t *testing.T, paths ...string) []object {
	t.Helper()
	out, err := pipe(t, program(t, "check", "render"), "", paths...)
	if err != nil {
		t.Fatal(out)
	}
	var all []object
	for line := range strings.Lines(out) {
		var o object
		if err := json.Unmarshal([]byte(line), &o); err != nil {
			t.Fatal(err)
		}
		all = append(all, o)
	}
	return all
}

func lines(objects []object, keep func(object) bool) string {
	var b strings.Builder
	for _, o := range objects {
		if keep(o) {
			line, _ := json.Marshal(o)
			fmt.Fprintf(&b, "%s\n", line)
		}
	}
	return b.String()
}

// everything returns all objects that a user may apply: of overlays, examples and chart.
func everything(t *testing.T) []object {
	examples, err := filepath.Glob("examples/*.yaml")
	if err != nil || len(examples) == 0 {
		t.Fatal("no examples", err)
	}
	return append(render(t, append([]string{"overlays/community", "overlays/standard"}, examples...)...), chartObjects(t)...)
}

// versions are the module files of the newest three minor versions.
var versions = map[string]string{"1.37": "go.mod", "1.36": "kubernetes-1.36.mod", "1.35": "kubernetes-1.35.mod"}

func TestManifestsFitTheTypesOfThreeMinorVersions(t *testing.T) {
	all := everything(t)
	input := lines(all, func(o object) bool { return !o.custom() })
	for version, file := range versions {
		t.Run(version, func(t *testing.T) {
			decode := program(t, "check", "decode", "-modfile="+file)
			out, err := pipe(t, decode, input)
			if err != nil {
				t.Fatal(out)
			}
			if got, want := strings.Count(out, "\n"), strings.Count(input, "\n"); got != want {
				t.Errorf("%d of %d objects were decoded:\n%s", got, want, out)
			}
			for _, wrong := range []string{
				strings.Replace(input, `"readOnlyRootFilesystem"`, `"readonlyRootFilesystem"`, 1),
				strings.Replace(input, `"averageUtilization":70`, `"averageUtilization":"70"`, 1),
				strings.Replace(input, `"kind":"Service"`, `"kind":"Servant"`, 1),
			} {
				if out, err := pipe(t, decode, wrong); err == nil || wrong == input {
					t.Errorf("a wrong manifest was taken:\n%s", out)
				}
			}
		})
	}
}

func TestCustomResourcesFitTheirDefinitions(t *testing.T) {
	const operator, crds = "github.com/prometheus-operator/prometheus-operator@v0.94.1", "example/prometheus-operator-crd/monitoring.coreos.com_"
	definitions := []string{
		moduleFile(t, "github.com/kedacore/keda/v2@v2.21.0", "config/crd/bases/keda.sh_scaledobjects.yaml"),
		moduleFile(t, "github.com/kedacore/keda/v2@v2.21.0", "config/crd/bases/keda.sh_triggerauthentications.yaml"),
		moduleFile(t, operator, crds+"podmonitors.yaml"), moduleFile(t, operator, crds+"prometheusrules.yaml"),
		"testdata/function.yaml",
	}
	custom := program(t, "check", "custom")
	input := lines(everything(t), object.custom)
	out, err := pipe(t, custom, input, definitions...)
	if err != nil || strings.Count(out, "\n") != strings.Count(input, "\n") || input == "" {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, wrong := range []string{
		strings.Replace(input, `"cooldownPeriod"`, `"coolDownPeriod"`, 1),
		strings.Replace(input, `"minReplicaCount":1`, `"minReplicaCount":"1"`, 1),
		strings.Replace(input, `"podMetricsEndpoints"`, `"endpoints"`, 1),
		strings.Replace(input, `"behavior":"currentReplicas"`, `"behavior":"hold"`, 1),
		strings.Replace(input, `"secretTargetRef"`, `"secretRef"`, 1),
		strings.Replace(input, `"readOnlyRootFilesystem"`, `"readonly_root_filesystem"`, 1),
	} {
		if _, err := pipe(t, custom, wrong, definitions...); err == nil || wrong == input {
			t.Error("a wrong object was taken")
		}
	}
}

func TestImagesArePinned(t *testing.T) {
	pinned := regexp.MustCompile(`:v?\d+\.\d+\.\d+(-[a-z0-9.]+)?$|@sha256:[0-9a-f]{64}$`)
	images := 0
	for _, o := range everything(t) {
		containers, _ := o.at("spec", "template", "spec", "containers").([]any)
		for _, c := range containers {
			image := object(c.(map[string]any)).text("image")
			if images++; !pinned.MatchString(image) {
				t.Errorf("%s: the image must be pinned, was: %s", o.name(), image)
			}
		}
	}
	if images == 0 {
		t.Error("no images")
	}
	for _, o := range render(t, "values/nats.yaml") {
		if tag := o.text("container", "image", "tag"); !pinned.MatchString(":" + tag) {
			t.Errorf("values/nats.yaml: the image must be pinned, was: %s", tag)
		}
	}
}

// TestPodsAreRestricted checks the restricted Pod Security Standard and the project's
// own rules beyond it.
func TestPodsAreRestricted(t *testing.T) {
	for _, o := range everything(t) {
		if o.at("spec", "template", "spec") == nil {
			continue
		}
		pod := object(o.at("spec", "template", "spec").(map[string]any))
		if pod.at("automountServiceAccountToken") != false || pod.at("securityContext", "runAsNonRoot") != true ||
			pod.text("securityContext", "seccompProfile", "type") != "RuntimeDefault" {
			t.Errorf("%s: the pod is not restricted", o.name())
		}
		for _, c := range pod.at("containers").([]any) {
			c := object(c.(map[string]any))
			drop, _ := c.at("securityContext", "capabilities", "drop").([]any)
			if c.at("securityContext", "readOnlyRootFilesystem") != true || c.at("securityContext", "allowPrivilegeEscalation") != false || len(drop) != 1 {
				t.Errorf("%s: the container is not restricted", o.name())
			}
			for _, field := range []string{"livenessProbe", "readinessProbe", "startupProbe"} {
				if c.at(field) == nil && o.text("kind") != "Job" {
					t.Errorf("%s has no %s", o.name(), field)
				}
			}
			if c.at("resources", "limits", "memory") == nil || c.at("resources", "requests", "cpu") == nil {
				t.Errorf("%s has no resources", o.name())
			}
		}
	}
}

// TestSelectorsSelect checks that every label selector matches at least one pod.
func TestSelectorsSelect(t *testing.T) {
	for _, overlay := range []string{"overlays/community", "overlays/standard"} {
		all := render(t, overlay)
		var pods []object
		for _, o := range all {
			if m, ok := o.at("spec", "template", "metadata").(map[string]any); ok {
				pods = append(pods, m)
			}
		}
		pods = append(pods, object{"labels": natsLabels}) // of the chart, if the overlay has no NATS
		// Of OpenFaaS' chart: chart/openfaas/templates/gateway-dep.yaml of github.com/openfaas/faas-netes.
		pods = append(pods, object{"labels": map[string]any{"app": "gateway"}})
		for _, o := range all {
			var labels any
			switch o.text("kind") {
			case "Service":
				labels = o.at("spec", "selector")
			case "PodDisruptionBudget", "Deployment", "StatefulSet":
				labels = o.at("spec", "selector", "matchLabels")
			case "NetworkPolicy":
				labels = o.at("spec", "podSelector", "matchLabels")
			default:
				continue
			}
			if !selects(labels, pods) {
				t.Errorf("%s: %s selects no pod: %v", overlay, o.name(), labels)
			}
		}
	}
}

func selects(labels any, pods []object) bool {
	want, _ := labels.(map[string]any)
	for _, pod := range pods {
		have, match := pod.at("labels").(map[string]any), len(want) > 0
		for k, v := range want {
			match = match && have[k] == v
		}
		if match {
			return true
		}
	}
	return false
}

func TestTheManifestsOfTheExampleSecretsHoldNone(t *testing.T) {
	for _, o := range render(t, "examples/secrets.yaml") {
		data, ok := o.at("stringData").(map[string]any)
		if !ok || o.at("data") != nil || len(data) == 0 {
			t.Errorf("%s must have entries in stringData", o.name())
		}
		// Of a secret of several entries, OpenFaaS gives a function a folder of them.
		ofFunction := o.text("metadata", "namespace") == "openfaas-fn"
		for key, value := range data {
			if value != "" || ofFunction && (len(data) != 1 || key != o.text("metadata", "name")) {
				t.Errorf("%s: an entry must be empty, and named as the secret in the namespace of the functions", o.name())
			}
		}
	}
}
