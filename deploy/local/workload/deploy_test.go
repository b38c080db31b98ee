package workload

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"testing"

	"github.com/openfaas/faas-provider/types"
	sdk "github.com/openfaas/go-sdk"

	"prewarm/deploy/local/gateway"
	"prewarm/shared/trace"
)

func TestFunctionsOfAnotherRunAreRemoved(t *testing.T) {
	o := Options{Edition: gateway.Community}
	own := map[string]string{"prewarm.mode": "active"}
	deployed := []types.FunctionStatus{{Name: "scaler", Annotations: &own}, {Name: "bare"}}
	for _, name := range []string{"timer-1", "queue-2"} {
		deployed = append(deployed, types.FunctionStatus{Name: name, Annotations: o.Deployment(name, "image", Prewarm()).Annotations})
	}
	var deleted []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			_ = json.NewEncoder(w).Encode(deployed)
			return
		}
		var request types.DeleteFunctionRequest
		if err := json.NewDecoder(r.Body).Decode(&request); err != nil || r.Method != http.MethodDelete {
			t.Errorf("%s: %v", r.Method, err)
		}
		deleted = append(deleted, request.FunctionName)
	}))
	defer server.Close()
	address, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	next := &trace.Trace{Functions: []trace.Function{{Name: "timer-1"}, {Name: "http-3"}}}
	if err := removeOthers(t.Context(), sdk.NewClient(address, nil, server.Client()), next); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(deleted, []string{"queue-2"}) {
		t.Errorf("deleted %v, want only what an earlier run left", deleted)
	}
}
