package gateway

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/openfaas/faas-provider/logs"
	"github.com/openfaas/faas-provider/types"
)

func TestFaasCLILogsIn(t *testing.T) {
	f := start(t, nil)
	c := newCLI(f, t)
	c.gateway += "/"
	if err := c.login(testPassword); err != nil {
		t.Error(err)
	}
	if err := c.login("wrong"); err == nil || err.Error() != "unable to login, either username or password is incorrect" {
		t.Errorf("a wrong password: %v", err)
	}
}

func TestFaasCLIWithoutLoginIsUnauthorized(t *testing.T) {
	f := start(t, nil)
	f.deploy(hello())
	c := newCLI(f, t)
	c.password = ""
	_, deployed := c.deploy(hello())
	_, listed := c.list()
	_, described := c.describe("hello")
	_, secrets := c.secrets()
	_, followed := c.logs(context.Background(), logs.Request{Name: "hello"})
	_, namespaces := c.namespaces()
	_, version := c.version()
	for command, got := range map[string]string{
		"deploy": deployed, "list": fmt.Sprint(listed), "describe": fmt.Sprint(described), "remove": fmt.Sprint(c.remove("hello")),
		"scale": fmt.Sprint(c.scale("hello", 1)), "secret list": fmt.Sprint(secrets),
		"secret create": c.createSecret(types.Secret{Name: "a", Value: "b"}, false), "secret update": c.updateSecret(types.Secret{Name: "a", Value: "b"}),
		"secret remove": fmt.Sprint(c.removeSecret("a")), "logs": fmt.Sprint(followed), "namespaces": fmt.Sprint(namespaces), "version": fmt.Sprint(version),
	} {
		if got != errUnauthorized.Error() {
			t.Errorf("%s: got %q, want the error of an unauthenticated call", command, got)
		}
	}
	if output, _, err := c.invoke(invocation{name: "hello", body: "x"}); err != nil || output != "x" {
		t.Errorf("invoke needs no login: %q %v", output, err)
	}
}

func TestFaasCLIDeploysUpdatesReplacesAndRemoves(t *testing.T) {
	f := start(t, nil)
	for _, namespace := range []string{"", Namespace} {
		c := newCLI(f, t)
		c.namespace = namespace
		at := "\nURL: " + c.url("/function/", "hello") + "\n"
		if code, output := c.deploy(hello()); code != http.StatusAccepted || output != "Deployed. 202 Accepted."+at {
			t.Fatalf("deploy: %d %q", code, output)
		}
		f.awaitReady("hello", 1)
		if code, output := c.deploy(hello()); code != http.StatusAccepted || output != "Deployed. 202 Accepted."+at {
			t.Errorf("deploy again: %d %q", code, output)
		}
		for range 3 {
			if code, output := c.replace(hello()); code != http.StatusAccepted {
				t.Errorf("deploy --replace: %d %q", code, output)
			}
			f.awaitReady("hello", 1)
		}
		if err := c.remove("hello"); err != nil {
			t.Error(err)
		}
		if err := c.remove("hello"); err == nil || err.Error() != "No existing function to remove" {
			t.Errorf("remove again: %v", err)
		}
		if _, err := c.describe("hello"); err == nil || err.Error() != "no such function: hello" {
			t.Errorf("describe of what was removed: %v", err)
		}
	}
}

func TestFaasCLIShowsWhyADeploymentIsRefused(t *testing.T) {
	f := start(t, func(o *Options) { o.Edition = Community })
	c := newCLI(f, t)
	image, secret, zero := hello(), hello(), hello(labelZero, "true")
	image.Image = "nowhere/nothing:1"
	secret.Secrets = []string{"missing"}
	for want, d := range map[string]types.FunctionDeployment{
		`image "nowhere/nothing:1" is unknown`: image, "secret missing does not exist": secret, "not available in OpenFaaS CE": zero,
	} {
		code, output := c.deploy(d)
		if code != http.StatusBadRequest || !strings.HasPrefix(output, "Unexpected status: 400, message: ") || !strings.Contains(output, want) {
			t.Errorf("got %d %q, want %q", code, output, want)
		}
	}
	c.namespace = "other"
	if code, output := c.deploy(hello()); code != http.StatusBadRequest || !strings.Contains(output, "namespace must be openfaas-fn") {
		t.Errorf("another namespace: %d %q", code, output)
	}
}

func TestFaasCLIDescribesAFunction(t *testing.T) {
	f := start(t, nil)
	c := newCLI(f, t)
	c.createSecret(types.Secret{Name: "api-key", Value: "v"}, false)
	d := hello("team", "blue", labelZero, "true")
	d.Annotations = &map[string]string{"prewarm.mode": "active"}
	d.EnvVars = map[string]string{"greeting": "hi"}
	d.Secrets, d.Constraints = []string{"api-key"}, []string{"disk=ssd"}
	d.Requests, d.Limits = &types.FunctionResources{CPU: "20m", Memory: "32Mi"}, &types.FunctionResources{CPU: "1", Memory: "64Mi"}
	c.deploy(d)
	f.awaitReady("hello", 1)
	for range 3 {
		if _, _, err := c.invoke(invocation{name: "hello"}); err != nil {
			t.Fatal(err)
		}
	}
	want := `Name:               hello
Status:             Ready
Replicas:           1
Available Replicas: 1
Invocations:        3
Image:              ` + testImage + `
URL:                ` + c.gateway + `/function/hello
Async URL:          ` + c.gateway + `/async-function/hello
Labels:             map[com.openfaas.scale.zero:true faas_function:hello team:blue]
Annotations:        map[prewarm.mode:active prometheus.io.scrape:false]
Constraints:        []
Environment:        map[]
Secrets:            [api-key]
`
	got, err := c.describe("hello")
	if err != nil || !strings.HasPrefix(got, want) ||
		!strings.Contains(got, "Requests:           CPU: 20m Memory: 32Mi\n") || !strings.Contains(got, "Limits:             CPU: 1 Memory: 64Mi\n") {
		t.Errorf("%v, got\n%s\nwant\n%s", err, got, want)
	}

	if err := c.scale("hello", 0); err != nil {
		t.Fatal(err)
	}
	f.awaitReady("hello", 0)
	if got, err := c.describe("hello"); err != nil || !strings.Contains(got, "Not Ready\nReplicas:           0\nAvailable Replicas: 0\n") {
		t.Errorf("scaled to zero: %v\n%s", err, got)
	}
	if err := c.scale("nope", 1); err == nil || err.Error() != "function nope not found" {
		t.Errorf("scale of nothing: %v", err)
	}
}

func TestFaasCLIDescribesAFunctionWithoutLabelsAndAnnotations(t *testing.T) {
	f := start(t, nil)
	c := newCLI(f, t)
	for _, body := range []string{
		`{"service":"hello","image":"` + testImage + `"}`, `{"service":"hello","image":"` + testImage + `","labels":null,"annotations":null}`,
	} {
		_ = c.remove("hello")
		if got := f.system(http.MethodPost, "/system/functions", body); got.code != http.StatusAccepted {
			t.Fatal(got)
		}
		if got, err := c.describe("hello"); err != nil || !strings.Contains(got, "Annotations:        map[prometheus.io.scrape:false]\n") {
			t.Errorf("%v\n%s", err, got)
		}
	}
}

func TestFaasCLIListsFunctions(t *testing.T) {
	f := start(t, nil)
	c := newCLI(f, t)
	if all, err := c.list(); err != nil || all == nil || len(all) != 0 {
		t.Errorf("nothing is deployed: %v %v", all, err)
	}
	second := hello()
	second.Service = "again"
	c.deploy(hello(labelMin, "2"))
	c.deploy(second)
	f.awaitReady("hello", 2)
	f.awaitReady("again", 1)
	before := time.Now().Add(-time.Minute)
	for _, path := range []string{"/function/hello", "/function/hello.openfaas-fn/a"} {
		f.call(http.MethodGet, path, "")
	}
	all, err := c.list()
	if err != nil || len(all) != 2 || all[0].Name != "again" || all[1].Name != "hello" {
		t.Fatalf("list: %+v %v", all, err)
	}
	for i, want := range []types.FunctionStatus{{InvocationCount: 0, Replicas: 1}, {InvocationCount: 2, Replicas: 2}} {
		got := all[i]
		if got.Image != testImage || got.InvocationCount != want.InvocationCount || got.Replicas != want.Replicas || got.CreatedAt.Before(before) {
			t.Errorf("list --verbose: %+v", got)
		}
	}
	c.namespace = "other"
	if _, err := c.list(); err == nil || !strings.Contains(err.Error(), "unexpected status code: 400 - namespace must be") {
		t.Errorf("another namespace: %v", err)
	}
}

func TestFaasCLIInvokesAFunction(t *testing.T) {
	f := start(t, nil)
	c := newCLI(f, t)
	c.deploy(hello())
	mac := hmac.New(sha256.New, []byte("a key"))
	mac.Write([]byte("signed"))
	signature := "sha256=" + hex.EncodeToString(mac.Sum(nil))
	output, header, err := c.invoke(invocation{
		name: "hello", body: "signed", method: http.MethodPut, query: url.Values{"repo": {"faas-cli"}},
		header: http.Header{"X-Hub-Signature-256": {signature}, "Content-Type": {"application/json"}},
	})
	if err != nil || output != "signed" {
		t.Fatalf("invoke: %q %v", output, err)
	}
	for name, want := range map[string]string{
		"Echo-X-Hub-Signature-256": signature, "Echo-Content-Type": "application/json", "Echo-User-Agent": "faas-cli/dev (openfaas; linux; amd64)",
		"Echo-Authorization": "", "X-Method": "PUT", "X-Path": "/?repo=faas-cli",
	} {
		if got := header.Get(name); got != want {
			t.Errorf("%s: the function saw %q, want %q", name, got, want)
		}
	}
	if header.Get("X-Call-Id") == "" || header.Get("X-Call-Id") != header.Get("Echo-X-Call-Id") || header.Get("X-Start-Time") == "" {
		t.Errorf("headers of a call: %v", header)
	}
	if _, _, err := c.invoke(invocation{name: "nope"}); err == nil || !strings.Contains(err.Error(), "unexpected status code: 404 - function nope.openfaas-fn not found") {
		t.Errorf("a function that is not there: %v", err)
	}
}

func TestFaasCLIInvokesAsynchronously(t *testing.T) {
	js := startNATS(t)
	f := start(t, func(o *Options) { o.JetStream = js })
	c := newCLI(f, t)
	c.deploy(hello())
	callback, results := callbacks(t)
	output, header, err := c.invoke(invocation{
		name: "hello", body: "later", async: true, query: url.Values{"a": {"b"}}, header: http.Header{"X-Callback-Url": {callback}},
	})
	if err != nil || output != "Function submitted asynchronously." {
		t.Fatalf("invoke --async: %q %v", output, err)
	}
	got := receive(t, results)
	if got.body != "later" || got.header.Get("X-Call-Id") != header.Get("X-Call-Id") {
		t.Errorf("callback: %+v", got)
	}
}
