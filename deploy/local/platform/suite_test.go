package platform

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/openfaas/faas-provider/types"
)

// A function that was scaled to zero before a restart has no replica until it
// is called.
func TestAFunctionAtZeroIsReady(t *testing.T) {
	status := map[string]types.FunctionStatus{
		"idle":     {Name: "idle"},
		"starting": {Name: "starting", Replicas: 2, AvailableReplicas: 1},
	}
	ctx, giveUp := context.WithCancel(t.Context())
	defer giveUp()
	var asked atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "starting") && asked.Add(1) == 3 {
			giveUp()
		}
		_ = json.NewEncoder(w).Encode(status[strings.TrimPrefix(r.URL.Path, "/system/function/")])
	}))
	defer server.Close()
	p := &Platform{}
	p.address.gateway = strings.TrimPrefix(server.URL, "http://")
	if err := p.AwaitReady(ctx, "idle"); err != nil {
		t.Error(err)
	}
	if err := p.AwaitReady(ctx, "idle", "starting"); err == nil || !strings.Contains(err.Error(), "function starting is not ready") {
		t.Errorf("one of two replicas is not ready, when the caller gives up: got %v", err)
	}
}
