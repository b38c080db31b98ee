package serve

import (
	"net/http"
	"strings"
	"testing"
	"time"

	handler "github.com/openfaas/templates-sdk/go-http"

	"prewarm/shared/event"
)

// traceOf is a function with a Door that answers with the headers of a trace it is given.
type traceOf struct{ doored }

func (*traceOf) Handle(req handler.Request) (handler.Response, error) {
	return Text(http.StatusOK, req.Header.Get(event.TraceHeader)+"|"+req.Header.Get("tracestate")), nil
}

// The trace of a stranger is removed, so that strangers cannot write into the traces of others.
func TestATraceIsTakenFromDeliveriesAlone(t *testing.T) {
	const trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	server := open(t, &traceOf{}, serverConfig{})
	for proof, want := range map[string]string{
		event.ProveDelivery(doorKeys, event.TypeForecasts, []byte("x"), time.Now()): trace + "|",
		"": "|",
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, strings.NewReader("x"))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set(event.TraceHeader, trace)
		req.Header.Set("tracestate", "vendor=a")
		if proof != "" {
			req.Header.Set(event.DeliveryHeader, proof)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		text := make([]byte, 100)
		n, _ := res.Body.Read(text)
		_ = res.Body.Close()
		if got := strings.TrimSpace(string(text[:n])); got != want {
			t.Errorf("with the proof %q: got %q, want %q", proof, got, want)
		}
	}
}
