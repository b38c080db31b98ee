package platform_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/openfaas/faas-provider/types"

	"prewarm/deploy/local/gateway"
	"prewarm/functions/dashboard"
	"prewarm/shared/event"
)

// site is an address of the gateway that is not its own, as behind a name in DNS. Browsers
// send no Sec-Fetch-Site to it, because it is neither https nor localhost.
const site = "prewarm.example.org:8080"

// operator is a user of the dashboard.
type operator struct {
	w       *world
	address string // of the dashboard
	header  http.Header
}

// post sends a change as a page at site does, and returns the status and the answer.
func (o *operator) post(api, body string) (int, []byte) {
	o.w.t.Helper()
	r, err := http.NewRequest(http.MethodPost, o.address+"/api/"+api, strings.NewReader(body))
	if err != nil {
		o.w.t.Fatal(err)
	}
	r.Header = o.header.Clone()
	r.Header.Set("Content-Type", "application/json")
	r.Host = site
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		o.w.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		o.w.t.Fatal(err)
	}
	for _, cookie := range res.Cookies() {
		o.header.Add("Cookie", cookie.Name+"="+cookie.Value)
	}
	return res.StatusCode, text
}

// signIn opens a session with the password of the gateway, from a page at site.
func (o *operator) signIn() {
	o.w.t.Helper()
	credentials := fmt.Sprintf(`{"user":"admin","password":%q}`, o.w.Password())
	o.header.Set("Origin", "http://elsewhere.example.org")
	if status, text := o.post("session", credentials); status != http.StatusForbidden || !bytes.Contains(text, []byte("dashboard_origin")) {
		o.w.t.Errorf("a page of another site: got %d %s", status, text)
	}
	o.header.Set("Origin", "http://"+site)
	status, text := o.post("session", credentials)
	var session struct{ CSRF string }
	if err := json.Unmarshal(text, &session); err != nil || status != http.StatusOK || session.CSRF == "" {
		o.w.t.Fatalf("sign-in through the gateway: got %d %s", status, text)
	}
	o.header.Set("X-CSRF-Token", session.CSRF)
}

// script returns an operator with the token of a second dashboard on the same NATS.
func (w *world) script() *operator {
	w.t.Helper()
	const token = "the-token-of-the-operator"
	secrets := w.t.TempDir()
	for name, value := range map[string]string{"prewarm-hmac-key": string(w.Key()), "prewarm-dashboard-token": token} {
		if err := os.WriteFile(filepath.Join(secrets, name), []byte(value), 0o600); err != nil {
			w.t.Fatal(err)
		}
	}
	env := map[string]string{"nats_url": w.NATSURL(), "gateway_url": w.GatewayURL(), "secrets_dir": secrets, "step": "1s"}
	d, err := dashboard.New(w.t.Context(), func(key string) string { return env[key] })
	if err != nil {
		w.t.Fatal(err)
	}
	server := httptest.NewServer(d)
	w.t.Cleanup(func() { server.Close(); d.Close() })
	return &operator{w, server.URL, http.Header{"Authorization": {"Bearer " + token}}}
}

// saved returns what the gateway keeps of the deployment of a function, as text.
func (w *world) saved(function string) string {
	w.t.Helper()
	var found string
	err := filepath.WalkDir(w.stateDir, func(path string, _ os.DirEntry, err error) error {
		if err != nil || filepath.Base(path) != "state.json" {
			return nil // replicas come and go
		}
		body, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var state struct {
			Functions []struct {
				Deployment json.RawMessage
				Created    string
			}
		}
		if err := json.Unmarshal(body, &state); err != nil {
			return err
		}
		for _, f := range state.Functions {
			if strings.Contains(string(f.Deployment), `"service":`) && serviceOf(f.Deployment) == function {
				found = f.Created + string(f.Deployment)
			}
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return found
}

func serviceOf(deployment json.RawMessage) string {
	var d types.FunctionDeployment
	_ = json.Unmarshal(deployment, &d)
	return d.Service
}

// A mode that is set in the dashboard, in a session or by a script, reaches collector and
// scaler. Nothing of the deployment changes: not even what the status of a gateway leaves
// out, such as environment and constraints.
func TestSettingAModeDeploysNothing(t *testing.T) {
	w := start(t, gateway.Standard, nil)
	image, err := w.Image("workload")
	if err != nil {
		t.Fatal(err)
	}
	labels := map[string]string{"com.openfaas.scale.min": "2", "team": "shop"}
	annotations := map[string]string{"prewarm.mode": "observe", "com.openfaas.health.http.path": "/_/health"}
	w.put(types.FunctionDeployment{
		Service: "shop", Image: image, EnvVars: map[string]string{"greeting": "hello"}, Constraints: []string{"zone=eu"}, Secrets: []string{"prewarm-hmac-key"},
		Labels: &labels, Annotations: &annotations, ReadOnlyRootFilesystem: true,
		Limits: &types.FunctionResources{Memory: "128Mi", CPU: "500m"}, Requests: &types.FunctionResources{Memory: "64Mi"},
	})
	w.deploy("mail", "observe", time.Hour)
	until(t, "the gateway has saved the function", func() bool { return w.saved("shop") != "" })
	before := w.saved("shop")
	for _, text := range []string{"greeting", "zone=eu", "prewarm-hmac-key", "128Mi", "64Mi", "team", "readOnlyRootFilesystem"} {
		if !strings.Contains(before, text) {
			t.Fatalf("%s is not in the state of the gateway: %s", text, before)
		}
	}
	session := &operator{w, w.GatewayURL() + "/function/dashboard", http.Header{}}
	session.signIn()
	for _, o := range []*operator{session, w.script()} {
		for _, c := range []struct{ set, mode, annotated string }{
			{"active", "active", "observe"}, {"annotated", "observe", ""}, {"active", "active", "observe"}, {"observe", "observe", ""},
		} {
			if status, text := o.post("mode", fmt.Sprintf(`{"function":"shop.openfaas-fn","mode":%q}`, c.set)); status != http.StatusOK {
				t.Fatalf("%s: got %d %s", c.set, status, text)
			}
			seen := len(w.decided("shop", func(event.Decision) bool { return true }))
			until(t, "a decision has the mode "+c.set, func() bool {
				all := w.decided("shop", func(event.Decision) bool { return true })
				return len(all) > seen && all[len(all)-1].Mode == c.mode && all[len(all)-1].Annotated == c.annotated
			})
		}
		if status, _ := o.post("mode", `{"function":"shop.openfaas-fn","mode":"off"}`); status != http.StatusOK {
			t.Fatalf("got %d", status)
		}
		until(t, "there are no windows of a function that is off", func() bool { return !w.collects("shop") })
	}
	if after := w.saved("shop"); after != before {
		t.Errorf("the deployment has changed:\n%s\nwas:\n%s", after, before)
	}
}

// collects reports whether one of the last two steps with windows has one of a function.
func (w *world) collects(function string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	newest := int64(0)
	for _, f := range w.windows {
		newest = max(newest, f.End())
	}
	return w.windows[label(function)].End() >= newest-1
}
