package connector

import (
	"net/http"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
)

func TestAMessageReachesTheFunctionWithItsTopic(t *testing.T) {
	w := newWorld(t)
	w.gateway.deploy("collector", "cron-function")
	w.gateway.deploy("scaler", "prewarm.forecasts, other")
	w.start()

	w.publish("prewarm.forecasts", "forecast-1", `{"step":1}`)

	got := w.gateway.await("scaler", 1)[0]
	if got.body != `{"step":1}` {
		t.Errorf("the body changed: %q", got.body)
	}
	for header, want := range map[string]string{
		"Content-Type":       "application/json",
		"X-Topic":            "prewarm.forecasts",
		"X-Connector":        "prewarm-jetstream",
		"Nats-Msg-Id":        "forecast-1",
		"X-Delivery-Attempt": "1",
	} {
		if got.header.Get(header) != want {
			t.Errorf("%s: want %q, got %q", header, want, got.header.Get(header))
		}
	}
	w.awaitAcknowledged("prewarm.forecasts", 1)
	if n := len(w.gateway.calls("collector")); n != 0 {
		t.Errorf("the cron function was called %d times", n)
	}
}

func TestAFunctionThatFailsForAWhileAppliesTheMessageOnce(t *testing.T) {
	w := newWorld(t)
	w.gateway.deploy("scaler", "prewarm.forecasts")
	w.gateway.answer("scaler", 500, 503, 404, 429) // and 200 from then on
	w.start()

	w.publish("prewarm.forecasts", "forecast-1", "{}")

	calls := w.gateway.await("scaler", 5)
	w.awaitAcknowledged("prewarm.forecasts", 1)
	if applied := w.gateway.applied("scaler"); applied != 1 {
		t.Errorf("applied %d times", applied)
	}
	if last := calls[4].header.Get("X-Delivery-Attempt"); last != "5" {
		t.Errorf("want attempt 5 last, got %s", last)
	}
}

func TestAfterTheLastTryAMessageIsADeadLetter(t *testing.T) {
	w := newWorld(t)
	w.config.MaxDeliver = 3
	w.gateway.deploy("scaler", "prewarm.forecasts")
	w.gateway.always("scaler", 500)
	w.start()

	w.publish("prewarm.forecasts", "forecast-1", `{"step":1}`)

	letter := w.awaitDeadLetter(1)
	if letter.Subject != "dead.prewarm.forecasts" || string(letter.Data) != `{"step":1}` {
		t.Errorf("want the original on dead.prewarm.forecasts, got %q on %s", letter.Data, letter.Subject)
	}
	for header, want := range map[string]string{
		HeaderStream:   "PREWARM_FORECASTS",
		HeaderSequence: "1",
		HeaderSubject:  "prewarm.forecasts",
		HeaderMsgID:    "forecast-1",
		HeaderFunction: "scaler.openfaas-fn",
		HeaderTries:    "3",
		HeaderStatus:   "500",
		HeaderError:    "answered 500: no luck",
	} {
		if got := letter.Header.Get(header); got != want {
			t.Errorf("%s: want %q, got %q", header, want, got)
		}
	}
	w.awaitSettled("prewarm.forecasts", 1)
	if n := len(w.gateway.calls("scaler")); n != 3 {
		t.Errorf("want 3 tries, got %d", n)
	}
}

func TestARejectedMessageIsADeadLetterAtOnce(t *testing.T) {
	for _, status := range []int{400, 401, 403, 413, 422} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			w := newWorld(t)
			w.gateway.deploy("scaler", "prewarm.forecasts")
			w.gateway.always("scaler", status)
			w.start()

			w.publish("prewarm.forecasts", "forged", "{}")

			if tries := w.awaitDeadLetter(1).Header.Get(HeaderTries); tries != "1" {
				t.Errorf("want one try, got %s", tries)
			}
			w.awaitSettled("prewarm.forecasts", 1)
			if n := len(w.gateway.calls("scaler")); n != 1 {
				t.Errorf("want one call, got %d", n)
			}
		})
	}
}

func TestADuplicateIsNeitherRetriedNorADeadLetter(t *testing.T) {
	w := newWorld(t)
	w.gateway.deploy("scaler", "prewarm.forecasts")
	w.gateway.always("scaler", http.StatusConflict)
	w.start()

	w.publish("prewarm.forecasts", "forecast-1", "{}")

	w.awaitSettled("prewarm.forecasts", 1)
	if n := len(w.gateway.calls("scaler")); n != 1 {
		t.Errorf("want one call, got %d", n)
	}
	if w.deadLetters() != 0 {
		t.Error("a duplicate became a dead letter")
	}
	count := testutil.ToFloat64(w.connector.metrics.deliveries.WithLabelValues("prewarm.forecasts", "scaler.openfaas-fn", "duplicate"))
	if count != 1 {
		t.Errorf("want one duplicate counted, got %v", count)
	}
}

func TestASlowCallIsNotRedelivered(t *testing.T) {
	w := newWorld(t)
	w.config.AckWait = 3 * time.Second // progress is due each second
	w.gateway.deploy("scaler", "prewarm.forecasts")
	release := w.gateway.block("scaler")
	progress := w.countProgress()
	w.start()

	w.publish("prewarm.forecasts", "forecast-1", "{}")
	w.gateway.await("scaler", 1)
	// NATS redelivers a message three reports after the last one.
	w.eventually("progress is reported five times", func() bool { return progress.Load() >= 5 })
	release()

	w.awaitAcknowledged("prewarm.forecasts", 1)
	if n := len(w.gateway.calls("scaler")); n != 1 {
		t.Errorf("called %d times", n)
	}
}

func TestConcurrencyBoundsTheCallsInFlight(t *testing.T) {
	w := newWorld(t)
	w.config.Concurrency = 3
	w.gateway.deploy("scaler", "prewarm.forecasts")
	release := w.gateway.block("scaler")
	w.start()
	for range 5 {
		w.publish("prewarm.forecasts", "", "{}")
	}

	w.gateway.await("scaler", 3)
	inFlight := w.connector.metrics.inFlight.WithLabelValues("prewarm.forecasts", "scaler.openfaas-fn")
	if got := testutil.ToFloat64(inFlight); got != 3 {
		t.Errorf("want 3 in flight, got %v", got)
	}
	release()
	w.awaitAcknowledged("prewarm.forecasts", 5)
	if most := w.gateway.mostAtOnce(); most > 3 {
		t.Errorf("%d calls at once", most)
	}
}
