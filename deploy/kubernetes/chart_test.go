package kubernetes

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const chartFolder = "../helm"

// installation is an installation of the chart, a request to the program chart.
type installation struct {
	Files   []string `json:"files,omitempty"`   // of values, in the folder of the chart
	Values  object   `json:"values,omitempty"`  // as --set
	Cluster []object `json:"cluster,omitempty"` // objects that the templates can look up
}

// installed is what Helm would apply and show, or the error with which it would refuse.
type installed struct {
	Objects      []object
	Notes, Error string
}

// install renders the chart once for each installation.
func install(t *testing.T, all ...installation) (results []installed) {
	t.Helper()
	var input strings.Builder
	for _, i := range all {
		line, err := json.Marshal(i)
		if err != nil {
			t.Fatal(err)
		}
		input.Write(append(line, '\n'))
	}
	out, err := pipe(t, program(t, "chart", "."), input.String(), chartFolder)
	if err != nil {
		t.Fatal(out)
	}
	for line := range strings.Lines(out) {
		var one installed
		if err := json.Unmarshal([]byte(line), &one); err != nil {
			t.Fatal(err)
		}
		results = append(results, one)
	}
	return results
}

// given are values with all secrets, so that nothing is looked up or generated.
func given() object {
	return object{"secrets": object{"gatewayPassword": "of the gateway", "hmacKey": "0123456789abcdef", "natsPassword": "p0"}}
}

// editionsOfChart are the installations that the README shows, by the overlay that they stand for.
func editionsOfChart() map[string]installation {
	return map[string]installation{
		"community": {Values: given()},
		"standard":  {Files: []string{"values-standard.yaml"}, Values: given()},
	}
}

// chartObjects returns all objects of the chart: of both editions, and of values that are off by
// default. It fails if Helm refuses one.
func chartObjects(t *testing.T) (all []object) {
	t.Helper()
	more := given()
	maps.Copy(more, object{
		"hpa": []object{{"function": "hello", "max": 5}}, "scaledObjects": []object{{"function": "hello", "max": 5}},
		"tolerations": []object{{"key": "spot", "operator": "Exists"}}, "nodeSelector": object{"disk": "fast"},
		"imagePullSecrets": []string{"registry"}, "priorityClassName": "high", "shards": 2,
		"networkPolicy": object{"extraEgress": []object{{"to": []object{{"ipBlock": object{"cidr": "10.0.0.7/32"}}}}}},
	})
	requests := append(slices.Collect(maps.Values(editionsOfChart())), installation{Files: []string{"values-standard.yaml"}, Values: more})
	for _, r := range install(t, requests...) {
		if r.Error != "" {
			t.Fatal(r.Error)
		}
		all = append(all, r.Objects...)
	}
	return all
}

func TestHelmFindsNoFaultInTheChart(t *testing.T) {
	out, err := pipe(t, program(t, "chart", "."), "", "-lint", chartFolder)
	if err != nil || strings.Contains(out, "[WARNING]") {
		t.Errorf("%v: %s", err, out)
	}
}

// onlyInTheChart are objects that the overlay lacks, with the reason. A star stands for any name.
var onlyInTheChart = map[string]map[string]string{
	"community": {
		"Deployment prewarm-cron":      "calls the collector; an overlay needs the cron-connector",
		"NetworkPolicy prewarm-cron":   "the same",
		"Secret *":                     "an overlay needs secrets that the user creates",
		"ConfigMap prewarm-functions":  "the functions, which an overlay leaves to faas-cli",
		"Job prewarm-functions-apply":  "the same",
		"Job prewarm-functions-remove": "the same",
	},
	"standard": {
		"Deployment prewarm-cron":       "as above",
		"NetworkPolicy prewarm-cron":    "as above",
		"Secret *":                      "as above",
		"Function *":                    "the functions, which an overlay leaves to faas-cli",
		"ConfigMap prewarm-nats-config": "a NATS of one node; the overlay needs the chart of NATS",
		"Service prewarm-nats":          "the same",
		"StatefulSet prewarm-nats":      "the same",
	},
}

// hashed matches the names that kustomize makes of a config map and its content. The chart has a
// checksum in the annotations of the pod instead.
var hashed = regexp.MustCompile(`(prewarm-(?:nats|prometheus)-config)-[a-z0-9]{10}`)

// plain returns an object without what Helm and kustomize mean to do differently: labels of
// Helm, checksums in the annotations of pods, and the order of environment variables.
func plain(t *testing.T, o object) string {
	t.Helper()
	if labels, ok := o.at("metadata", "labels").(map[string]any); ok {
		delete(labels, "helm.sh/chart")
		delete(labels, "app.kubernetes.io/managed-by")
	}
	if m, ok := o.at("spec", "template", "metadata").(map[string]any); ok {
		annotations, _ := m["annotations"].(map[string]any)
		maps.DeleteFunc(annotations, func(key string, _ any) bool { return strings.HasPrefix(key, "checksum/") })
		if len(annotations) == 0 {
			delete(m, "annotations")
		}
	}
	walk(o.at("spec", "template", "spec"), func(m object) {
		env, _ := m["env"].([]any)
		slices.SortFunc(env, func(a, b any) int {
			return strings.Compare(object(a.(map[string]any)).text("name"), object(b.(map[string]any)).text("name"))
		})
	})
	text, err := json.MarshalIndent(o, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return hashed.ReplaceAllString(string(text), "$1")
}

// byName returns comparable objects by kind and name.
func byName(t *testing.T, objects []object) map[string]string {
	all := map[string]string{}
	for _, o := range objects {
		all[hashed.ReplaceAllString(o.name(), "$1")] += plain(t, o)
	}
	return all
}

// TestTheChartInstallsWhatTheOverlaysInstall compares both object by object.
func TestTheChartInstallsWhatTheOverlaysInstall(t *testing.T) {
	for overlay, request := range editionsOfChart() {
		got, want := byName(t, install(t, request)[0].Objects), byName(t, render(t, "overlays/"+overlay))
		if len(want) < 10 {
			t.Fatalf("%s has %d objects", overlay, len(want))
		}
		for name, text := range want {
			if got[name] != text {
				t.Errorf("%s: %s differs:\n%s", overlay, name, difference(text, got[name]))
			}
			delete(got, name)
		}
		meant, met := onlyInTheChart[overlay], map[string]bool{}
		for name := range got {
			kind, _, _ := strings.Cut(name, " ")
			if meant[name] == "" && meant[kind+" *"] == "" {
				t.Errorf("%s: the chart alone has %s", overlay, name)
			}
			met[name], met[kind+" *"] = true, true
		}
		for name := range meant {
			if !met[name] {
				t.Errorf("%s: the chart does not have %s, or the overlay has it too", overlay, name)
			}
		}
	}
}

// difference returns the lines of two texts that the other one lacks.
func difference(want, got string) string {
	var b strings.Builder
	lack := func(sign, have, in string) {
		there := strings.Split(in, "\n")
		for line := range strings.SplitSeq(have, "\n") {
			if !slices.Contains(there, line) {
				b.WriteString(sign + line + "\n")
			}
		}
	}
	lack("-", want, got)
	lack("+", got, want)
	return b.String()
}

// TestTheScalersOfTheChartAreThoseOfTheExamples compares what the values hpa and scaledObjects make.
func TestTheScalersOfTheChartAreThoseOfTheExamples(t *testing.T) {
	objects := byName(t, chartObjects(t))
	for name, example := range byName(t, render(t, "examples/hpa.yaml", "examples/scaledobject.yaml")) {
		got := strings.Replace(objects[name], "  \"labels\": {\n   \"app.kubernetes.io/part-of\": \"prewarm\"\n  },\n", "", 1)
		if got != example {
			t.Errorf("%s differs:\n%s", name, difference(example, got))
		}
	}
}
