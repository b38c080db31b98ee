package predictor

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"prewarm/shared/event"
	"prewarm/shared/serve"
)

func TestAStrangerNeedsASmallBodyOnly(t *testing.T) {
	p, _ := newTest(keys)
	bound := p.Door().StrangerBody
	for path, want := range map[string]int64{"/predict": maxFeatures, "/predict/": maxFeatures, "/": event.MaxBody, "": event.MaxBody} {
		if got := bound(path); got != want {
			t.Errorf("%q: got %d bytes, want %d", path, got, want)
		}
	}
	// A batch without a proof may be as large as a message, a window may not.
	window := `{"step_seconds":60,"start":0,"counts":[0` + strings.Repeat(",0", maxWindow/2) + `]}`
	if got := post(t, p, http.MethodPost, "/", window, http.StatusRequestEntityTooLarge); !strings.Contains(got, "at most 65536 bytes") {
		t.Errorf("got %s", got)
	}
}

func TestWithoutAKeyAllCallersAreStrangers(t *testing.T) {
	p, _ := newTest(event.Keys{})
	if p.Door().Proof != nil {
		t.Error("a predictor without a key accepts proofs")
	}
	p, _ = newTest(keys)
	h := http.Header{event.DeliveryHeader: {event.ProveDelivery(keys, event.TypeWindows, nil, time.Unix(800, 0))}}
	if proof, err := p.Door().Proof(h); proof == nil || err != nil {
		t.Errorf("got %v, %v", proof, err)
	}
	h.Set(event.DeliveryHeader, event.ProveDelivery(keys, event.TypeForecasts, nil, time.Unix(800, 0)))
	if proof, err := p.Door().Proof(h); proof != nil || err == nil {
		t.Error("the proof of a message for the scaler was accepted")
	}
}

func TestRequestsAreCountedByCaller(t *testing.T) {
	p, _ := newTest(keys)
	post(t, p, http.MethodPost, "/", "{}", http.StatusBadRequest)
	p.Door().Refused(serve.Stranger, http.StatusTooManyRequests)
	for _, labels := range [][]string{{"single", "Bad Request", "stranger"}, {"refused", "Too Many Requests", "stranger"}} {
		if got := testutil.ToFloat64(p.metrics.requests.WithLabelValues(labels...)); got != 1 {
			t.Errorf("%v: got %v", labels, got)
		}
	}
}
