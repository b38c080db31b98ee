package gateway

import (
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/openfaas/faas-provider/types"
)

// rich is a deployment that uses every field.
func rich() types.FunctionDeployment {
	d := hello("team", "blue")
	d.Annotations = &map[string]string{"topic": "cron-function"}
	d.EnvVars = map[string]string{"greeting": "hi"}
	d.EnvProcess, d.Constraints, d.ReadOnlyRootFilesystem = "./handler", []string{"disk=ssd"}, true
	d.Limits = &types.FunctionResources{Memory: "64Mi"}
	return d
}

func TestStatusLeavesOutWhatFaasNetesDoes(t *testing.T) {
	f := start(t, nil)
	f.deploy(rich())
	for _, path := range []string{"/system/function/hello", "/system/functions"} {
		body := f.system(http.MethodGet, path, "").body
		for _, field := range []string{"envVars", "greeting", "constraints", "readOnlyRootFilesystem", "usage"} {
			if strings.Contains(body, field) {
				t.Errorf("%s has %s: %s", path, field, body)
			}
		}
	}
	// The function itself has them.
	if got := f.call(http.MethodGet, "/function/hello/env?name=greeting", "").body; got != "hi" {
		t.Errorf("greeting is %q", got)
	}
}

func TestStatusHasWhatFaasNetesAdds(t *testing.T) {
	f := start(t, nil)
	f.deploy(rich())
	got := f.status("hello")
	if want := map[string]string{"team": "blue", "faas_function": "hello"}; !maps.Equal(*got.Labels, want) {
		t.Errorf("labels %v, want %v", *got.Labels, want)
	}
	if want := map[string]string{"topic": "cron-function", "prometheus.io.scrape": "false"}; !maps.Equal(*got.Annotations, want) {
		t.Errorf("annotations %v, want %v", *got.Annotations, want)
	}
	if got.EnvProcess != "./handler" || got.Requests != nil || *got.Limits != (types.FunctionResources{CPU: "0", Memory: "64Mi"}) {
		t.Errorf("process %q, requests %v, limits %v", got.EnvProcess, got.Requests, got.Limits)
	}
}

func TestOnlyTheListHasTheNumberOfCalls(t *testing.T) {
	f := start(t, nil)
	f.deploy(hello())
	f.call(http.MethodGet, "/function/hello", "")
	f.wantMetric(`gateway_function_invocation_total{code="200",function_name="hello.openfaas-fn"}`, 1)
	if listed, described := f.listed("hello").InvocationCount, f.status("hello").InvocationCount; listed != 1 || described != 0 {
		t.Errorf("calls: %g listed, %g described", listed, described)
	}
}

func TestAnAnnotationToScrapeIsKept(t *testing.T) {
	f := start(t, nil)
	d := hello()
	d.Annotations = &map[string]string{annotationScrape: "true"}
	f.deploy(d)
	if got := (*f.status("hello").Annotations)[annotationScrape]; got != "true" {
		t.Errorf("%s: %q", annotationScrape, got)
	}
}

// What the status lacks is not lost: the next gateway starts the function with it.
func TestTheStateFileKeepsTheWholeDeployment(t *testing.T) {
	f := start(t, nil)
	f.deploy(rich())
	f = f.restart()
	if got := f.call(http.MethodGet, "/function/hello/env?name=greeting", "").body; got != "hi" {
		t.Errorf("greeting is %q after a restart", got)
	}
	body, err := os.ReadFile(filepath.Join(f.opts.StateDir, "state.json"))
	if err != nil {
		t.Fatal(err)
	}
	var state savedState
	if err := json.Unmarshal(body, &state); err != nil {
		t.Fatal(err)
	}
	got := state.Functions[0].Deployment
	if len(got.Constraints) != 1 || !got.ReadOnlyRootFilesystem || !maps.Equal(*got.Labels, map[string]string{"team": "blue"}) {
		t.Errorf("saved: %+v", got)
	}
}

func TestTheVariableFprocessTakesPrecedence(t *testing.T) {
	f := start(t, nil)
	for variable, want := range map[string]string{"": "./field", "./variable": "./variable"} {
		d := hello()
		d.EnvProcess = "./field"
		if variable != "" {
			d.EnvVars = map[string]string{"fprocess": variable}
		}
		d.Service = "hello-" + strings.TrimPrefix(want, "./")
		f.deploy(d)
		seen := f.call(http.MethodGet, "/function/"+d.Service+"/env?name=fprocess", "").body
		if got := f.status(d.Service).EnvProcess; got != want || seen != want {
			t.Errorf("status has %q, the function %q, want %q", got, seen, want)
		}
	}
}
