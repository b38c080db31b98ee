package platform

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/openfaas/faas-provider/types"
)

// A function that was scaled to zero before a restart has no replica until it
// is called.
func TestAFunctionAtZeroIsReady(t *testing.T) {
	status := map[string]types.FunctionStatus{
		"idle":     {Name: "idle"},
		"starting": {Name: "starting", Replicas: 2, AvailableReplicas: 1},
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = json.NewEncoder(w).Encode(status[strings.TrimPrefix(r.URL.Path, "/system/function/")])
	}))
	defer server.Close()
	p := &Platform{}
	p.address.gateway = strings.TrimPrefix(server.URL, "http://")
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := p.AwaitReady(ctx, "idle"); err != nil {
		t.Error(err)
	}
	short, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
	defer cancel()
	if err := p.AwaitReady(short, "idle", "starting"); err == nil || !strings.Contains(err.Error(), "function starting is not ready") {
		t.Errorf("one of two replicas is not ready: got %v", err)
	}
}
