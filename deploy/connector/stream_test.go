package connector

import (
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"prewarm/shared/bus"
)

func TestTheStreamAppearsLater(t *testing.T) {
	w := newWorld(t)
	w.gateway.deploy("scaler", "prewarm.forecasts")
	if err := w.js.DeleteStream(w.deadline(), bus.StreamForecasts); err != nil {
		t.Fatal(err)
	}
	w.start()
	w.eventually("the connector is up", func() bool { return w.connector.Ready() == nil })

	w.createStreams()
	w.publish("prewarm.forecasts", "1", "1")
	w.gateway.await("scaler", 1)
	w.awaitAcknowledged("prewarm.forecasts", 1)
}

func TestADeletedConsumerIsCreatedAgain(t *testing.T) {
	w := newWorld(t)
	w.gateway.deploy("scaler", "prewarm.forecasts")
	w.start()
	w.publish("prewarm.forecasts", "1", "1")
	w.awaitAcknowledged("prewarm.forecasts", 1)

	name := w.config.consumerName(subscriber{"prewarm.forecasts", "scaler.openfaas-fn"})
	if err := w.js.DeleteConsumer(w.deadline(), bus.StreamForecasts, name); err != nil {
		t.Fatal(err)
	}
	w.publish("prewarm.forecasts", "2", "2")
	w.eventually("the second message arrives", func() bool {
		calls := w.gateway.calls("scaler")
		return calls[len(calls)-1].body == "2"
	})
}

func TestAStreamThatWasCreatedAgainIsDelivered(t *testing.T) {
	w := newWorld(t)
	w.gateway.deploy("scaler", "prewarm.forecasts")
	w.gateway.always("scaler", 409) // settled under sequence 1
	w.start()
	w.publish("prewarm.forecasts", "", "old")
	w.awaitSettled("prewarm.forecasts", 1)

	if err := w.js.DeleteStream(w.deadline(), bus.StreamForecasts); err != nil {
		t.Fatal(err)
	}
	w.createStreams()
	w.publish("prewarm.forecasts", "", "new")
	if calls := w.gateway.await("scaler", 2); calls[1].body != "new" {
		t.Errorf("want the new message, got %q", calls[1].body)
	}
}

func TestADeadLetterThatCannotBeStoredKeepsTheMessage(t *testing.T) {
	w := newWorld(t)
	w.gateway.deploy("scaler", "prewarm.forecasts")
	w.gateway.always("scaler", 400)
	// A stream of that name is there, with other subjects.
	other := jetstream.StreamConfig{Name: w.config.DeadStream, Subjects: []string{"elsewhere"}}
	if _, err := w.js.CreateStream(w.deadline(), other); err != nil {
		t.Fatal(err)
	}
	w.start()
	w.publish("prewarm.forecasts", "1", "1")
	w.gateway.await("scaler", 2)
	info, err := w.consumer("prewarm.forecasts", "scaler")
	if err != nil || info.NumAckPending != 1 {
		t.Fatalf("the message is gone: %+v, %v", info, err)
	}

	other.Subjects = []string{"dead.>"}
	if _, err := w.js.UpdateStream(w.deadline(), other); err != nil {
		t.Fatal(err)
	}
	w.awaitDeadLetter(1)
	w.awaitSettled("prewarm.forecasts", 1)
}
