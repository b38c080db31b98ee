package access

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"prewarm/shared/config"
)

// read reads the configuration from an environment.
func read(t *testing.T, env map[string]string) (Config, error) {
	t.Helper()
	getenv := func(key string) string {
		if v, set := env[key]; set {
			return v
		}
		return map[string]string{"OPENFAAS_CONFIG": t.TempDir(), "secrets_dir": t.TempDir()}[key]
	}
	r := config.NewReader(getenv)
	c := Read(r, getenv)
	return c, r.Err()
}

// write writes a file in a new directory, which it returns.
func write(t *testing.T, name, text string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestTheDefaultsAreThoseOfFaasCLI(t *testing.T) {
	c, err := read(t, nil)
	if err != nil || c.Gateway != "http://127.0.0.1:8080" || c.Dashboard != "http://127.0.0.1:8080/function/dashboard" || c.User != "admin" || c.Password != "" {
		t.Errorf("got %+v, %v", c, err)
	}
	c, err = read(t, map[string]string{"OPENFAAS_URL": "https://example.org/openfaas/", "dashboard_path": "/function/dashboard.tools"})
	if err != nil || c.Gateway != "https://example.org/openfaas" || c.Dashboard != "https://example.org/openfaas/function/dashboard.tools" {
		t.Errorf("got %+v, %v", c, err)
	}
	// The key of the functions is stronger than the variable of faas-cli.
	if c, _ = read(t, map[string]string{"OPENFAAS_URL": "http://a", "gateway_url": "http://b"}); c.Gateway != "http://b" {
		t.Errorf("got %+v", c)
	}
}

func TestSecretsAreFilesOrVariables(t *testing.T) {
	dir := write(t, "prewarm-gateway-password", "of the file\n")
	c, _ := read(t, map[string]string{"secrets_dir": dir, "PREWARM_GATEWAY_PASSWORD": "of the variable", "PREWARM_READ_TOKEN": "reader"})
	if c.Password != "of the file" || c.Token != "reader" {
		t.Errorf("got %+v", c)
	}
	c, _ = read(t, map[string]string{"PREWARM_GATEWAY_PASSWORD": "of the variable", "PREWARM_DASHBOARD_TOKEN": "operator", "PREWARM_READ_TOKEN": "reader"})
	if c.Password != "of the variable" || c.Token != "operator" {
		t.Errorf("got %+v", c)
	}
}

func TestThePasswordOfFaasCLILoginIsUsed(t *testing.T) {
	token := base64.StdEncoding.EncodeToString([]byte("ann:pass:word"))
	dir := write(t, "config.yml", "auths:\n- gateway: https://other.example.org\n  auth: basic\n  token: "+token+"x\n- gateway: https://example.org\n  auth: basic\n  token: "+token+"\n")
	env := map[string]string{"OPENFAAS_CONFIG": dir, "OPENFAAS_URL": "https://example.org"}
	if c, err := read(t, env); err != nil || c.User != "ann" || c.Password != "pass:word" {
		t.Errorf("got %+v, %v", c, err)
	}
	// Not for another gateway, and not in the place of a password that is given.
	env["OPENFAAS_URL"] = "https://example.com"
	if c, _ := read(t, env); c.Password != "" || c.User != "admin" {
		t.Errorf("got %+v", c)
	}
	env["OPENFAAS_URL"], env["PREWARM_GATEWAY_PASSWORD"] = "https://example.org", "given"
	if c, _ := read(t, env); c.Password != "given" || c.User != "admin" {
		t.Errorf("got %+v", c)
	}
}

func TestAnErrorShowsNoPassword(t *testing.T) {
	_, err := read(t, map[string]string{"gateway_url": "http://ann:hidden@example.org"})
	if err == nil || !strings.Contains(err.Error(), "gateway_url") || strings.Contains(err.Error(), "hidden") {
		t.Errorf("got %v", err)
	}
}

// FuzzParseLogin checks that the file of another program never ends this one.
func FuzzParseLogin(f *testing.F) {
	f.Add([]byte("auths:\n- gateway: http://a\n  auth: basic\n  token: YTpi\n"))
	f.Add([]byte("auths: &a [*a]\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		l, ok := parseLogin(text, "http://a")
		if ok != (l.user != "" && l.password != "") {
			t.Errorf("%q: %+v, %v", text, l, ok)
		}
	})
}
