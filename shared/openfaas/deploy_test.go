package openfaas

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/openfaas/faas-provider/types"
)

func TestAFunctionIsCreatedOnceReplacedThenAndRemoved(t *testing.T) {
	var requests []string
	deployed := map[string]string{}
	gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body struct{ Service, FunctionName, Namespace, Image string }
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			t.Error(err)
		}
		name := body.Service + body.FunctionName + "." + body.Namespace
		requests = append(requests, r.Method+" "+r.URL.Path+" "+name)
		switch _, found := deployed[name]; {
		case r.Method != http.MethodPost && !found:
			w.WriteHeader(http.StatusNotFound)
		case body.Image == "bad":
			w.WriteHeader(http.StatusBadRequest)
		case r.Method == http.MethodDelete:
			delete(deployed, name)
			w.WriteHeader(http.StatusAccepted)
		default:
			deployed[name] = body.Image
			w.WriteHeader(http.StatusAccepted)
		}
	}))
	t.Cleanup(gateway.Close)
	c, err := New(Config{URL: gateway.URL, User: "admin", Password: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	f := types.FunctionDeployment{Service: "scaler", Namespace: "openfaas-fn", Image: "scaler:1"}
	for _, image := range []string{"scaler:1", "scaler:2"} {
		f.Image = image
		if err := c.Deploy(t.Context(), f); err != nil || deployed["scaler.openfaas-fn"] != image {
			t.Errorf("%v: %v", err, deployed)
		}
	}
	f.Image = "bad"
	if err := c.Deploy(t.Context(), f); !errors.Is(err, ErrRefused) {
		t.Errorf("a refused deployment: %v", err)
	}
	// The second removal finds nothing.
	for range 2 {
		if err := c.Remove(t.Context(), "scaler", "openfaas-fn"); err != nil || len(deployed) != 0 {
			t.Errorf("%v: %v", err, deployed)
		}
	}
	const one = " /system/functions scaler.openfaas-fn"
	if want := []string{"PUT" + one, "POST" + one, "PUT" + one, "PUT" + one, "DELETE" + one, "DELETE" + one}; !slices.Equal(requests, want) {
		t.Errorf("got %q, want %q", requests, want)
	}
}
