package gateway

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/openfaas/faas-provider/logs"
	"github.com/openfaas/faas-provider/types"
)

// The files certifier_*_test.go have the cases of github.com/openfaas/certifier, with which
// providers of OpenFaaS are tested. Each case begins with a deployment and asks as a user does.

// certify starts a gateway on which a function is deployed and ready.
func certify(t *testing.T, d types.FunctionDeployment) *fixture {
	t.Helper()
	f := start(t, nil)
	f.deploy(d)
	f.awaitReady(d.Service, f.status(d.Service).Replicas)
	return f
}

func TestCertifierDeploy(t *testing.T) {
	f := certify(t, hello())
	all, err := f.client.GetFunctions(context.Background(), Namespace)
	if err != nil || len(all) != 1 || all[0].Name != "hello" {
		t.Errorf("list: %+v %v", all, err)
	}
}

func TestCertifierDeployWithEnvironmentAndQuery(t *testing.T) {
	d := hello()
	d.EnvVars = map[string]string{"custom_env": "custom_env_value"}
	f := certify(t, d)
	if got := f.call(http.MethodGet, "/function/hello/env?name=custom_env", ""); got.code != http.StatusOK || got.body != "custom_env_value" {
		t.Errorf("environment: %+v", got)
	}
	if got := f.call(http.MethodGet, "/function/hello?testing=1", "").header.Get("X-Path"); got != "/?testing=1" {
		t.Errorf("query: %q", got)
	}
}

func TestCertifierDeployWithLabelsAndAnnotations(t *testing.T) {
	labels := map[string]string{"upstream_uri": "example.com", "canary_build": "true"}
	annotations := map[string]string{"important-date": "Fri Aug 10 08:21:00 BST 2018", "some-json": `{ "glossary": { "GlossSeeAlso": ["GML", "XML"] } }`}
	d := hello()
	d.Labels, d.Annotations = &labels, &annotations
	f := certify(t, d)
	got := f.status("hello")
	// The provider may add some of its own.
	for key, want := range labels {
		if (*got.Labels)[key] != want {
			t.Errorf("label %s is %q, want %q", key, (*got.Labels)[key], want)
		}
	}
	for key, want := range annotations {
		if (*got.Annotations)[key] != want {
			t.Errorf("annotation %s is %q, want %q", key, (*got.Annotations)[key], want)
		}
	}
}

// An update replaces labels; those of before are gone.
func TestCertifierUpdate(t *testing.T) {
	f := certify(t, hello("team", "blue"))
	if code, err := f.client.Update(context.Background(), hello("owner", "green")); err != nil || code != http.StatusAccepted {
		t.Fatalf("update: %d %v", code, err)
	}
	if got, want := *f.status("hello").Labels, map[string]string{"owner": "green", labelFunction: "hello"}; !maps.Equal(got, want) {
		t.Errorf("labels %v, want %v", got, want)
	}
}

func TestCertifierDelete(t *testing.T) {
	f := certify(t, hello())
	if got := f.system(http.MethodDelete, "/system/functions", `{"functionName":"hello"}`); got.code != http.StatusAccepted {
		t.Errorf("delete: %d", got.code)
	}
	if got := f.call(http.MethodGet, "/function/hello", ""); got.code != http.StatusNotFound {
		t.Errorf("call of what was deleted: %d", got.code)
	}
}

func TestCertifierLogs(t *testing.T) {
	f := certify(t, hello())
	f.call(http.MethodGet, "/function/hello/print?text=one", "")
	f.call(http.MethodGet, "/function/hello/print?text=two", "")
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	lines, err := newCLI(f, t).logs(ctx, logs.Request{Name: "hello", Tail: 2})
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for line := range lines {
		if line.Name != "hello" {
			t.Errorf("a line of %q", line.Name)
		}
		texts = append(texts, line.Text)
	}
	if !slices.Equal(texts, []string{"one", "two"}) {
		t.Errorf("the last two lines are %q", texts)
	}
}

func TestCertifierSecrets(t *testing.T) {
	f := start(t, nil)
	ctx := context.Background()
	listed := func() (names []string) {
		t.Helper()
		all, err := f.client.GetSecrets(ctx, Namespace)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range all {
			names = append(names, secret.Name)
		}
		return names
	}
	accepted := func(code int, err error) {
		t.Helper()
		if err != nil || code != http.StatusAccepted {
			t.Fatalf("%d %v", code, err)
		}
	}
	accepted(f.client.CreateSecret(ctx, types.Secret{Name: "secret-name", Value: "this-is-the-secret-value"}))
	d := hello()
	d.Secrets = []string{"secret-name"}
	f.deploy(d)
	read := func() string { return f.call(http.MethodGet, "/function/hello/secret?name=secret-name", "").body }
	if got := read(); got != "this-is-the-secret-value" {
		t.Errorf("the function reads %q", got)
	}
	if !slices.Equal(listed(), []string{"secret-name"}) || !slices.Equal(f.status("hello").Secrets, listed()) {
		t.Errorf("listed: %q, of the function: %q", listed(), f.status("hello").Secrets)
	}
	accepted(f.client.UpdateSecret(ctx, types.Secret{Name: "secret-name", Value: "this-is-the-edited-secret-value"}))
	if got := read(); got != "this-is-the-edited-secret-value" {
		t.Errorf("the function reads %q after the update", got)
	}
	if err := f.client.DeleteFunction(ctx, "hello", Namespace); err != nil {
		t.Fatal(err)
	}
	if err := f.client.DeleteSecret(ctx, "secret-name", Namespace); err != nil || len(listed()) != 0 {
		t.Errorf("after the removal: %q %v", listed(), err)
	}
}

// Editions without several namespaces have one, and refuse deployments to others.
func TestCertifierNamespaces(t *testing.T) {
	f := start(t, nil)
	ctx := context.Background()
	if names, err := f.client.GetNamespaces(ctx); err != nil || !slices.Equal(names, []string{Namespace}) {
		t.Errorf("namespaces: %q %v", names, err)
	}
	d := hello()
	d.Namespace = Namespace
	f.deploy(d)
	if got := f.status("hello").Namespace; got != Namespace {
		t.Errorf("namespace: %q", got)
	}
	if got := f.call(http.MethodGet, "/function/hello."+Namespace, ""); got.code != http.StatusOK {
		t.Errorf("call by name and namespace: %d", got.code)
	}
	d.Namespace = "certifier-test"
	if code, err := f.client.Deploy(ctx, d); code != http.StatusBadRequest {
		t.Errorf("deploy to another namespace: %d %v", code, err)
	}
}

func TestCertifierHealth(t *testing.T) {
	f := start(t, nil)
	if got := f.call(http.MethodGet, "/healthz", ""); got.code != http.StatusOK {
		t.Errorf("healthz: %d", got.code)
	}
}
