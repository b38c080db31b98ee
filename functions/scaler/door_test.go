package scaler

import (
	"net/http"
	"strings"
	"testing"

	handler "github.com/openfaas/templates-sdk/go-http"

	"prewarm/shared/event"
	"prewarm/shared/openfaas"
	"prewarm/shared/serve"
)

// Alerts look at deliveries alone, so that no stranger can raise or hide one.
func TestBatchesAreCountedByCaller(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	for caller, times := range map[string]int{serve.Delivery: 1, serve.Stranger: 3} {
		for range times {
			req := handler.Request{Method: http.MethodPost, Body: []byte("{}"), Header: http.Header{serve.CallerHeader: {caller}}}
			req.WithContext(t.Context())
			if res, err := w.scaler.Handle(req); err != nil || res.StatusCode != http.StatusBadRequest {
				t.Fatalf("got %d, %v", res.StatusCode, err)
			}
		}
	}
	w.scaler.Door().Refused(serve.Stranger, http.StatusRequestTimeout)
	text := w.exported()
	for _, want := range []string{
		`prewarm_scaler_batches_total{caller="delivery",result="Bad Request"} 1`,
		`prewarm_scaler_batches_total{caller="stranger",result="Bad Request"} 3`,
		`prewarm_scaler_batches_total{caller="stranger",result="Request Timeout"} 1`,
		`prewarm_scaler_batches_total{caller="delivery",result="Request Timeout"} 0`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s", want)
		}
	}
}

func TestTheProofOfAForecastOpensTheDoor(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	check := w.scaler.Door().Proof
	h := http.Header{event.DeliveryHeader: {event.ProveDelivery(keys, event.TypeForecasts, nil, w.now)}}
	if proof, err := check(h); proof == nil || err != nil {
		t.Errorf("got %v, %v", proof, err)
	}
	w.now = w.now.Add(event.ProofAge * 2)
	if proof, err := check(h); proof != nil || err == nil {
		t.Error("an old proof was accepted")
	}
}
