package gateway

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/openfaas/faas-provider/types"
	"github.com/prometheus/client_golang/prometheus"

	"prewarm/shared/testbed"
)

func TestSDKClientManagesAFunction(t *testing.T) {
	f := start(t, nil)
	ctx := context.Background()

	d := hello("team", "blue")
	d.EnvVars = map[string]string{"greeting": "hi"}
	d.Annotations = &map[string]string{"topic": "cron-function"}
	f.deploy(d)
	f.awaitReady("hello", 1)

	status := f.status("hello")
	if status.Namespace != Namespace || status.Image != testImage ||
		(*status.Labels)["team"] != "blue" || (*status.Annotations)["topic"] != "cron-function" || status.CreatedAt.IsZero() {
		t.Errorf("describe: %+v", status)
	}

	if err := f.client.ScaleFunction(ctx, "hello", Namespace, 3); err != nil {
		t.Fatal(err)
	}
	f.awaitReady("hello", 3)

	d.EnvVars["greeting"] = "ho"
	if code, err := f.client.Update(ctx, d); err != nil || code != http.StatusAccepted {
		t.Fatalf("update: %d %v", code, err)
	}
	testbed.Eventually(t, "the new environment answers", func() bool {
		return f.call(http.MethodGet, "/function/hello/env?name=greeting", "").body == "ho"
	})

	all, err := f.client.GetFunctions(ctx, Namespace)
	if err != nil || len(all) != 1 || all[0].Name != "hello" || all[0].InvocationCount < 1 || all[0].Replicas != 3 {
		t.Errorf("list: %+v %v", all, err)
	}

	if err := f.client.DeleteFunction(ctx, "hello", Namespace); err != nil {
		t.Fatal(err)
	}
	if all, err := f.client.GetFunctions(ctx, ""); err != nil || len(all) != 0 {
		t.Errorf("list after delete: %+v %v", all, err)
	}
	testbed.Eventually(t, "its directory is gone", func() bool {
		_, err := os.Stat(filepath.Join(f.opts.StateDir, "functions", "hello"))
		return os.IsNotExist(err)
	})
}

func TestSDKClientInvokesAFunction(t *testing.T) {
	f := start(t, nil)
	f.deploy(hello())
	req, err := http.NewRequest(http.MethodPost, "/", strings.NewReader("echo"))
	if err != nil {
		t.Fatal(err)
	}
	res, err := f.client.InvokeFunction("hello", "", false, false, req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusOK || res.Header.Get("X-Path") != "/" {
		t.Errorf("invoke: %d %v", res.StatusCode, res.Header)
	}
}

func TestSDKClientManagesSecrets(t *testing.T) {
	logged := &testbed.Buffer{}
	f := start(t, func(o *Options) { o.Logger = newTestLogger(logged) })
	ctx := context.Background()

	if code, err := f.client.CreateSecret(ctx, types.Secret{Name: "api-key", Value: "s3cr3t-value"}); err != nil || code != http.StatusAccepted {
		t.Fatalf("create: %d %v", code, err)
	}
	if code, _ := f.client.CreateSecret(ctx, types.Secret{Name: "api-key", Value: "other"}); code != http.StatusConflict {
		t.Errorf("create again: %d", code)
	}
	secrets, err := f.client.GetSecrets(ctx, Namespace)
	if err != nil || len(secrets) != 1 || secrets[0].Name != "api-key" || secrets[0].Value != "" {
		t.Errorf("list: %+v %v", secrets, err)
	}
	wantOwnerOnly(t, filepath.Join(f.opts.StateDir, "secrets", "api-key"))

	d := hello()
	d.Secrets = []string{"api-key"}
	f.deploy(d)
	read := func() string { return f.call(http.MethodGet, "/function/hello/secret?name=api-key", "").body }
	if got := read(); got != "s3cr3t-value" {
		t.Errorf("the function reads %q", got)
	}

	// A running replica sees the new value; raw values are bytes.
	if code, err := f.client.UpdateSecret(ctx, types.Secret{Name: "api-key", RawValue: []byte("raw")}); err != nil || code != http.StatusAccepted {
		t.Fatalf("update: %d %v", code, err)
	}
	if got := read(); got != "raw" {
		t.Errorf("the function reads %q after the update", got)
	}
	longest := strings.Repeat("n", 253)
	for _, set := range []func(context.Context, types.Secret) (int, error){f.client.CreateSecret, f.client.UpdateSecret} {
		if code, err := set(ctx, types.Secret{Name: longest, Value: "x"}); err != nil || code/100 != 2 {
			t.Errorf("the longest name: %d %v", code, err)
		}
	}
	for _, file := range []string{"secrets/api-key", "secrets/" + longest, "state.json"} {
		wantOwnerOnly(t, filepath.Join(f.opts.StateDir, file))
	}
	if code, _ := f.client.UpdateSecret(ctx, types.Secret{Name: "nope", Value: "x"}); code != http.StatusNotFound {
		t.Errorf("update of an unknown secret: %d", code)
	}
	if err := f.client.DeleteSecret(ctx, "api-key", Namespace); err != nil {
		t.Error(err)
	}
	if err := f.client.DeleteSecret(ctx, "api-key", Namespace); err == nil || !strings.Contains(err.Error(), "not found") {
		t.Errorf("delete again: %v", err)
	}
	if strings.Contains(logged.String(), "s3cr3t-value") {
		t.Error("the log holds a secret's value")
	}
}

func wantOwnerOnly(t *testing.T, path string) {
	t.Helper()
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%s: %v %v", path, info, err)
	}
}

func TestSecretsMoveWithTheStateDirectory(t *testing.T) {
	here, there := filepath.Join(t.TempDir(), "state"), filepath.Join(t.TempDir(), "moved")
	f := start(t, func(o *Options) { o.StateDir = here })
	if _, err := f.client.CreateSecret(context.Background(), types.Secret{Name: "api-key", Value: "s3cr3t-value"}); err != nil {
		t.Fatal(err)
	}
	d := hello()
	d.Secrets = []string{"api-key"}
	f.deploy(d)
	closeWithin(t, f.Gateway, 20*time.Second)
	if err := os.Rename(here, there); err != nil {
		t.Fatal(err)
	}
	f.opts.StateDir = there
	for range 2 { // the second time the links are right already
		f = f.restart()
		if got := f.call(http.MethodGet, "/function/hello/secret?name=api-key", ""); got.code != http.StatusOK || got.body != "s3cr3t-value" {
			t.Errorf("the function reads %d %q", got.code, got.body)
		}
	}
}

func TestSDKClientReadsInfoAndNamespaces(t *testing.T) {
	f := start(t, func(o *Options) { o.Release = "1.2.3" })
	ctx := context.Background()
	info, err := f.client.GetInfo(ctx)
	if err != nil || info.Version.Release != "1.2.3" || info.Arch == "" {
		t.Errorf("info: %+v %v", info, err)
	}
	namespaces, err := f.client.GetNamespaces(ctx)
	if err != nil || fmt.Sprint(namespaces) != "[openfaas-fn]" {
		t.Errorf("namespaces: %v %v", namespaces, err)
	}
	if namespace, err := f.client.GetNamespace(ctx, Namespace); err != nil || namespace.Name != Namespace {
		t.Errorf("namespace: %+v %v", namespace, err)
	}
	if _, err := f.client.GetNamespace(ctx, "other"); err == nil || !strings.Contains(err.Error(), "not found") {
		t.Errorf("unknown namespace: %v", err)
	}
	if code, err := f.client.CreateNamespace(ctx, types.FunctionNamespace{Name: "other"}); code != http.StatusNotImplemented {
		t.Errorf("create namespace: %d %v", code, err)
	}
	if code, err := f.client.UpdateNamespace(ctx, types.FunctionNamespace{Name: Namespace}); code != http.StatusNotImplemented {
		t.Errorf("update namespace: %d %v", code, err)
	}
	if err := f.client.DeleteNamespace(ctx, Namespace); err == nil {
		t.Error("a namespace was deleted")
	}
}

func TestSDKClientFollowsLogs(t *testing.T) {
	f := start(t, nil)
	f.deploy(hello())
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	lines, err := f.client.GetLogs(ctx, "hello", Namespace, true, -1, nil)
	if err != nil {
		t.Fatal(err)
	}
	if line := <-lines; !strings.HasPrefix(line.Text, "started hello-") || line.Name != "hello" ||
		line.Namespace != Namespace || !strings.HasPrefix(line.Instance, "hello-") || line.Timestamp.IsZero() {
		t.Errorf("first line: %+v", line)
	}
	f.call(http.MethodGet, "/function/hello/print?text=hey", "")
	if line := <-lines; line.Text != "hey" {
		t.Errorf("followed line: %+v", line)
	}

	// Without following, the stream ends with the last line.
	tail, err := f.client.GetLogs(context.Background(), "hello", Namespace, false, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for line := range tail {
		texts = append(texts, line.Text)
	}
	if fmt.Sprint(texts) != "[hey]" {
		t.Errorf("tail: %v", texts)
	}
	future := time.Now().Add(time.Hour)
	later, err := f.client.GetLogs(context.Background(), "hello", Namespace, false, 0, &future)
	if err != nil {
		t.Fatal(err)
	}
	for line := range later {
		t.Errorf("a line from the future: %+v", line)
	}
	if _, err := f.client.GetLogs(context.Background(), "nope", Namespace, false, 0, nil); err == nil {
		t.Error("logs of an unknown function")
	}
}

func TestStatusCodesOfTheAPI(t *testing.T) {
	f := start(t, nil)
	f.deploy(hello())
	good := `{"service":"new","image":"` + testImage + `"`
	for name, test := range map[string]struct {
		method, path, body string
		code               int
		text               string // part of the answer
	}{
		"deploy without JSON":            {"POST", "/system/functions", `{`, 400, "JSON"},
		"deploy of nothing":              {"POST", "/system/functions", `{}`, 400, "service"},
		"deploy of a bad name":           {"POST", "/system/functions", `{"service":"Bad_Name","image":"x"}`, 400, "service"},
		"deploy without image":           {"POST", "/system/functions", `{"service":"new"}`, 400, "image"},
		"deploy of an unknown image":     {"POST", "/system/functions", `{"service":"new","image":"nope"}`, 400, `image "nope" is unknown`},
		"deploy with a missing secret":   {"POST", "/system/functions", good + `,"secrets":["nope"]}`, 400, "secret nope"},
		"deploy with a traversal":        {"POST", "/system/functions", good + `,"secrets":["../state.json"]}`, 400, "secret name"},
		"deploy elsewhere":               {"POST", "/system/functions", good + `,"namespace":"other"}`, 400, "namespace"},
		"deploy with a bad label":        {"POST", "/system/functions", good + `,"labels":{"com.openfaas.scale.min":"many"}}`, 400, "com.openfaas.scale.min must be an integer"},
		"deploy with min above max":      {"POST", "/system/functions", good + `,"labels":{"com.openfaas.scale.min":"3","com.openfaas.scale.max":"2"}}`, 400, "at most"},
		"deploy with min 0":              {"POST", "/system/functions", good + `,"labels":{"com.openfaas.scale.min":"0"}}`, 400, "at least 1"},
		"deploy with a bad timeout":      {"POST", "/system/functions", good + `,"envVars":{"exec_timeout":"soon"}}`, 400, "exec_timeout"},
		"deploy with a bad delay":        {"POST", "/system/functions", good + `,"annotations":{"local.simulated-start-delay":"-1s"}}`, 400, "local.simulated-start-delay"},
		"deploy again":                   {"POST", "/system/functions", `{"service":"hello","image":"` + testImage + `"}`, 409, "exists"},
		"deploy of too much":             {"POST", "/system/functions", `{"service":"` + strings.Repeat("x", maxBody) + `"}`, 413, "at most"},
		"update of an unknown function":  {"PUT", "/system/functions", good + `}`, 404, "not found"},
		"update without JSON":            {"PUT", "/system/functions", `[]`, 400, "JSON"},
		"delete of an unknown function":  {"DELETE", "/system/functions", `{"functionName":"nope"}`, 404, "not found"},
		"delete of nothing":              {"DELETE", "/system/functions", `{}`, 400, "functionName"},
		"delete without JSON":            {"DELETE", "/system/functions", ``, 400, "JSON"},
		"describe an unknown function":   {"GET", "/system/function/nope", ``, 404, "not found"},
		"describe with the namespace":    {"GET", "/system/function/hello?namespace=openfaas-fn", ``, 200, `"name":"hello"`},
		"describe elsewhere":             {"GET", "/system/function/hello?namespace=other", ``, 400, "namespace"},
		"list elsewhere":                 {"GET", "/system/functions?namespace=other", ``, 400, "namespace"},
		"scale":                          {"POST", "/system/scale-function/hello", `{"serviceName":"hello","replicas":1}`, 202, ""},
		"scale an unknown function":      {"POST", "/system/scale-function/nope", `{"serviceName":"nope","replicas":1}`, 404, "not found"},
		"scale without JSON":             {"POST", "/system/scale-function/hello", `replicas=1`, 400, "JSON"},
		"scale below zero":               {"POST", "/system/scale-function/hello", `{"replicas":-1}`, 400, "JSON"},
		"scale to nothing":               {"POST", "/system/scale-function/hello", `{"serviceName":"hello"}`, 400, "replicas"},
		"scale another one":              {"POST", "/system/scale-function/hello", `{"serviceName":"other","replicas":1}`, 400, "serviceName"},
		"create a bad secret":            {"POST", "/system/secrets", `{"name":"../x","value":"v"}`, 400, "secret name"},
		"create a secret without JSON":   {"POST", "/system/secrets", `{"name":"x","value":5}`, 400, "JSON"},
		"create a secret elsewhere":      {"POST", "/system/secrets", `{"name":"x","namespace":"other"}`, 400, "namespace"},
		"delete an unknown secret":       {"DELETE", "/system/secrets", `{"name":"nope"}`, 404, "not found"},
		"logs of nothing":                {"GET", "/system/logs", ``, 400, "name"},
		"logs of an unknown function":    {"GET", "/system/logs?name=nope", ``, 404, "not found"},
		"logs since a bad time":          {"GET", "/system/logs?name=hello&since=noon", ``, 400, "since"},
		"logs with a bad tail":           {"GET", "/system/logs?name=hello&tail=x", ``, 400, "tail"},
		"logs that may follow":           {"GET", "/system/logs?name=hello&follow=maybe", ``, 400, "follow"},
		"logs elsewhere":                 {"GET", "/system/logs?name=hello&namespace=other", ``, 400, "namespace"},
		"alert without JSON":             {"POST", "/system/alert", `x`, 400, "JSON"},
		"alert of nothing":               {"POST", "/system/alert", `{}`, 200, ""},
		"alert of an unknown function":   {"POST", "/system/alert", `{"alerts":[{"status":"firing","labels":{"function_name":"nope"}}]}`, 200, ""},
		"alert without a function":       {"POST", "/system/alert", `{"alerts":[{"status":"firing","labels":{}}]}`, 200, ""},
		"a method that is not routed":    {"PATCH", "/system/functions", ``, 405, ""},
		"health":                         {"GET", "/healthz", ``, 200, ""},
		"invoke an unknown function":     {"GET", "/function/nope", ``, 404, "not found"},
		"invoke elsewhere":               {"GET", "/function/hello.other", ``, 404, "not found"},
		"invoke by a method of its own":  {"BREW", "/function/hello", ``, 405, ""},
		"asynchronous call without NATS": {"POST", "/async-function/hello", ``, 501, "JetStream"},
		"asynchronous GET":               {"GET", "/async-function/hello", ``, 405, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := f.system(test.method, test.path, test.body)
			if got.code != test.code || !strings.Contains(got.body, test.text) {
				t.Errorf("got %d %q, want %d with %q", got.code, got.body, test.code, test.text)
			}
		})
	}
}

func TestSystemNeedsAuthentication(t *testing.T) {
	f := start(t, nil)
	f.deploy(hello())
	for _, route := range []string{
		"GET /system/functions", "POST /system/functions", "PUT /system/functions", "DELETE /system/functions",
		"GET /system/function/hello", "POST /system/scale-function/hello", "POST /system/alert", "GET /system/info",
		"GET /system/secrets", "POST /system/secrets", "PUT /system/secrets", "DELETE /system/secrets",
		"GET /system/logs?name=hello", "GET /system/namespaces", "GET /system/namespace/openfaas-fn",
	} {
		method, path, _ := strings.Cut(route, " ")
		if got := f.call(method, path, "{}"); got.code != http.StatusUnauthorized || got.header.Get("WWW-Authenticate") == "" {
			t.Errorf("%s without credentials: %d", route, got.code)
		}
		req := f.request(method, path, "{}")
		req.SetBasicAuth(testUser, "wrong")
		if got := f.do(req); got.code != http.StatusUnauthorized {
			t.Errorf("%s with a wrong password: %d", route, got.code)
		}
	}
	for _, path := range []string{"/healthz", "/metrics", "/function/hello"} {
		if got := f.call(http.MethodGet, path, ""); got.code != http.StatusOK {
			t.Errorf("%s must be open, got %d", path, got.code)
		}
	}
}

func TestTwoGatewaysOnOneRegistryAreAnError(t *testing.T) {
	registry := prometheus.NewRegistry()
	f := start(t, func(o *Options) { o.Registry = registry })
	second := f.opts
	second.StateDir = t.TempDir()
	if _, err := New(context.Background(), second); err == nil {
		t.Fatal("two gateways on one registry")
	}
	f.deploy(hello())
	f.call(http.MethodGet, "/function/hello", "")
	f.wantMetric(`gateway_function_invocation_started{function_name="hello.openfaas-fn"}`, 1)

	// After the first is closed, the next can use the registry.
	f = f.restart()
	f.wantMetric(`prewarm_local_replica_busy_seconds_total{function_name="hello.openfaas-fn"}`, 0)
}

func TestOptionsAreValidated(t *testing.T) {
	good := Options{User: "u", Password: "p", StateDir: t.TempDir(), Images: images}
	for want, edit := range map[string]func(*Options){
		"images":          func(o *Options) { o.Images = nil },
		"password":        func(o *Options) { o.Password = "" },
		"state directory": func(o *Options) { o.StateDir = "" },
		"edition":         func(o *Options) { o.Edition = "pro" },
		"async workers":   func(o *Options) { o.AsyncWorkers = -1 },
		"poll":            func(o *Options) { o.ServicePoll = -time.Second },
		"loopback":        func(o *Options) { o.Listen = "0.0.0.0:0" },
		"listen address":  func(o *Options) { o.Listen = "nowhere" },
	} {
		opts := good
		edit(&opts)
		if _, err := New(context.Background(), opts); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", want, err)
		}
	}
}

func TestImageDirectoryFindsExecutablesOnly(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "ghcr.io_acme_hello_1.0")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "data"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	d := ImageDirectory(dir)
	if got, err := d.Resolve("ghcr.io/acme/hello:1.0"); err != nil || got.Path != path {
		t.Errorf("got %+v %v", got, err)
	}
	for _, image := range []string{"", ".", "..", "../x", "data", "missing"} {
		if got, err := d.Resolve(image); err == nil {
			t.Errorf("%q: got %+v", image, got)
		}
	}
}

func FuzzDecodeDeployment(f *testing.F) {
	f.Add([]byte(`{"service":"a","image":"b","labels":{"com.openfaas.scale.min":"2"},"envVars":{"exec_timeout":"5s"}}`))
	f.Add([]byte(`{"service":"a","image":"b","secrets":["x"],"annotations":null}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, edition := range Editions() {
			d, err := decodeDeployment(body, edition)
			if err != nil {
				if statusOf(err) != http.StatusBadRequest {
					t.Errorf("status %d for %v", statusOf(err), err)
				}
				continue
			}
			s := d.settings
			if !nameExp.MatchString(d.Service) || s.min > s.max || s.max > edition.maxLabel() || s.timeout <= 0 {
				t.Errorf("accepted: %+v", d)
			}
			again, err := json.Marshal(d.FunctionDeployment)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := decodeDeployment(again, edition); err != nil {
				t.Errorf("not accepted a second time: %v", err)
			}
		}
	})
}

func FuzzParseLogRequest(f *testing.F) {
	f.Add("name=hello&follow=true&tail=-1&since=2026-01-02T03:04:05Z")
	f.Add("name=hello&namespace=openfaas-fn&instance=hello-1&follow=0")
	f.Fuzz(func(t *testing.T, text string) {
		query, err := url.ParseQuery(text)
		if err != nil {
			return
		}
		r, err := parseLogRequest(query)
		if err != nil && statusOf(err) != http.StatusBadRequest {
			t.Errorf("status %d for %v", statusOf(err), err)
		}
		if err == nil && (r.Name == "" || validateNamespace(r.Namespace) != nil) {
			t.Errorf("accepted: %+v", r)
		}
	})
}

func FuzzDecodeDelete(f *testing.F) {
	f.Add([]byte(`{"functionName":"a"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		if name, err := decodeDelete(body); err == nil && name == "" {
			t.Error("accepted without a name")
		}
	})
}

func FuzzDecodeSecret(f *testing.F) {
	f.Add([]byte(`{"name":"a","value":"v"}`))
	f.Add([]byte(`{"name":"a.b","rawValue":"dg=="}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		secret, err := decodeSecret(body)
		if err == nil && (strings.ContainsAny(secret.Name, "/\\\x00") || strings.Contains(secret.Name, "..") || secret.Name == "") {
			t.Errorf("accepted name %q", secret.Name)
		}
	})
}

func TestTargetsAreReadyReplicasWithTheScrapeAnnotation(t *testing.T) {
	f := start(t, nil)
	f.deploy(hello())
	scraped := hello(labelMin, "2")
	scraped.Service = "scraped"
	scraped.Annotations = &map[string]string{"prometheus.io.scrape": "true", "prometheus.io.path": "/m", "prometheus.io.port": "8081"}
	f.deploy(scraped)
	f.awaitReady("hello", 1)
	f.awaitReady("scraped", 2)

	var groups []struct {
		Targets []string
		Labels  map[string]string
	}
	if err := json.Unmarshal([]byte(f.call(http.MethodGet, TargetsPath, "").body), &groups); err != nil {
		t.Fatal(err)
	}
	if len(groups) != 2 || len(groups[0].Targets) != 1 || groups[0].Targets[0] == groups[1].Targets[0] {
		t.Fatalf("targets: %+v", groups)
	}
	for _, group := range groups {
		res, err := http.Get("http://" + group.Targets[0] + group.Labels["__metrics_path__"])
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if group.Labels["function_name"] != "scraped.openfaas-fn" || res.Header.Get("X-Path") != "/m" {
			t.Errorf("%+v answers %s", group, res.Header.Get("X-Path"))
		}
	}
}
