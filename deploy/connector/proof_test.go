package connector

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"prewarm/shared/event"
	"prewarm/shared/serve"
)

var testKeys = event.NewKeys("eu", []byte("a key of sixteen bytes"))

// tell sets whom a function takes its caller for.
func (g *gateway) tell(name, caller string) { g.do(func() { g.told[name] = caller }) }

func TestEachTryProvesThatItIsADelivery(t *testing.T) {
	w := newWorld(t)
	w.config.Keys = testKeys
	w.gateway.deploy("scaler", "prewarm.forecasts")
	w.gateway.answer("scaler", 503, 503)
	w.start()
	w.publish("prewarm.forecasts", "", "{}")
	w.awaitSettled("prewarm.forecasts", 1)
	calls := w.gateway.calls("scaler")
	for _, c := range calls {
		proof, err := event.CheckDelivery(testKeys, "prewarm.forecasts", c.header.Get(event.DeliveryHeader), time.Now())
		if err != nil || proof.Fits([]byte(c.body)) != nil {
			t.Errorf("got %v", err)
		}
	}
	if len(calls) != 3 {
		t.Errorf("%d tries", len(calls))
	}
	w.awaitExport("prewarm_connector_proves", "prewarm_connector_proves 1")
}

func TestWithoutAKeyTheConnectorCallsAsAStranger(t *testing.T) {
	w := newWorld(t)
	var log bytes.Buffer
	w.log = &log
	w.gateway.deploy("scaler", "prewarm.forecasts")
	w.start()
	for _, body := range []string{"1", "2"} {
		w.publish("prewarm.forecasts", "", body)
	}
	w.awaitSettled("prewarm.forecasts", 2)
	for _, c := range w.gateway.calls("scaler") {
		if got := c.header.Get(event.DeliveryHeader); got != "" {
			t.Errorf("a proof without a key: %s", got)
		}
	}
	w.awaitExport("prewarm_connector_proves", "prewarm_connector_proves 0")
	w.stop()
	if n := strings.Count(log.String(), "no signing key"); n != 1 {
		t.Errorf("warned %d times:\n%s", n, log.String())
	}
}

func TestAFunctionThatRefusesTheProofIsReportedOnce(t *testing.T) {
	w := newWorld(t)
	w.config.Keys = testKeys
	var log bytes.Buffer
	w.log = &log
	w.gateway.deploy("scaler", "prewarm.forecasts")
	w.gateway.tell("scaler", "stranger: its time must be within 5m0s of this clock")
	w.start()
	for _, body := range []string{"1", "2"} {
		w.publish("prewarm.forecasts", "", body)
	}
	w.awaitExport("prewarm_connector_proof_refused", `
		prewarm_connector_proof_refused{function="scaler.openfaas-fn",subject="prewarm.forecasts"} 1`)
	w.awaitSettled("prewarm.forecasts", 2)
	w.gateway.tell("scaler", serve.Delivery)
	w.publish("prewarm.forecasts", "", "3")
	w.awaitExport("prewarm_connector_proof_refused", `
		prewarm_connector_proof_refused{function="scaler.openfaas-fn",subject="prewarm.forecasts"} 0`)
	w.stop()
	if n := strings.Count(log.String(), "within 5m0s of this clock"); n != 1 {
		t.Errorf("warned %d times:\n%s", n, log.String())
	}
}
