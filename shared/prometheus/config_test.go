package prometheus_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"prewarm/shared/config"
	prom "prewarm/shared/prometheus"
	"prewarm/shared/testbed"
)

// readConfig reads the configuration from an environment and mounted secrets.
func readConfig(t *testing.T, env, secrets map[string]string) (prom.Config, error) {
	t.Helper()
	dir := t.TempDir()
	for name, content := range secrets {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r := config.NewReader(func(k string) string {
		if k == "secrets_dir" {
			return dir
		}
		return env[k]
	})
	return prom.ReadConfig(r), r.Err()
}

func TestWithoutSettingsTheStoreIsThatOfOpenFaaS(t *testing.T) {
	got, err := readConfig(t, nil, nil)
	if want := (prom.Config{URL: "http://prometheus.openfaas:9090", Headers: http.Header{}}); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestSettingsOfTheStore(t *testing.T) {
	got, err := readConfig(t,
		map[string]string{
			"prometheus_url":      "http://me:pw@mimir:8080/prometheus/",
			"prometheus_matchers": `cluster="eu"`,
			"prometheus_headers":  "x-scope-orgid: team-a; X-Team: blue",
		},
		map[string]string{"prometheus-token": "abc\n", "prometheus-password": "secret", "prometheus-headers": "X-Team: red\nX-Key: a;b\n"})
	want := prom.Config{
		URL: "http://mimir:8080/prometheus", User: "me", Password: "secret", Token: "abc",
		Headers:  http.Header{"X-Scope-Orgid": {"team-a"}, "X-Team": {"red"}, "X-Key": {"a;b"}},
		Matchers: []prom.Matcher{{Label: "cluster", Op: "=", Value: "eu"}},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
}

// Each error names the key or secret, and shows no password and no header.
func TestAWrongSettingIsRefusedByName(t *testing.T) {
	for _, c := range []struct {
		name    string
		env     map[string]string
		secrets map[string]string
		want    string
	}{
		{"query", map[string]string{"prometheus_url": "http://me:hunter2@thanos:9090?token=hunter2"}, nil,
			`prometheus_url must be a URL without query and fragment, was: "http://thanos:9090" with one of them; set prometheus_matchers to select series, and prometheus_headers for tenants`},
		{"fragment", map[string]string{"prometheus_url": "http://grafana/#/explore"}, nil, `prometheus_url must be a URL without query and fragment, was: "http://grafana/" with`},
		{"scheme", map[string]string{"prometheus_url": "thanos:9090"}, nil, "prometheus_url must be a URL with scheme http or https"},
		{"matchers", map[string]string{"prometheus_matchers": `cluster=eu`}, nil, "prometheus_matchers must be label matchers"},
		{"headers", map[string]string{"prometheus_headers": "hunter2"}, nil, "prometheus_headers must be headers such as X-Scope-OrgID: team-a"},
		{"secret headers", nil, map[string]string{"prometheus-headers": "X-Key: hunter2\n: hunter2"}, "secret prometheus-headers must be headers such as X-Scope-OrgID: team-a, separated by new lines or semicolons: number 2 must have a name"},
		{"certificate", nil, map[string]string{"prometheus-ca": "hunter2"}, "secret prometheus-ca must hold certificates"},
	} {
		_, err := readConfig(t, c.env, c.secrets)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
		}
	}
}

// A Mimir behind TLS, whose certificate an own authority has signed, with one tenant per
// cluster.
func TestAQueryHasTheHeadersMatchersAndCertificates(t *testing.T) {
	authority := testbed.NewAuthority(t)
	var seen *http.Request
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = r
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		io.WriteString(w, matrix(""))
	}))
	srv.TLS = authority.Server(true)
	srv.StartTLS()
	defer srv.Close()
	cert, key := authority.Issue("prewarm", time.Now().Add(time.Hour))
	cfg, err := readConfig(t,
		map[string]string{"prometheus_url": srv.URL + "/prometheus", "prometheus_matchers": `cluster="eu",env!~'dev|te"st'`, "prometheus_headers": "X-Scope-OrgID: team-a"},
		map[string]string{"prometheus-ca": string(authority.PEM()), "prometheus-cert": string(cert), "prometheus-key": string(key)})
	if err != nil {
		t.Fatal(err)
	}
	own := []prom.Matcher{{Label: "code", Op: "=", Value: "200"}}
	if err := prom.New(cfg, nil).Each(context.Background(), "calls", own, from, to, nil); err != nil {
		t.Fatal(err)
	}
	if got, want := seen.Form.Get("query"), `calls{cluster="eu",env!~"dev|te\"st",code="200"}[60002ms]`; got != want {
		t.Errorf("query: got %s, want %s", got, want)
	}
	if seen.URL.Path != "/prometheus/api/v1/query" || seen.Header.Get("X-Scope-OrgID") != "team-a" || seen.TLS.PeerCertificates[0].Subject.CommonName != "prewarm" {
		t.Errorf("got path %s, headers %v", seen.URL.Path, seen.Header)
	}
}

// http.Client would follow a POST with a GET, without the query.
func TestARedirectionNamesTheAddressToSet(t *testing.T) {
	for status, location := range map[int]string{301: "https://store.example/prometheus/api/v1/query", 307: "/prometheus/api/v1/query"} {
		srv := httptest.NewServer(http.RedirectHandler(location, status))
		defer srv.Close()
		_, err := query(context.Background(), prom.Config{URL: srv.URL})
		want := strings.TrimSuffix(location, "/api/v1/query")
		if status == 307 {
			want = srv.URL + want
		}
		if err == nil || !strings.Contains(err.Error(), `prometheus_url must be "`+want+`"`) || prom.AskLess(err) {
			t.Errorf("status %d: got %v", status, err)
		}
	}
}

func TestTheTokenReplacesAHeaderAuthorization(t *testing.T) {
	url, seen := store(t, 200, matrix(""))
	headers := http.Header{"Authorization": {"Custom key"}}
	for want, cfg := range map[string]prom.Config{
		"Custom key": {URL: url, Headers: headers},
		"Bearer abc": {URL: url, Headers: headers, Token: "abc"},
	} {
		if _, err := query(context.Background(), cfg); err != nil {
			t.Fatal(err)
		}
		if got := seen.Header.Values("Authorization"); len(got) != 1 || got[0] != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if headers.Get("Authorization") != "Custom key" {
		t.Error("a query must not change the headers of the configuration")
	}
}
