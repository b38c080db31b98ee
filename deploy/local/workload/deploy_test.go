package workload

import (
	"encoding/json"
	"maps"
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

// TestPrewarmAloneScalesTheWorkload: the labels switch idler and autoscaler off, the
// annotations allow what the labels do not.
func TestPrewarmAloneScalesTheWorkload(t *testing.T) {
	for edition, want := range map[gateway.Edition]struct{ most, zero string }{
		gateway.Standard: {"1", "true"}, gateway.Edge: {"1", "true"}, gateway.Community: {"5", ""},
	} {
		d := Options{Edition: edition}.Deployment("timer-1", "image", Prewarm())
		labels, annotations := *d.Labels, *d.Annotations
		if labels["com.openfaas.scale.min"] != "1" || labels["com.openfaas.scale.max"] != want.most || labels["com.openfaas.scale.zero"] != "" {
			t.Errorf("%s: labels %v", edition, labels)
		}
		if annotations["prewarm.zero"] != want.zero || annotations["prewarm.max"] != "5" || annotations["prewarm.mode"] != "active" {
			t.Errorf("%s: annotations %v", edition, annotations)
		}
	}
}

func TestAnArmSetsItsOwnLabels(t *testing.T) {
	arm := Scaling{MaxReplicas: 10, Labels: map[string]string{"com.openfaas.scale.zero": "true", "com.openfaas.scale.max": "7"}}
	for edition, want := range map[gateway.Edition]map[string]string{
		gateway.Standard:  {"com.openfaas.scale.min": "1", "com.openfaas.scale.max": "7", "com.openfaas.scale.zero": "true"},
		gateway.Community: {"com.openfaas.scale.min": "1", "com.openfaas.scale.max": "10"},
	} {
		if got := *(Options{Edition: edition}.Deployment("timer-1", "image", arm)).Labels; !maps.Equal(got, want) {
			t.Errorf("%s: %v, want %v", edition, got, want)
		}
	}
}
