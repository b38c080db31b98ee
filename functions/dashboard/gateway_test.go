package dashboard

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
)

// gatewayServer returns the controller of a gateway with one user. An open gateway asks for
// no password.
func gatewayServer(t *testing.T, open bool) *gatewayController {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		switch {
		case !open && (user != "admin" || password != "the-right-password"):
			w.WriteHeader(http.StatusUnauthorized)
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
	return o
}

func TestTheGatewayChecksCredentials(t *testing.T) {
	o := gatewayServer(t, false)
	if err := o.check(t.Context(), "admin", "the-right-password"); err != nil {
		t.Error(err)
	}
	if err := o.check(t.Context(), "admin", "wrong"); !errors.Is(err, errSignIn) {
		t.Errorf("got %v", err)
	}
	all := gatewayServer(t, true)
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

// A proxy may serve OpenFaaS below a path.
func TestAGatewayBelowAPathIsAskedThere(t *testing.T) {
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method+" "+r.URL.Path)
		if _, _, known := r.BasicAuth(); !known {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_, _ = w.Write([]byte("[]"))
	}))
	defer server.Close()
	o, err := newGateway(server.URL+"/openfaas/", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := o.check(t.Context(), "admin", "the-right-password"); err != nil {
		t.Error(err)
	}
	want := []string{"GET /openfaas/system/functions", "GET /openfaas/system/functions"}
	if !slices.Equal(asked, want) {
		t.Errorf("asked for %v, want %v", asked, want)
	}
}

// http.Client would follow a redirect with the credentials, and the page at its end would
// count as success.
func TestARedirectIsAnError(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			t.Errorf("%d: the credentials were sent to another server", status)
		}))
		gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL, status)
		}))
		o, err := newGateway(gateway.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := o.check(t.Context(), "admin", "the-right-password"); !errors.Is(err, errGateway) {
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
