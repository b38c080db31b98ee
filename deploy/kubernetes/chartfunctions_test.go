package kubernetes

import (
	"bytes"
	"encoding/json"
	"maps"
	"reflect"
	"strings"
	"testing"

	"github.com/openfaas/faas-provider/types"
	"github.com/openfaas/go-sdk/stack"
)

// deployment returns what faas-cli would send to the gateway for a function of stack.yml with
// --secret nats-user --secret nats-password.
func deployment(f stack.Function) types.FunctionDeployment {
	resources := func(r *stack.FunctionResources) *types.FunctionResources {
		return &types.FunctionResources{CPU: r.CPU, Memory: r.Memory}
	}
	return types.FunctionDeployment{
		Service: f.Name, Image: f.Image, Namespace: "openfaas-fn", EnvVars: f.Environment,
		Secrets: append(f.Secrets, "nats-user", "nats-password"), Labels: f.Labels, Annotations: f.Annotations,
		Limits: resources(f.Limits), Requests: resources(f.Requests), ReadOnlyRootFilesystem: f.ReadOnlyRootFilesystem,
	}
}

// ofStack returns the functions of stack.yml with the variables of an overlay.
func ofStack(t *testing.T, overlay string) map[string]types.FunctionDeployment {
	t.Helper()
	for key, value := range sourced(t, overlay) {
		t.Setenv(key, value)
	}
	services, err := stack.ParseYAMLFile(stackFile, "", "", true)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]types.FunctionDeployment{}
	for name, f := range services.Functions {
		f.Name = name
		all[name] = deployment(f)
	}
	return all
}

// requests returns the requests that the job of the chart sends to the gateway, or those that
// resources of the type Function stand for.
func requests(t *testing.T, objects []object) map[string]types.FunctionDeployment {
	t.Helper()
	all := map[string]types.FunctionDeployment{}
	take := func(list any) {
		text, err := json.Marshal(list)
		if err != nil {
			t.Fatal(err)
		}
		var functions []types.FunctionDeployment
		strict := json.NewDecoder(bytes.NewReader(text))
		strict.DisallowUnknownFields()
		if err := strict.Decode(&functions); err != nil {
			t.Fatal(err)
		}
		for _, f := range functions {
			delete(*f.Annotations, "checksum/secrets") // restarts the function when a secret changes
			all[f.Service] = f
		}
	}
	for _, o := range objects {
		switch o.name() {
		case "ConfigMap prewarm-functions":
			take(json.RawMessage(o.text("data", "functions.json")))
		case "Function " + o.text("spec", "name"): // the names of both places are the same
			f := maps.Clone(o.at("spec").(map[string]any))
			f["service"], f["envVars"], f["namespace"] = f["name"], f["environment"], o.text("metadata", "namespace")
			delete(f, "name")
			delete(f, "environment")
			take([]any{f})
		}
	}
	return all
}

// TestTheChartDeploysTheFunctionsOfTheStackFile compares them with what faas-cli deploys with the
// variables of the overlay.
func TestTheChartDeploysTheFunctionsOfTheStackFile(t *testing.T) {
	for overlay, request := range editionsOfChart() {
		t.Run(overlay, func(t *testing.T) {
			got, want := requests(t, install(t, request)[0].Objects), ofStack(t, overlay)
			if len(want) != 4 || len(got) != len(want) {
				t.Fatalf("%d functions, want %d", len(got), len(want))
			}
			for name, f := range want {
				if !reflect.DeepEqual(got[name], f) {
					a, _ := json.MarshalIndent(f, "", " ")
					b, _ := json.MarshalIndent(got[name], "", " ")
					t.Errorf("%s differs:\n%s", name, difference(string(a), string(b)))
				}
			}
		})
	}
}

// TestTheChartSetsEveryVariableOfTheStackFile changes all values that stand for variables, and
// sees no default of stack.yml in what is deployed.
func TestTheChartSetsEveryVariableOfTheStackFile(t *testing.T) {
	values := given()
	maps.Copy(values, object{
		"registry": "example.org/you", "tag": "7.0.0", "cluster": "eu", "step": "10s", "schedule": "@every 10s", "shards": 3, "defaultSchedule": "0 7 * * *",
		"costRatio": "auto", "waitPrice": 250.5,
		"prometheus": object{"create": false},
		"tracing":    object{"endpoint": "http://otel:4318"},
		"nats":       object{"create": false, "url": "tls://nats:4222"},
		"gateway":    object{"url": "https://gateway", "metricsURL": "https://metrics"},
		"store":      object{"url": "https://store", "matchers": `cluster="eu"`, "headers": "X-Scope-OrgID: team-a, X-It: 'it'"},
	})
	variables := map[string]string{
		"REGISTRY": "example.org/you", "TAG": "7.0.0", "CLUSTER": "eu", "STEP": "10s", "SCHEDULE": "@every 10s", "SHARDS": "3",
		"NATS_URL": "tls://nats:4222", "GATEWAY_URL": "https://gateway", "GATEWAY_METRICS_URL": "https://metrics",
		"OTEL_EXPORTER_OTLP_ENDPOINT": "http://otel:4318", "DEFAULT_SCHEDULE": "0 7 * * *",
		"COST_RATIO": "auto", "WAIT_PRICE": "250.5",
		"PROMETHEUS_URL": "https://store", "PROMETHEUS_MATCHERS": `cluster="eu"`, "PROMETHEUS_HEADERS": "X-Scope-OrgID: team-a, X-It: ''it''",
	}
	for match := range strings.SplitSeq(read(t, stackFile), "${") {
		if name, _, found := strings.Cut(match, ":-"); found && name != "OPENFAAS_URL" && !strings.Contains(name, " ") {
			if _, set := variables[name]; !set {
				t.Errorf("the chart has no value for the variable %s of stack.yml", name)
			}
		}
	}
	for key, value := range variables {
		t.Setenv(key, value)
	}
	services, err := stack.ParseYAMLFile(stackFile, "", "", true)
	if err != nil {
		t.Fatal(err)
	}
	result := install(t, installation{Values: values})[0]
	got := requests(t, result.Objects)
	for name, f := range services.Functions {
		f.Name = name
		if want := deployment(f); !reflect.DeepEqual(got[name], want) {
			t.Errorf("%s: got %+v\nwant %+v %s", name, got[name], want, result.Error)
		}
	}
}

// TestAFunctionOfTheChartHasSettingsOfItsOwn sets all that values can say of one function.
func TestAFunctionOfTheChartHasSettingsOfItsOwn(t *testing.T) {
	values := with(given(), "functions", object{
		"environment": object{"log": "all"}, "annotations": object{"team": "a"}, "secrets": []string{"nats-ca"},
		"scaler": object{
			"image": "example.org/scaler:7.0.0", "labels": object{"com.openfaas.scale.max": "3"}, "annotations": object{"team": "b"},
			"environment": object{"log": "scaler", "step": "2m"}, "secrets": []string{"prometheus-token"},
			"requests": object{"cpu": "77m"}, "limits": object{"memory": "77Mi"},
		},
	})
	plain, got := ofStack(t, "community"), requests(t, install(t, installation{Values: values})[0].Objects)
	want := plain["scaler"]
	want.Image = "example.org/scaler:7.0.0"
	(*want.Labels)["com.openfaas.scale.max"], (*want.Annotations)["team"] = "3", "b"
	want.EnvVars["log"], want.EnvVars["step"] = "scaler", "2m"
	want.Secrets = append(want.Secrets, "nats-ca", "prometheus-token")
	want.Requests.CPU, want.Limits.Memory = "77m", "77Mi"
	if !reflect.DeepEqual(got["scaler"], want) {
		t.Errorf("got %+v\nwant %+v", got["scaler"], want)
	}
	if f := got["predictor"]; f.EnvVars["log"] != "all" || (*f.Annotations)["team"] != "a" || f.EnvVars["step"] != "1m" || f.Image != plain["predictor"].Image {
		t.Errorf("the settings of one function reach another one: %+v", f)
	}
}
