package connector

import (
	"net/http"
	"strings"
	"testing"
)

func TestTheFirstDeadLetterIsAnIncreaseOverAnExportedZero(t *testing.T) {
	w := newWorld(t)
	w.gateway.deploy("scaler", "prewarm.forecasts")
	w.gateway.always("scaler", http.StatusBadRequest)
	w.start()
	w.awaitExport("prewarm_connector_dead_letters_total", `
		prewarm_connector_dead_letters_total{function="scaler.openfaas-fn",subject="prewarm.forecasts"} 0`)
	w.awaitExport("prewarm_connector_deliveries_total", `
		prewarm_connector_deliveries_total{function="scaler.openfaas-fn",result="delivered",subject="prewarm.forecasts"} 0
		prewarm_connector_deliveries_total{function="scaler.openfaas-fn",result="duplicate",subject="prewarm.forecasts"} 0
		prewarm_connector_deliveries_total{function="scaler.openfaas-fn",result="failed",subject="prewarm.forecasts"} 0
		prewarm_connector_deliveries_total{function="scaler.openfaas-fn",result="refused",subject="prewarm.forecasts"} 0`)

	w.publish("prewarm.forecasts", "", "{}")
	w.awaitExport("prewarm_connector_dead_letters_total", `
		prewarm_connector_dead_letters_total{function="scaler.openfaas-fn",subject="prewarm.forecasts"} 1`)
}

func TestTheSeriesOfAFunctionEndWithIt(t *testing.T) {
	w := newWorld(t)
	w.gateway.deploy("scaler", "prewarm.forecasts")
	w.gateway.deploy("predictor", "prewarm.windows")
	w.gateway.always("scaler", http.StatusBadRequest)
	w.start()
	w.publish("prewarm.forecasts", "", "{}")
	w.awaitSettled("prewarm.forecasts", 1)

	w.gateway.remove("scaler")
	w.awaitExport("prewarm_connector_dead_letters_total", `
		prewarm_connector_dead_letters_total{function="predictor.openfaas-fn",subject="prewarm.windows"} 0`)
	w.awaitExport("prewarm_connector_functions", `
		prewarm_connector_functions{subject="prewarm.forecasts"} 0
		prewarm_connector_functions{subject="prewarm.windows"} 1`)
	for _, name := range []string{"prewarm_connector_deliveries_total", "prewarm_connector_delivery_seconds", "prewarm_connector_lag", "prewarm_connector_pending", "prewarm_connector_in_flight"} {
		if text := w.export(name); strings.Contains(text, "scaler") {
			t.Errorf("want no series of the removed function, got\n%s", text)
		}
	}
}
