package connector

import (
	"fmt"
	"net/http"
	"testing"
	"time"
)

// newNeighbourhood returns a world with the suite and a neighbour that has both topics.
func newNeighbourhood(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.gateway.deploy("predictor", "prewarm.windows")
	w.gateway.deploy("scaler", "prewarm.forecasts")
	w.gateway.deploy("neighbour", "prewarm.windows, prewarm.forecasts")
	return w
}

// steps publishes windows and forecasts of steps first to last. Each step begins when
// predictor and scaler have settled the one before it.
func (w *world) steps(first, last int) {
	w.t.Helper()
	for step := first; step <= last; step++ {
		w.publish("prewarm.windows", "", fmt.Sprint(step))
		w.publish("prewarm.forecasts", "", fmt.Sprint(step))
		w.awaitSettledBy("prewarm.windows", "predictor", uint64(step))
		w.awaitSettledBy("prewarm.forecasts", "scaler", uint64(step))
	}
}

// inOrderOnce checks that predictor and scaler got each step once, in order, at the first
// try.
func (w *world) inOrderOnce(last int) {
	w.t.Helper()
	for _, function := range []string{"predictor", "scaler"} {
		calls := w.gateway.calls(function)
		if len(calls) != last {
			w.t.Errorf("%s: want %d calls, got %d", function, last, len(calls))
		}
		for i, c := range calls {
			if c.body != fmt.Sprint(i+1) || c.header.Get("X-Delivery-Attempt") != "1" {
				w.t.Errorf("%s: call %d is step %s, try %s", function, i+1, c.body, c.header.Get("X-Delivery-Attempt"))
			}
		}
	}
}

func TestANeighbourThatHangsDelaysNoStep(t *testing.T) {
	w := newNeighbourhood(t)
	w.config.UpstreamTimeout = time.Hour
	release := w.gateway.block("neighbour")
	defer release()
	w.start()

	// The neighbour hangs in the first step. Ten steps pass by.
	w.steps(1, 1)
	w.gateway.await("neighbour", 2)
	w.steps(2, 10)
	w.inOrderOnce(10)
	if n := len(w.gateway.calls("neighbour")); n != 2 {
		t.Errorf("the neighbour hangs in a call of each subject, yet got %d calls", n)
	}
	w.awaitExport(`prewarm_connector_lag{function="scaler`, `
		prewarm_connector_lag{function="scaler.openfaas-fn",subject="prewarm.forecasts"} 0`)

	// It wakes up, and gets what it missed.
	release()
	w.awaitAcknowledged("prewarm.windows", 10)
	w.awaitAcknowledged("prewarm.forecasts", 10)
	if n := len(w.gateway.calls("neighbour")); n != 20 {
		t.Errorf("want each step once, got %d calls", n)
	}
}

func TestTheLagIsThatOfTheFunctionThatHangs(t *testing.T) {
	w := newNeighbourhood(t)
	release := w.gateway.block("neighbour")
	defer release()
	w.publish("prewarm.forecasts", "", "1")
	w.publish("prewarm.forecasts", "", "2")
	w.start()
	w.awaitExport("prewarm_connector_lag", `
		prewarm_connector_lag{function="neighbour.openfaas-fn",subject="prewarm.forecasts"} 1
		prewarm_connector_lag{function="neighbour.openfaas-fn",subject="prewarm.windows"} 0
		prewarm_connector_lag{function="predictor.openfaas-fn",subject="prewarm.windows"} 0
		prewarm_connector_lag{function="scaler.openfaas-fn",subject="prewarm.forecasts"} 0`)
}

func TestANeighbourThatFailsForEverDelaysNoStep(t *testing.T) {
	w := newNeighbourhood(t)
	w.config.MaxDeliver = 3
	w.gateway.always("neighbour", http.StatusInternalServerError)
	w.start()
	w.steps(1, 10)
	w.inOrderOnce(10)

	// Its messages are dead letters after the last try. Nobody else has one.
	w.awaitSettled("prewarm.windows", 10)
	w.awaitSettled("prewarm.forecasts", 10)
	w.deadLettersAreOf("neighbour.openfaas-fn", 20, "3")
}

func TestANeighbourThatRejectsDelaysNoStep(t *testing.T) {
	w := newNeighbourhood(t)
	w.gateway.always("neighbour", http.StatusUnauthorized)
	w.start()
	w.steps(1, 10)
	w.inOrderOnce(10)
	w.awaitSettled("prewarm.windows", 10)
	w.awaitSettled("prewarm.forecasts", 10)
	w.deadLettersAreOf("neighbour.openfaas-fn", 20, "1")
}

// deadLettersAreOf checks that there are n dead letters, all of one function after the
// given number of tries.
func (w *world) deadLettersAreOf(function string, n uint64, tries string) {
	w.t.Helper()
	if got := w.deadLetters(); got != n {
		w.t.Errorf("want %d dead letters, got %d", n, got)
	}
	for sequence := range n {
		header := w.awaitDeadLetter(sequence + 1).Header
		if header.Get(HeaderFunction) != function || header.Get(HeaderTries) != tries {
			w.t.Errorf("want a dead letter of %s after %s tries, got %v", function, tries, header)
		}
	}
}

func TestARestartRepeatsNothingForThoseThatHaveIt(t *testing.T) {
	w := newNeighbourhood(t)
	w.config.DrainTimeout = 10 * time.Millisecond
	release := w.gateway.block("neighbour")
	w.start()
	w.steps(1, 3)
	w.gateway.await("neighbour", 2)
	w.stop()
	release()

	w.start()
	w.steps(4, 5)
	w.inOrderOnce(5)
	w.awaitAcknowledged("prewarm.windows", 5)
	w.awaitAcknowledged("prewarm.forecasts", 5)
	if n := len(w.gateway.calls("neighbour")); n != 12 {
		t.Errorf("want the interrupted calls and five steps of two subjects, got %d calls", n)
	}
}

func TestNATSRestartsWhileTheNeighbourHangs(t *testing.T) {
	w := newNeighbourhood(t)
	w.config.UpstreamTimeout = time.Hour
	release := w.gateway.block("neighbour")
	defer release()
	w.start()
	w.steps(1, 3)
	w.gateway.await("neighbour", 2)
	w.restartNATS(func() {})
	w.eventually("the stream answers", func() bool {
		_, err := w.consumer("prewarm.forecasts", "scaler")
		return err == nil
	})
	w.steps(4, 6)
	w.inOrderOnce(6)
	release()
	w.awaitAcknowledged("prewarm.windows", 6)
	w.awaitAcknowledged("prewarm.forecasts", 6)
}

func TestTwoConnectorsShareTheWork(t *testing.T) {
	w := newNeighbourhood(t)
	w.config.UpstreamTimeout = time.Hour
	release := w.gateway.block("scaler")
	w.start()
	stopFirst := w.stop
	w.start()
	for step := range 6 {
		w.publish("prewarm.forecasts", "", fmt.Sprint(step))
	}

	// Each connector has one call of the scaler; those of the neighbour go on.
	w.gateway.await("scaler", 2)
	w.awaitSettledBy("prewarm.forecasts", "neighbour", 6)
	release()
	w.awaitAcknowledged("prewarm.forecasts", 6)
	for _, function := range []string{"scaler", "neighbour"} {
		if n := len(w.gateway.calls(function)); n != 6 {
			t.Errorf("%s: want each message once, got %d calls", function, n)
		}
	}

	// One of them ends. The other one takes over.
	stopFirst()
	w.publish("prewarm.forecasts", "", "6")
	w.awaitAcknowledged("prewarm.forecasts", 7)
}
