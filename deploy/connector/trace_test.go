package connector

import (
	"strings"
	"testing"

	"github.com/nats-io/nats.go"

	"prewarm/shared/event"
)

// What has access to NATS may write any header. One in its one form is passed on, no other.
func TestTheTraceOfAMessageIsPassedOnInItsOneForm(t *testing.T) {
	const trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	w := newWorld(t)
	w.gateway.deploy("scaler", "prewarm.forecasts")
	w.start()
	for i, given := range []string{trace, "", "00-hostile", strings.Repeat("a", 10_000)} {
		msg := nats.NewMsg("prewarm.forecasts")
		msg.Data = []byte("{}")
		msg.Header[event.TraceHeader] = []string{given}
		msg.Header["tracestate"] = []string{"vendor=" + strings.Repeat("a", 1000)}
		msg.Header["X-Prewarm-Caller"] = []string{"delivery"}
		if _, err := w.js.PublishMsg(w.deadline(), msg); err != nil {
			t.Fatal(err)
		}
		calls := w.gateway.await("scaler", i+1)
		h := calls[i].header
		if got := h.Get(event.TraceHeader); got != event.CheckTrace(given) || h.Get("tracestate") != "" || h.Get("X-Prewarm-Caller") != "" {
			t.Errorf("%.50q is passed on as %q, with %v", given, got, h)
		}
	}
}
