package dashboard

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/openfaas/faas-provider/types"
)

// gatewayServer returns the controller of a gateway with one function, and the last
// deployment that the gateway got. An open gateway asks for no password.
func gatewayServer(t *testing.T, open bool) (*gatewayController, *types.FunctionDeployment) {
	t.Helper()
	updated := &types.FunctionDeployment{}
	annotations := map[string]string{"topic": "x"}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		switch {
		case !open && (user != "admin" || password != "the-right-password"):
			w.WriteHeader(http.StatusUnauthorized)
		case r.Method == http.MethodPut:
			if err := json.NewDecoder(r.Body).Decode(updated); err != nil {
				t.Error(err)
			}
		case r.URL.Path == "/system/function/shop":
			_ = json.NewEncoder(w).Encode(types.FunctionStatus{Name: "shop", Image: "i:1", EnvVars: map[string]string{"a": "b"}, Secrets: []string{"s"}, Annotations: &annotations, ReadOnlyRootFilesystem: true})
		case r.URL.Path == "/system/functions":
			_, _ = w.Write([]byte("[]"))
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	t.Cleanup(server.Close)
	o, err := newGateway(server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	return o, updated
}

func TestTheGatewayChecksCredentials(t *testing.T) {
	o, _ := gatewayServer(t, false)
	if err := o.check(t.Context(), "admin", "the-right-password"); err != nil {
		t.Error(err)
	}
	if err := o.check(t.Context(), "admin", "wrong"); !errors.Is(err, errSignIn) {
		t.Errorf("got %v", err)
	}
	all, _ := gatewayServer(t, true)
	if err := all.check(t.Context(), "admin", "anything"); !errors.Is(err, errForbidden) {
		t.Errorf("an open gateway cannot check a password, got %v", err)
	}
	gone, err := newGateway("http://127.0.0.1:1", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := gone.check(t.Context(), "admin", "the-right-password"); !errors.Is(err, errGateway) {
		t.Errorf("got %v", err)
	}
}

func TestSettingAModeKeepsTheRestOfAFunction(t *testing.T) {
	o, updated := gatewayServer(t, false)
	if err := o.setMode(t.Context(), "admin", "the-right-password", "shop.openfaas-fn", "active"); err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprint(updated.Service, updated.Namespace, updated.Image, updated.EnvVars, updated.Secrets, *updated.Annotations, updated.ReadOnlyRootFilesystem)
	if want := "shopopenfaas-fni:1map[a:b] [s] map[prewarm.mode:active topic:x] true"; got != want {
		t.Errorf("got %s", got)
	}
}

// answering returns the controller of a gateway that gives the same answer to all.
func answering(t *testing.T, status int, body string) *gatewayController {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(server.Close)
	o, err := newGateway(server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestSettingAModeReturnsWhyItFailed(t *testing.T) {
	away, err := newGateway("http://127.0.0.1:1", nil)
	if err != nil {
		t.Fatal(err)
	}
	const shop = `{"name":"shop","image":"i:1"}`
	for story, c := range map[string]struct {
		gateway *gatewayController
		want    error
	}{
		"the function is gone":         {answering(t, 404, ""), errUnknown},
		"another function is answered": {answering(t, 200, `{"name":"mail","image":"i:1"}`), errUnknown},
		"the password was changed":     {answering(t, 401, "invalid credentials"), errSignIn},
		"refused, with a function":     {answering(t, 401, shop), errSignIn},
		"broken, with a function":      {answering(t, 500, shop), errGateway},
		"another server answers":       {answering(t, 200, "<html>"), errGateway},
		"another server knows nothing": {answering(t, 404, "<html>"), errGateway},
		"a proxy without a gateway":    {answering(t, 503, "no healthy upstream"), errGateway},
		"no gateway":                   {away, errGateway},
	} {
		err := c.gateway.setMode(t.Context(), "admin", "the-right-password", "shop.openfaas-fn", "active")
		if !errors.Is(err, c.want) {
			t.Errorf("%s: got %v", story, err)
		}
		for _, secret := range []string{"the-right-password", "<html>", "no healthy upstream"} {
			if err != nil && strings.Contains(err.Error(), secret) {
				t.Errorf("%s: %q is in the error", story, secret)
			}
		}
	}
}

func TestSettingAModeReturnsWhyTheUpdateFailed(t *testing.T) {
	for status, want := range map[int]error{401: errSignIn, 404: errUnknown, 403: errGateway, 500: errGateway} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPut {
				w.WriteHeader(status)
				return
			}
			_, _ = w.Write([]byte(`{"name":"shop","image":"i:1"}`))
		}))
		o, err := newGateway(server.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := o.setMode(t.Context(), "admin", "the-right-password", "shop.openfaas-fn", "active"); !errors.Is(err, want) {
			t.Errorf("%d: got %v", status, err)
		}
		server.Close()
	}
}

// A proxy may serve OpenFaaS below a path.
func TestAGatewayBelowAPathIsAskedThere(t *testing.T) {
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method+" "+r.URL.Path)
		if _, _, known := r.BasicAuth(); !known {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_ = json.NewEncoder(w).Encode(types.FunctionStatus{Name: "shop", Image: "i:1"})
	}))
	defer server.Close()
	o, err := newGateway(server.URL+"/openfaas/", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := o.check(t.Context(), "admin", "the-right-password"); err != nil {
		t.Error(err)
	}
	if err := o.setMode(t.Context(), "admin", "the-right-password", "shop.openfaas-fn", "active"); err != nil {
		t.Error(err)
	}
	want := []string{"GET /openfaas/system/functions", "GET /openfaas/system/functions", "GET /openfaas/system/function/shop", "PUT /openfaas/system/functions"}
	if !slices.Equal(asked, want) {
		t.Errorf("asked for %v, want %v", asked, want)
	}
}

// http.Client would follow a redirect of a change with a GET, and the page at its
// end would count as success.
func TestARedirectIsAnError(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			t.Errorf("%d: the credentials were sent to another server", status)
		}))
		gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet && r.URL.Path == "/system/function/shop" {
				_, _ = w.Write([]byte(`{"name":"shop","image":"i:1"}`))
				return
			}
			http.Redirect(w, r, elsewhere.URL, status)
		}))
		o, err := newGateway(gateway.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := o.check(t.Context(), "admin", "the-right-password"); !errors.Is(err, errGateway) {
			t.Errorf("%d: got %v", status, err)
		}
		if err := o.setMode(t.Context(), "admin", "the-right-password", "shop.openfaas-fn", "active"); !errors.Is(err, errGateway) {
			t.Errorf("%d: got %v", status, err)
		}
		gateway.Close()
		elsewhere.Close()
	}
}

func TestABrokenGatewayAcceptsNoCredentials(t *testing.T) {
	for _, status := range []int{304, 403, 404, 500} {
		if err := answering(t, status, "").check(t.Context(), "admin", "the-right-password"); !errors.Is(err, errGateway) {
			t.Errorf("%d: got %v", status, err)
		}
	}
}
