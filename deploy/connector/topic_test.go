package connector

import (
	"testing"
)

func TestWithoutAFunctionMessagesWaitInOrder(t *testing.T) {
	w := newWorld(t)
	w.config.MaxDeliver = 1 // waiting must not use up tries
	w.start()
	w.publish("prewarm.forecasts", "1", "1")
	w.publish("prewarm.forecasts", "2", "2")
	w.awaitExport("prewarm_connector_functions", `
		prewarm_connector_functions{subject="prewarm.forecasts"} 0
		prewarm_connector_functions{subject="prewarm.windows"} 0`)

	w.gateway.deploy("scaler", "prewarm.forecasts")

	calls := w.gateway.await("scaler", 2)
	if calls[0].body != "1" || calls[1].body != "2" {
		t.Errorf("out of order: %v", calls)
	}
	w.awaitAcknowledged("prewarm.forecasts", 2)
}

func TestTwoFunctionsAndOnlyTheFailedOneIsCalledAgain(t *testing.T) {
	w := newWorld(t)
	w.gateway.deploy("scaler", "prewarm.forecasts")
	w.gateway.deploy("dashboard", "prewarm.forecasts")
	w.gateway.answer("dashboard", 500, 500)
	w.start()

	w.publish("prewarm.forecasts", "forecast-1", "{}")

	w.gateway.await("dashboard", 3)
	w.awaitAcknowledged("prewarm.forecasts", 1)
	if n := len(w.gateway.calls("scaler")); n != 1 {
		t.Errorf("the function that had answered 2xx was called %d times", n)
	}
}

func TestOneFunctionRefusesWhileAnotherIsTriedAgain(t *testing.T) {
	w := newWorld(t)
	w.gateway.deploy("scaler", "prewarm.forecasts")
	w.gateway.deploy("dashboard", "prewarm.forecasts")
	w.gateway.always("scaler", 400)
	w.gateway.answer("dashboard", 500)
	w.start()

	w.publish("prewarm.forecasts", "forecast-1", "{}")

	if function := w.awaitDeadLetter(1).Header.Get(HeaderFunction); function != "scaler.openfaas-fn" {
		t.Errorf("dead letter of %s", function)
	}
	w.gateway.await("dashboard", 2)
	w.awaitSettled("prewarm.forecasts", 1)
	if n := len(w.gateway.calls("scaler")); n != 1 || w.deadLetters() != 1 {
		t.Errorf("refused once, yet %d calls and %d dead letters", n, w.deadLetters())
	}
}

func TestSubjectsDoNotHoldUpEachOther(t *testing.T) {
	w := newWorld(t)
	w.gateway.deploy("predictor", "prewarm.windows")
	w.gateway.deploy("scaler", "prewarm.forecasts")
	release := w.gateway.block("predictor")
	defer release()
	w.start()

	w.publish("prewarm.windows", "w", "{}")
	w.gateway.await("predictor", 1)
	w.publish("prewarm.forecasts", "f", "{}")
	w.gateway.await("scaler", 1)
}

func TestFunctionsOfATopicAreLookedUpAgain(t *testing.T) {
	w := newWorld(t)
	w.gateway.deploy("first", "prewarm.forecasts")
	w.start()
	w.publish("prewarm.forecasts", "1", "1")
	w.gateway.await("first", 1)

	w.gateway.remove("first")
	w.gateway.deploy("second", "prewarm.forecasts")
	w.awaitExport("prewarm_connector_dead_letters_total", `
		prewarm_connector_dead_letters_total{function="second.openfaas-fn",subject="prewarm.forecasts"} 0`)
	w.publish("prewarm.forecasts", "2", "2")
	w.gateway.await("second", 1)
	if n := len(w.gateway.calls("first")); n != 1 {
		t.Errorf("the removed function was called %d times", n)
	}
}
