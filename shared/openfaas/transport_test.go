package openfaas_test

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"prewarm/shared/config"
	"prewarm/shared/openfaas"
	"prewarm/shared/testbed"
)

// client returns a client of the gateway at address.
func client(t *testing.T, address string) *openfaas.Client {
	t.Helper()
	c, err := openfaas.New(openfaas.Config{URL: address, User: "admin", Password: "hunter2", Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// page answers as a proxy does that has no route to a gateway.
func page(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(code)
		io.WriteString(w, "<html><head><title>404 Not Found</title></head></html>")
	}
}

// A proxy serves OpenFaaS below a path, and answers with a page elsewhere.
func TestAGatewayBelowAPathIsAskedThere(t *testing.T) {
	var asked []string
	mux := http.NewServeMux()
	mux.HandleFunc("/", page(404))
	mux.HandleFunc("/openfaas/", func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method+" "+r.URL.String())
		switch r.URL.Path {
		case "/openfaas/system/namespaces":
			io.WriteString(w, `["dev"]`)
		case "/openfaas/system/functions":
			io.WriteString(w, `[{"name":"hello","replicas":1}]`)
		}
	})
	srv := httptest.NewServer(mux)
	defer srv.Close()
	for _, path := range []string{"/openfaas", "/openfaas/", "//openfaas//"} {
		asked = nil
		c := client(t, srv.URL+path)
		list, err := c.List(t.Context())
		if err != nil || len(list) != 1 || list[0].Name != "hello.dev" {
			t.Errorf("%s: got %+v, %v", path, list, err)
		}
		if err := c.Scale(t.Context(), "hello.dev", 2); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		want := []string{"GET /openfaas/system/namespaces", "GET /openfaas/system/functions?namespace=dev", "POST /openfaas/system/scale-function/hello"}
		if !slices.Equal(asked, want) {
			t.Errorf("%s: asked for %v, want %v", path, asked, want)
		}
	}
}

func TestAPageMeansAWrongAddress(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"a proxy without a route": page(404), "a login page": page(200), "404 of another server": text(404, "404 page not found"),
	} {
		srv := httptest.NewServer(answer)
		list, err := client(t, srv.URL+"/faas").List(t.Context())
		if list != nil || !errors.Is(err, openfaas.ErrAddress) || errors.Is(err, openfaas.ErrNotFound) {
			t.Errorf("%s: got %v, %v", name, list, err)
			continue
		}
		for _, want := range []string{"gateway_url must be the address of OpenFaaS with its path", `"` + srv.URL + "/faas/system/"} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %q is missing in %v", name, want, err)
			}
		}
		if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: the password is in %v", name, err)
		}
		srv.Close()
	}
}

// Such an answer says nothing about the function, which stays deployed.
func TestAPageForAScaleCallDoesNotMeanThatTheFunctionIsGone(t *testing.T) {
	for _, code := range []int{200, 404} {
		c := serve(t, map[string]http.HandlerFunc{"POST /system/scale-function/{name}": page(code)})
		if err := c.Scale(t.Context(), "hello.dev", 1); !errors.Is(err, openfaas.ErrAddress) || errors.Is(err, openfaas.ErrNotFound) {
			t.Errorf("%d: got %v", code, err)
		}
	}
	empty := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusAccepted)
	}
	c := serve(t, map[string]http.HandlerFunc{"POST /system/scale-function/{name}": empty})
	if err := c.Scale(t.Context(), "hello.dev", 1); err != nil {
		t.Errorf("an empty answer is no page: %v", err)
	}
}

func TestOnlyAMissingRouteMeansNoNamespaces(t *testing.T) {
	for code, want := range map[int]error{404: nil, 501: nil, 401: openfaas.ErrUnavailable, 403: openfaas.ErrDenied, 500: openfaas.ErrUnavailable, 503: openfaas.ErrUnavailable} {
		var query []string
		c := serve(t, map[string]http.HandlerFunc{
			"GET /system/namespaces": text(code, "404 page not found"),
			"GET /system/functions": func(w http.ResponseWriter, r *http.Request) {
				query = append(query, r.URL.RawQuery)
				io.WriteString(w, `[{"name":"hello"}]`)
			},
		})
		list, err := c.List(t.Context())
		if want != nil {
			if !errors.Is(err, want) || len(query) != 0 {
				t.Errorf("%d: got %v, %v after lists with %q", code, list, err, query)
			}
		} else if err != nil || len(list) != 1 || list[0].Name != "hello.openfaas-fn" || !slices.Equal(query, []string{""}) {
			t.Errorf("%d: got %v, %v after lists with %q", code, list, err, query)
		}
	}
}

func TestARedirectionNamesTheAddressToSet(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		followed := false
		c := serve(t, map[string]http.HandlerFunc{
			"POST /system/scale-function/{name}": func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, "https://gw.example"+r.URL.Path, status)
			},
			"GET /system/namespaces": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/login", status) },
			"/login":                 func(http.ResponseWriter, *http.Request) { followed = true },
		})
		err := c.Scale(t.Context(), "hello.dev", 1)
		if !errors.Is(err, openfaas.ErrUnavailable) || !strings.Contains(err.Error(), `gateway_url must be "https://gw.example": `) {
			t.Errorf("%d: got %v", status, err)
		}
		if _, err := c.List(t.Context()); !errors.Is(err, openfaas.ErrUnavailable) || !strings.Contains(err.Error(), "/login") || followed {
			t.Errorf("%d: got %v, followed %v", status, err, followed)
		}
	}
}

// Any JSON would otherwise pass for functions.
func TestAFunctionWithoutANameIsNone(t *testing.T) {
	c := serve(t, map[string]http.HandlerFunc{"GET /system/functions": text(200, `[{"name":"a"},{"id":7}]`)})
	if list, err := c.List(t.Context()); list != nil || !errors.Is(err, openfaas.ErrUnavailable) || !strings.Contains(err.Error(), "function 2 of 2 has no name") {
		t.Errorf("got %v, %v", list, err)
	}
}

// The gateway is polled: a connection of its own for each poll would be wasted.
func TestAProviderWithoutNamespacesKeepsItsConnection(t *testing.T) {
	var connections atomic.Int64
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/system/namespaces" {
			http.NotFound(w, r)
			return
		}
		io.WriteString(w, "[]")
	}))
	srv.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			connections.Add(1)
		}
	}
	srv.Start()
	defer srv.Close()
	c := client(t, srv.URL)
	for range 3 {
		if _, err := c.List(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if n := connections.Load(); n != 1 {
		t.Errorf("%d connections for three lists", n)
	}
}

// The error of an answer that cannot be decoded quotes a part of it.
func TestAnErrorDoesNotQuoteAWholeAnswer(t *testing.T) {
	c := serve(t, map[string]http.HandlerFunc{"GET /system/functions": text(200, strings.Repeat("x", 1<<20))})
	if _, err := c.List(t.Context()); !errors.Is(err, openfaas.ErrUnavailable) || len(err.Error()) > 2000 {
		t.Errorf("got an error of %d bytes", len(err.Error()))
	}
}

func TestAGatewayWithItsOwnAuthorityIsReachedWithTheMountedCertificates(t *testing.T) {
	authority := testbed.NewAuthority(t)
	srv := httptest.NewUnstartedServer(text(200, "[]"))
	srv.TLS = authority.Server(true)
	srv.StartTLS()
	defer srv.Close()
	cert, key := authority.Issue("prewarm", time.Now().Add(time.Hour))
	secrets := map[string][]byte{"prewarm-gateway-password": []byte("pw")}
	list := func() error {
		dir := t.TempDir()
		for name, content := range secrets {
			if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		r := config.NewReader(func(k string) string {
			return map[string]string{"secrets_dir": dir, "gateway_url": srv.URL + "/"}[k]
		})
		cfg := openfaas.ReadConfig(r)
		if err := r.Err(); err != nil {
			t.Fatal(err)
		}
		c, err := openfaas.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.List(t.Context())
		return err
	}
	if err := list(); !errors.Is(err, openfaas.ErrUnavailable) || !strings.Contains(err.Error(), "secret gateway-ca") {
		t.Errorf("without an authority: got %v", err)
	}
	secrets["gateway-ca"] = authority.PEM()
	if err := list(); err == nil || !strings.Contains(err.Error(), "secrets gateway-cert and gateway-key") {
		t.Errorf("without a client certificate: got %v", err)
	}
	secrets["gateway-cert"], secrets["gateway-key"] = cert, key
	if err := list(); err != nil {
		t.Error(err)
	}
}

func TestAnAddressWithAPasswordIsRefused(t *testing.T) {
	_, err := openfaas.New(openfaas.Config{URL: "http://admin:hunter2@gateway:8080"})
	if err == nil || !strings.Contains(err.Error(), "gateway_url must be a URL without user") || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("got %v", err)
	}
}
