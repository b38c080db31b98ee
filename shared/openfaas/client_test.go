package openfaas_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"prewarm/shared/openfaas"
)

// serve starts a gateway with two namespaces and returns its client. override
// replaces the handlers of some routes.
func serve(t *testing.T, override map[string]http.HandlerFunc) *openfaas.Client {
	t.Helper()
	mux := http.NewServeMux()
	routes := map[string]http.HandlerFunc{
		"GET /system/namespaces": text(200, `["openfaas-fn","dev"]`),
		"GET /system/functions": func(w http.ResponseWriter, r *http.Request) {
			name := map[string]string{"openfaas-fn": "zeta", "dev": "alpha"}[r.URL.Query().Get("namespace")]
			io.WriteString(w, `[{"name":"`+name+`","replicas":3,"availableReplicas":2,"labels":{"a":"b"}}]`)
		},
	}
	for route, h := range override {
		routes[route] = h
	}
	for route, h := range routes {
		mux.HandleFunc(route, h)
	}
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	c, err := openfaas.New(openfaas.Config{URL: srv.URL, User: "admin", Password: "pw", Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func text(code int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(code)
		io.WriteString(w, body)
	}
}

func TestListCoversEveryNamespaceSortedByName(t *testing.T) {
	list, err := serve(t, nil).List(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 2 || list[0].Name != "alpha.dev" || list[1].Name != "zeta.openfaas-fn" {
		t.Fatalf("got %+v", list)
	}
	if f := list[0]; f.Replicas != 3 || f.Available != 2 || f.Labels["a"] != "b" {
		t.Errorf("got %+v", f)
	}
}

func TestAProviderWithoutNamespacesHasTheDefaultOne(t *testing.T) {
	c := serve(t, map[string]http.HandlerFunc{
		"GET /system/namespaces": text(200, ""),
		"GET /system/functions":  text(200, `[{"name":"hello"}]`),
	})
	list, err := c.List(context.Background())
	if err != nil || len(list) != 1 || list[0].Name != "hello.openfaas-fn" {
		t.Errorf("got %+v, %v", list, err)
	}
}

func TestAFunctionIsReadByNameAndNamespace(t *testing.T) {
	c := serve(t, map[string]http.HandlerFunc{"GET /system/function/{name}": func(w http.ResponseWriter, r *http.Request) {
		user, _, _ := r.BasicAuth()
		asked := r.PathValue("name") + "." + r.URL.Query().Get("namespace")
		switch asked {
		case "hello.dev":
			io.WriteString(w, `{"name":"hello","namespace":"dev","replicas":3,"availableReplicas":2,"labels":{"user":"`+user+`"}}`)
		case "other.dev":
			io.WriteString(w, `{"name":"hello","namespace":"dev"}`)
		case "empty.dev":
			io.WriteString(w, `{}`)
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}})
	f, err := c.Function(t.Context(), "hello.dev")
	if err != nil || f.Name != "hello.dev" || f.Replicas != 3 || f.Available != 2 || f.Labels["user"] != "admin" {
		t.Errorf("got %+v, %v", f, err)
	}
	if _, err := c.Function(t.Context(), "gone.dev"); !errors.Is(err, openfaas.ErrNotFound) {
		t.Errorf("not deployed: got %v", err)
	}
	for _, wrong := range []string{"other.dev", "empty.dev"} {
		if f, err := c.Function(t.Context(), wrong); !errors.Is(err, openfaas.ErrUnavailable) {
			t.Errorf("%s, but the answer is about another function: got %+v, %v", wrong, f, err)
		}
	}
}

func TestScaleSendsNameNamespaceReplicasAndCredentials(t *testing.T) {
	var got map[string]any
	var user, path string
	c := serve(t, map[string]http.HandlerFunc{"POST /system/scale-function/{name}": func(w http.ResponseWriter, r *http.Request) {
		user, _, _ = r.BasicAuth()
		path = r.URL.Path
		if err := json.NewDecoder(r.Body).Decode(&got); err != nil {
			t.Error(err)
		}
		w.WriteHeader(http.StatusAccepted)
	}})
	if err := c.Scale(context.Background(), "hello.dev", 4); err != nil {
		t.Fatal(err)
	}
	if user != "admin" || path != "/system/scale-function/hello" || got["namespace"] != "dev" || got["replicas"] != 4.0 {
		t.Errorf("user %q, path %q, body %v", user, path, got)
	}
}

func TestTheStatusDecidesTheError(t *testing.T) {
	for code, want := range map[int]error{
		404: openfaas.ErrNotFound, 400: openfaas.ErrRefused, 401: openfaas.ErrUnavailable, 403: openfaas.ErrDenied, 409: openfaas.ErrDenied,
		429: openfaas.ErrUnavailable, 500: openfaas.ErrUnavailable, 503: openfaas.ErrUnavailable,
	} {
		c := serve(t, map[string]http.HandlerFunc{
			"POST /system/scale-function/{name}": text(code, "no"),
			"GET /system/functions":              text(code, "[]"),
		})
		if err := c.Scale(context.Background(), "hello.dev", 1); !errors.Is(err, want) || errors.Is(err, openfaas.ErrDenied) != (want == openfaas.ErrDenied) {
			t.Errorf("scale answered %d: got %v, want %v", code, err, want)
		}
		if code == 404 { // a list is not about one function
			want = openfaas.ErrAddress
		}
		if _, err := c.List(context.Background()); !errors.Is(err, want) || code == 404 && errors.Is(err, openfaas.ErrNotFound) {
			t.Errorf("list answered %d with a valid body: got %v, want %v", code, err, want)
		}
	}
}

func TestTheStatusCountsEvenIfTheBodyBreaksOff(t *testing.T) {
	c := serve(t, map[string]http.HandlerFunc{
		"POST /system/scale-function/{name}": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			w.WriteHeader(http.StatusNotFound)
			io.WriteString(w, "no such")
		},
	})
	if err := c.Scale(t.Context(), "hello.dev", 1); !errors.Is(err, openfaas.ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

func TestAGatewayThatDoesNotListenIsUnavailable(t *testing.T) {
	c, err := openfaas.New(openfaas.Config{URL: "http://127.0.0.1:1", Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.List(context.Background()); !errors.Is(err, openfaas.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
	if err := c.Scale(context.Background(), "a.b", 1); !errors.Is(err, openfaas.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
}

// The timeout may be that of the client or of its caller. If a caller gives up without
// a timeout, the error does not blame the gateway.
func TestAGatewayThatHangsIsATimeout(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	}))
	defer srv.Close()
	for own, callers := range map[time.Duration]time.Duration{10 * time.Millisecond: time.Hour, time.Hour: 10 * time.Millisecond, 0: 10 * time.Millisecond} {
		c, err := openfaas.New(openfaas.Config{URL: srv.URL, Timeout: own})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), callers)
		defer cancel()
		if err := c.Scale(ctx, "a.b", 1); !errors.Is(err, openfaas.ErrTimeout) || !errors.Is(err, openfaas.ErrUnavailable) {
			t.Errorf("%v of its own, %v of its caller: got %v", own, callers, err)
		}
		if _, err := c.List(ctx); !errors.Is(err, openfaas.ErrTimeout) {
			t.Errorf("%v of its own, %v of its caller: got %v", own, callers, err)
		}
	}
	c, err := openfaas.New(openfaas.Config{URL: srv.URL, Timeout: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Scale(ctx, "a.b", 1); !errors.Is(err, openfaas.ErrUnavailable) || errors.Is(err, openfaas.ErrTimeout) {
		t.Errorf("the caller gave up: got %v", err)
	}
}
